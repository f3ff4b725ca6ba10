//go:build unix

package tensor

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func alloc(n int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	data, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("tensor: allocate %d bytes: %w", n, err)
	}
	return data, nil
}

func free(data []byte) {
	if err := unix.Munmap(data); err != nil {
		panic(fmt.Sprintf("tensor: free: %v", err)) // only a slice that alloc did not return
	}
}
