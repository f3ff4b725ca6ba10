//go:build !unix

package tensor

import (
	"fmt"
	"io"
	"os"
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

// mapFile reads the file where there is no mmap.
func mapFile(file *os.File, n int) ([]byte, error) {
	data, err := alloc(n)
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(io.NewSectionReader(file, 0, int64(n)), data); err != nil {
		return nil, fmt.Errorf("tensor: read %s: %w", file.Name(), err)
	}
	return data, nil
}

func prefetch([]byte) {}

func free([]byte) {}
