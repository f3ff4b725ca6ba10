package gguf

import (
	"fmt"

	"plexus/kernel"
	"plexus/tensor"
	"plexus/weights"
)

// Pack fills dst with t's rows from row kernel.Panel*panel on. The format of dst is t.Format(), or for
// floats any that weights.PackFloats takes.
//
// It fails where a scale does not fit f16, which packed matrices keep their scales in: such weights, of
// some 65,000 and above, or not numbers at all, are damage. Nothing is lost at the small end, because a
// scale in a file is an f16 or a whole multiple of one.
func (t *Tensor) Pack(dst *kernel.Matrix, panel int) error {
	row := panel * kernel.Panel
	err := tensor.CatchFault(func() error {
		if layouts[t.Type].decode == nil {
			return t.packFloats(dst, row)
		}
		return t.packBlocks(dst, row)
	})
	if err != nil {
		return fmt.Errorf("gguf: tensor %q: %w", t.Name, err)
	}
	return nil
}

// packFloats packs rows from first on.
func (t *Tensor) packFloats(dst *kernel.Matrix, first int) error {
	if err := weights.CanPack(dst, t.Rows(), t.Cols(), first); err != nil {
		return err
	}
	size := t.rowSize()
	return weights.PackFloats(dst, func(x []float32, row int) { t.floats(x, t.Data[(first+row)*size:]) })
}

// packBlocks packs rows from first on.
func (t *Tensor) packBlocks(dst *kernel.Matrix, first int) error {
	l := layouts[t.Type]
	if dst.Format != l.format || dst.Cols != t.Cols() || first < 0 || first > t.Rows()-dst.Rows {
		return fmt.Errorf("%d x %d of format %v do not fit a matrix of %d x %d of format %v at row %d",
			t.Rows(), t.Cols(), l.format, dst.Rows, dst.Cols, dst.Format, first)
	}
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
