package weights

import (
	"fmt"
	"iter"
	"math"

	"plexus/kernel"
	"plexus/tensor"
)

// isFloat reports whether f is a format that any row of floats can be packed in
// as it is.
func isFloat(f kernel.Format) bool {
	return f == kernel.F32 || f == kernel.F16 || f == kernel.BF16
}

// As is s with its float matrices packed as f, which is F32, F16, BF16 or Q8.
// Matrices that the file has quantised stay as they are, and so do those whose
// rows do not divide into the blocks of f.
func As(s Source, f kernel.Format) Source { return recast{s, f} }

type recast struct {
	Source
	format kernel.Format
}

func (r recast) All() iter.Seq2[string, Tensor] {
	return func(yield func(string, Tensor) bool) {
		for name, t := range r.Source.All() {
			if own, err := t.Format(); err == nil && isFloat(own) && (isFloat(r.format) || t.Cols()%kernel.Group == 0) {
				t = recastTensor{t, r.format}
			}
			if !yield(name, t) {
				return
			}
		}
	}
}

type recastTensor struct {
	Tensor
	format kernel.Format
}

func (t recastTensor) Format() (kernel.Format, error) { return t.format, nil }

// CanPack reports why floats of rows x cols cannot fill dst from row first on.
func CanPack(dst *kernel.Matrix, rows, cols, first int) error {
	if !isFloat(dst.Format) && dst.Format != kernel.Q8 || dst.Cols != cols || first < 0 || first > rows-dst.Rows {
		return fmt.Errorf("%d x %d floats do not fit a matrix of %d x %d of format %v at row %d",
			rows, cols, dst.Rows, dst.Cols, dst.Format, first)
	}
	return nil
}

// PackFloats fills dst, in a float format or Q8, with the rows that read gives.
func PackFloats(dst *kernel.Matrix, read func(x []float32, row int)) error {
	x := make([]float32, dst.Cols)
	for row := range dst.Rows {
		read(x, row)
		if isFloat(dst.Format) {
			dst.PackRow(row, x)
			continue
		}
		for b := range dst.Cols / kernel.Group {
			block, err := quantize(x[b*kernel.Group:][:kernel.Group])
			if err != nil {
				return fmt.Errorf("row %d: %w", row, err)
			}
			dst.PackBlock(row, b, &block)
		}
	}
	return nil
}

// quantize rounds 32 weights to whole multiples, -127 to 127, of one scale,
// which is rounded to f16 first. It is the rule of ggml's Q8_0.
func quantize(x []float32) (b kernel.Block, err error) {
	const zero, most = 128, 127
	top := float32(0)
	for _, v := range x {
		if v != v {
			return b, fmt.Errorf("a weight is not a number")
		}
		top = max(top, v, -v)
	}
	scale := tensor.FromF16(tensor.F16(top / most))
	if math.IsInf(float64(scale), 0) {
		return b, fmt.Errorf("a weight of %g is too large for 8 bits", top)
	}
	b.Scale[0] = scale
	for i, v := range x {
		q := 0.0
		if scale > 0 {
			q = math.RoundToEven(float64(v) / float64(scale))
		}
		b.Q[i] = uint8(zero + max(-most, min(most, q)))
	}
	return b, nil
}
