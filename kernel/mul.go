package kernel

import (
	"sync"

	"plexus/tensor"
)

const (
	groupRows = 192       // rows that share a pass over the weights, at most
	groupSize = 512 << 10 // bytes of activations that a pass keeps in the L2 cache
	pieceSize = 40 << 10  // bytes of a panel and a tile's activations that share the L1 cache
)

// edges takes the product with the last, partly filled panel, from which the
// columns that exist are copied.
var edges = sync.Pool{New: func() any { return new([groupRows * Panel]float32) }}

// Mul is y[r*ldy+32p+j] = (row 32p+j of m) . (row r of in) for the panels p in
// [p0,p1) and every row of in. It overwrites y; the last panel writes only the
// columns that exist. in must have been made for m's format and columns.
func (m *Matrix) Mul(y []float32, ldy int, in *Input, p0, p1 int) {
	if in.cols != m.Cols {
		panic("kernel: the input has other columns than the matrix")
	}
	if ldy < 0 {
		panic("kernel: negative row distance")
	}
	tile := active.floatTile
	if m.Format.quantised() {
		tile = active.quantTile
	}
	rowSize := ceil(m.Cols, m.Format.step()) * m.Format.inputStride()
	group := min(max(groupSize/max(rowSize, 1)/tile, 1)*tile, groupRows)
	for r0 := 0; r0 < in.rows; r0 += group {
		r1 := min(r0+group, in.rows)
		for p := p0; p < p1; p++ {
			cols := min(m.Rows-p*Panel, Panel)
			if cols == Panel {
				m.mulPanel(y[r0*ldy+p*Panel:], ldy, in, r0, r1, p, tile)
				continue
			}
			edge := edges.Get().(*[groupRows * Panel]float32)
			m.mulPanel(edge[:], Panel, in, r0, r1, p, tile)
			for r := r0; r < r1; r++ {
				copy(y[r*ldy+p*Panel:][:cols], edge[(r-r0)*Panel:])
			}
			edges.Put(edge)
		}
	}
}

// mulPanel multiplies rows [r0,r1) with one panel, in tiles of about equal
// height. The columns are cut so that a piece of the panel stays in the L1 cache
// over all tiles and one call stays short (assembly cannot be preempted); the
// sums go on where the piece before left them in y, so a cut changes no bits.
func (m *Matrix) mulPanel(y []float32, ldy int, in *Input, r0, r1, p, tile int) {
	w, stride := m.panel(p), m.Format.stride()
	steps, piece := len(w)/stride, pieceSize/(stride+tile*m.Format.inputStride())
	tiles := ceil(r1-r0, tile)
	for s0 := 0; s0 < max(steps, 1); s0 += piece {
		s1 := min(s0+piece, steps)
		for t := range tiles {
			lo, hi := r0+(r1-r0)*t/tiles, r0+(r1-r0)*(t+1)/tiles
			m.tile(y[(lo-r0)*ldy:], ldy, in, lo, hi, w[s0*stride:s1*stride], s0, s1)
		}
	}
}

// tile multiplies rows [lo,hi) with the columns of a panel that steps [s0,s1)
// hold. The slices given to the assembly are cut here to what it touches.
func (m *Matrix) tile(y []float32, ldy int, in *Input, lo, hi int, w []byte, s0, s1 int) {
	rows, steps, more := hi-lo, s1-s0, s0 > 0
	_ = y[(rows-1)*ldy+Panel-1]
	k := active
	switch m.Format {
	case F32:
		k.f32(y, ldy, in.floats.cut(lo, hi, s0, s1), in.floats.stride, tensor.Floats(w), rows, steps, more)
	case F16:
		k.f16(y, ldy, in.floats.cut(lo, hi, s0, s1), in.floats.stride, tensor.Halves(w), rows, steps, more)
	case BF16:
		if k.bf16Dot != nil {
			k.bf16Dot(y, ldy, in.pairs.cut(lo, hi, 2*s0, 2*s1), in.pairs.stride, tensor.Halves(w), rows, steps, more)
		} else {
			k.bf16(y, ldy, in.rounded.cut(lo, hi, 2*s0, 2*s1), in.rounded.stride, tensor.Halves(w), rows, steps, more)
		}
	default:
		blocks := &in.blocks
		if m.Format.narrow() {
			blocks = &in.narrow
		}
		k.blocks[m.Format](y, ldy, blocks.cut(lo, hi, s0, s1), blocks.stride, w, rows, steps, more)
	}
}

// cut is the elements from column c0 of row lo to column c1 of row hi-1.
func (l *lines[T]) cut(lo, hi, c0, c1 int) []T {
	return l.data[lo*l.stride+c0 : (hi-1)*l.stride+c1]
}
