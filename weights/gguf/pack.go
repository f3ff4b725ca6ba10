package gguf

import (
	"fmt"

	"plexus/kernel"
	"plexus/tensor"
)

// Pack fills dst, whose format is t.Format(), with t's rows from row kernel.Panel*panel on.
//
// It fails where a scale does not fit f16, which packed matrices keep their scales in: such weights, of
// some 65,000 and above, or not numbers at all, are damage. Nothing is lost at the small end, because a
// scale in a file is an f16 or a whole multiple of one.
func (t *Tensor) Pack(dst *kernel.Matrix, panel int) error {
	row := panel * kernel.Panel
	if format, err := t.Format(); err != nil {
		return err
	} else if dst.Format != format || dst.Cols != t.Cols() || row < 0 || row+dst.Rows > t.Rows() {
		return fmt.Errorf("gguf: tensor %q: %d x %d of format %v do not fit a matrix of %d x %d of format %v at row %d",
			t.Name, t.Rows(), t.Cols(), format, dst.Rows, dst.Cols, dst.Format, row)
	}
	err := tensor.CatchFault(func() error {
		if layouts[t.Type].decode == nil {
			t.packFloats(dst, row)
			return nil
		}
		return t.packBlocks(dst, row)
	})
	if err != nil {
		return fmt.Errorf("gguf: tensor %q: %w", t.Name, err)
	}
	return nil
}

// packFloats packs rows from first on.
func (t *Tensor) packFloats(dst *kernel.Matrix, first int) {
	x, size := make([]float32, dst.Cols), t.rowSize()
	for row := range dst.Rows {
		t.floats(x, t.Data[(first+row)*size:])
		dst.PackRow(row, x)
	}
}

// packBlocks packs rows from first on.
func (t *Tensor) packBlocks(dst *kernel.Matrix, first int) error {
	l := layouts[t.Type]
	n := l.elements / kernel.Group
	src := t.Data[first*t.rowSize():]
	var b [8]kernel.Block
	for row := range dst.Rows {
		for block := 0; block < dst.Cols/kernel.Group; block += n {
			l.decode(src, &b)
			for i := range n {
				if !fits(&b[i]) {
					return fmt.Errorf("row %d: a scale is not a number that f16 can hold", first+row)
				}
				dst.PackBlock(row, block+i, &b[i])
			}
			src = src[l.bytes:]
		}
	}
	return nil
}

// fits reports whether f16 holds the scales of b: false for NaN too.
func fits(b *kernel.Block) bool {
	return fitsHalf(b.Scale[0]) && fitsHalf(b.Scale[1]) && fitsHalf(b.Min[0])
}

func fitsHalf(x float32) bool { return -65504 <= x && x <= 65504 }
