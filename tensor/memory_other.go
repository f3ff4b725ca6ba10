//go:build !unix

package tensor

import (
	"fmt"
	"unsafe"
)

const page = 4096

// alloc uses the Go heap where there is no mmap.
func alloc(n int) ([]byte, error) {
	if n < 0 || n > 1<<47 {
		return nil, fmt.Errorf("tensor: allocate %d bytes: out of range", n)
	}
	b := make([]byte, n+page)
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % page
	return b[skip:][:n:n], nil
}

func free([]byte) {}
