package kernel

import (
	"fmt"
	"unsafe"
)

// Matrix is a packed Rows x Cols weight matrix over memory that it does not own.
type Matrix struct {
	Format     Format
	Rows, Cols int
	Data       []byte // Size bytes, 64-byte aligned
}

// NewMatrix lays a matrix over data, which must be 64-byte aligned and exactly
// Size bytes long. Zeroed data is a matrix of zeros in every format.
func NewMatrix(f Format, rows, cols int, data []byte) (*Matrix, error) {
	size, err := Size(f, rows, cols)
	if err != nil {
		return nil, err
	}
	if len(data) != size {
		return nil, fmt.Errorf("%w: %d x %d %s takes %d bytes, not %d", ErrShape, rows, cols, f, size, len(data))
	}
	if uintptr(unsafe.Pointer(unsafe.SliceData(data)))%64 != 0 && size > 0 {
		return nil, fmt.Errorf("%w: data is not aligned to 64 bytes", ErrShape)
	}
	return &Matrix{f, rows, cols, data}, nil
}

// Panels is the number of panels: the units that Mul and packing are split by.
func (m *Matrix) Panels() int { return ceil(m.Rows, Panel) }

// panel is the packed bytes of one panel.
func (m *Matrix) panel(p int) []byte {
	size := ceil(m.Cols, m.Format.step()) * m.Format.stride()
	return m.Data[p*size:][:size]
}

// block is the packed bytes of 32 columns of a quantised panel.
func (m *Matrix) block(panel, block int) []byte {
	size := m.Format.stride()
	return m.panel(panel)[block*size:][:size]
}
