package tensor

import "os"

// Memory is page-aligned memory outside the Go heap: the garbage collector
// neither scans it nor counts it.
type Memory struct{ data []byte }

// Alloc returns n bytes of zeroed memory; the owner calls Free.
func Alloc(n int) (*Memory, error) {
	data, err := alloc(n)
	if err != nil {
		return nil, err
	}
	return &Memory{data}, nil
}

// Map returns the n first bytes of a file as memory that must not be written
// to. Reading beyond the end of a file that has shrunk since is a fault.
func Map(file *os.File, n int) (*Memory, error) {
	data, err := mapFile(file, n)
	if err != nil {
		return nil, err
	}
	return &Memory{data}, nil
}

// Bytes returns the memory, valid until Free.
func (m *Memory) Bytes() []byte { return m.data }

// Prefetch has the system start to read in all of a mapped file, which is much
// faster than one page at a time as they are used.
func (m *Memory) Prefetch() { prefetch(m.data) }

// Free gives the memory back. No view of it may be used afterwards; a second
// Free does nothing.
func (m *Memory) Free() {
	if m.data != nil {
		free(m.data)
		m.data = nil
	}
}
