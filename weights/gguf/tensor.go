package gguf

import (
	"encoding/binary"
	"fmt"
	"math"

	"plexus/kernel"
	"plexus/tensor"
)

// Tensor is one tensor of a file, in the file's own encoding.
type Tensor struct {
	Name  string
	Shape []int // fastest-varying dimension first: Shape[0] is the length of a row
	Type  Type
	Data  []byte // Rows() rows, one after another
}

// Dims returns the number of dimensions.
func (t *Tensor) Dims() int { return len(t.Shape) }

// Cols returns the length of a row.
func (t *Tensor) Cols() int { return t.Shape[0] }

// Rows returns the product of all dimensions but the first.
func (t *Tensor) Rows() int {
	n := 1
	for _, dim := range t.Shape[1:] {
		n *= dim
	}
	return n
}

func (t *Tensor) rowSize() int {
	l := layouts[t.Type]
	return t.Cols() / l.elements * l.bytes
}

// Format returns the packed format that holds the tensor's weights without loss beyond the rounding of a
// product of two scales to f16.
func (t *Tensor) Format() (kernel.Format, error) {
	l, ok := layouts[t.Type]
	if !ok {
		return 0, fmt.Errorf("gguf: tensor %q: type %v is not supported", t.Name, t.Type)
	}
	return l.format, nil
}

// Floats writes every element to dst, of length Rows()*Cols(), with the values that ggml's reference
// dequantisation gives.
func (t *Tensor) Floats(dst []float32) error {
	if len(dst) != t.Rows()*t.Cols() {
		return fmt.Errorf("gguf: tensor %q: room for %d elements, of which it has %d", t.Name, len(dst), t.Rows()*t.Cols())
	}
	err := tensor.CatchFault(func() error { t.floats(dst, t.Data); return nil })
	if err != nil {
		return fmt.Errorf("gguf: tensor %q: %w", t.Name, err)
	}
	return nil
}

// floats dequantises src, which holds len(dst) elements.
func (t *Tensor) floats(dst []float32, src []byte) {
	switch t.Type {
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
		return
	case F16:
		for i := range dst {
			dst[i] = tensor.FromF16(binary.LittleEndian.Uint16(src[2*i:]))
		}
		return
	case BF16:
		for i := range dst {
			dst[i] = tensor.FromBF16(binary.LittleEndian.Uint16(src[2*i:]))
		}
		return
	}
	l := layouts[t.Type]
	var b [8]kernel.Block
	for len(dst) > 0 {
		l.decode(src, &b)
		for i := range l.elements / 32 {
			dequantise(dst[32*i:32*i+32], &b[i], l.format)
		}
		src, dst = src[l.bytes:], dst[l.elements:]
	}
}

// dequantise computes the 32 weights of b: d*(u-zero), or d*u-m in a format with minima.
func dequantise(dst []float32, b *kernel.Block, format kernel.Format) {
	switch format {
	case kernel.Q4Min, kernel.Q5Min:
		for i, u := range b.Q {
			// The conversion keeps the compiler from fusing the two roundings into one.
			dst[i] = float32(b.Scale[0]*float32(u)) - b.Min[0]
		}
	case kernel.Q6Half:
		for i, u := range b.Q {
			dst[i] = b.Scale[i/16] * float32(int(u)-32)
		}
	case kernel.Q8Exact:
		for i, u := range b.Q {
			dst[i] = b.Scale[0] * float32(int(u)-128)
		}
	case kernel.Q4:
		for i, u := range b.Q {
			dst[i] = b.Scale[0] * float32(int(u)-8)
		}
	}
}
