//go:build unix

package tensor

import (
	"fmt"
	"os"

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

func mapFile(file *os.File, n int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	data, err := unix.Mmap(int(file.Fd()), 0, n, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("tensor: map %s: %w", file.Name(), err)
	}
	return data, nil
}

func prefetch(data []byte) {
	if len(data) > 0 {
		_ = unix.Madvise(data, unix.MADV_WILLNEED) // advice: if it is not taken, reading still works
	}
}

func free(data []byte) {
	if err := unix.Munmap(data); err != nil {
		panic(fmt.Sprintf("tensor: free: %v", err)) // only a slice that alloc did not return
	}
}
