package tensor

// Memory is a zeroed, page-aligned allocation outside the Go heap: the garbage
// collector neither scans it nor counts it.
type Memory struct{ data []byte }

// Alloc returns n bytes of zeroed memory; the owner calls Free.
func Alloc(n int) (*Memory, error) {
	data, err := alloc(n)
	if err != nil {
		return nil, err
	}
	return &Memory{data}, nil
}

// Bytes returns the memory, valid until Free.
func (m *Memory) Bytes() []byte { return m.data }

// Free gives the memory back. No view of it may be used afterwards; a second
// Free does nothing.
func (m *Memory) Free() {
	if m.data != nil {
		free(m.data)
		m.data = nil
	}
}
