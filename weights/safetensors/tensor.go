package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"

	"plexus/kernel"
	"plexus/tensor"
	"plexus/weights"
)

// dtypes are the element types of the format. Those with a packed format can be
// read as floats.
var dtypes = map[string]struct {
	size    int // bytes of an element
	integer bool
	format  kernel.Format // 0: not supported
}{
	"BOOL": {1, true, 0}, "U8": {1, true, 0}, "I8": {1, true, 0}, "U16": {2, true, 0}, "I16": {2, true, 0},
	"U32": {4, true, 0}, "I32": {4, true, 0}, "U64": {8, true, 0}, "I64": {8, true, 0},
	"F8_E4M3": {1, false, 0}, "F8_E5M2": {1, false, 0}, "F64": {8, false, 0},
	"F16": {2, false, kernel.F16}, "BF16": {2, false, kernel.BF16}, "F32": {4, false, kernel.F32},
}

// Tensor is one tensor of a file, little-endian, row after row.
type Tensor struct {
	Name  string
	DType string
	Shape []int // slowest-varying dimension first; empty for a single number
	Data  []byte

	start int // of Data, in the file's data
}

// Dims is the number of dimensions.
func (t *Tensor) Dims() int { return len(t.Shape) }

// Cols is the length of a row: the last dimension.
func (t *Tensor) Cols() int {
	if len(t.Shape) == 0 {
		return 1
	}
	return t.Shape[len(t.Shape)-1]
}

// Rows is the product of all dimensions but the last.
func (t *Tensor) Rows() int {
	n := 1
	for i := 0; i < len(t.Shape)-1; i++ {
		n *= t.Shape[i]
	}
	return n
}

// Format is the packed format of t's own type.
func (t *Tensor) Format() (kernel.Format, error) {
	f := dtypes[t.DType].format
	if f == 0 {
		return 0, fmt.Errorf("safetensors: tensor %q: weights of type %s are not supported", t.Name, t.DType)
	}
	return f, nil
}

// Floats writes every element to dst, of length Rows x Cols.
func (t *Tensor) Floats(dst []float32) error {
	if _, err := t.Format(); err != nil {
		return err
	}
	if len(dst) != t.Rows()*t.Cols() {
		return fmt.Errorf("safetensors: tensor %q: room for %d elements, of which it has %d", t.Name, len(dst), t.Rows()*t.Cols())
	}
	err := tensor.CatchFault(func() error { t.floats(dst, t.Data); return nil })
	if err != nil {
		return fmt.Errorf("safetensors: tensor %q: %w", t.Name, err)
	}
	return nil
}

// floats reads len(dst) elements of src.
func (t *Tensor) floats(dst []float32, src []byte) {
	switch dtypes[t.DType].format {
	case kernel.F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case kernel.F16:
		for i := range dst {
			dst[i] = tensor.FromF16(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case kernel.BF16:
		for i := range dst {
			dst[i] = tensor.FromBF16(binary.LittleEndian.Uint16(src[2*i:]))
		}
	}
}

// Pack fills dst with t's rows from row kernel.Panel*panel on. The format of dst
// is any that weights.PackFloats takes.
func (t *Tensor) Pack(dst *kernel.Matrix, panel int) error {
	first := panel * kernel.Panel
	_, err := t.Format()
	if err != nil {
		return err
	}
	if err = weights.CanPack(dst, t.Rows(), t.Cols(), first); err == nil {
		size := t.Cols() * dtypes[t.DType].size
		err = tensor.CatchFault(func() error {
			return weights.PackFloats(dst, func(x []float32, row int) { t.floats(x, t.Data[(first+row)*size:]) })
		})
	}
	if err != nil {
		return fmt.Errorf("safetensors: tensor %q: %w", t.Name, err)
	}
	return nil
}
