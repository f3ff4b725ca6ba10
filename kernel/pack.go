package kernel

import (
	"encoding/binary"
	"math"

	"plexus/tensor"
)

var little = binary.LittleEndian

// PackRow writes one row (x has Cols values) of a float matrix, rounding to its
// format. Different rows may be packed at the same time.
func (m *Matrix) PackRow(row int, x []float32) {
	x = x[:m.Cols]
	panel, lane := m.panel(row/Panel), row%Panel
	switch m.Format {
	case F32:
		for k, v := range x {
			little.PutUint32(panel[(k*Panel+lane)*4:], math.Float32bits(v))
		}
	case F16:
		for k, v := range x {
			little.PutUint16(panel[(k*Panel+lane)*2:], tensor.F16(v))
		}
	case BF16:
		for k, v := range x {
			little.PutUint16(panel[(k/2*Panel+lane)*4+k%2*2:], tensor.BF16(v))
		}
	default:
		panic("kernel: PackRow of a " + m.Format.String() + " matrix")
	}
}

// Block is 32 columns of one row of a quantised matrix.
type Block struct {
	Q     [Group]uint8 // of as many bits as the format has, the zero point (8, 32 or 128) added
	Scale [2]float32   // d; Q6Half has one for each 16 columns, the others use the first
	Min   [2]float32   // m; the first, in the formats with a minimum
}

// PackBlock writes columns 32*block.. of one row of a quantised matrix. Scale
// and minimum are rounded to f16. Different rows may be packed at the same time.
func (m *Matrix) PackBlock(row, block int, b *Block) {
	w, lane := m.block(row/Panel, block), row%Panel
	switch m.Format {
	case Q8, Q8Exact, Q5Min, Q6Half:
		for k := 0; k < Group; k += 4 {
			copy(w[k*Panel+lane*4:][:4], b.Q[k:])
		}
	case Q4, Q4Min:
		for k := 0; k < Group; k += 8 {
			low, high := little.Uint32(b.Q[k:]), little.Uint32(b.Q[k+4:])
			little.PutUint32(w[k/2*Panel+lane*4:], low|high<<4)
		}
	default:
		panic("kernel: PackBlock of a " + m.Format.String() + " matrix")
	}
	scales := w[m.Format.quants():]
	little.PutUint16(scales[lane*2:], tensor.F16(b.Scale[0]))
	switch m.Format {
	case Q6Half:
		little.PutUint16(scales[(Panel+lane)*2:], tensor.F16(b.Scale[1]))
	case Q5Min, Q4Min:
		little.PutUint16(scales[(Panel+lane)*2:], tensor.F16(b.Min[0]))
	}
}

// Row unpacks one row into dst[:Cols]: an embedding look-up.
func (m *Matrix) Row(dst []float32, row int) {
	dst = dst[:m.Cols]
	panel, lane := m.panel(row/Panel), row%Panel
	switch m.Format {
	case F32:
		for k := range dst {
			dst[k] = math.Float32frombits(little.Uint32(panel[(k*Panel+lane)*4:]))
		}
	case F16:
		for k := range dst {
			dst[k] = tensor.FromF16(little.Uint16(panel[(k*Panel+lane)*2:]))
		}
	case BF16:
		for k := range dst {
			dst[k] = tensor.FromBF16(little.Uint16(panel[(k/2*Panel+lane)*4+k%2*2:]))
		}
	default:
		for b := range m.Cols / Group {
			m.Format.unpack(dst[b*Group:][:Group], m.block(row/Panel, b), lane)
		}
	}
}

// unpack dequantises one row of a block.
func (f Format) unpack(dst []float32, block []byte, lane int) {
	d, second := f.scale(block, 0, lane), float32(0)
	if f == Q8 || f == Q8Exact { // what embeddings are mostly kept in
		for k := 0; k < Group; k += 4 {
			q, x := block[k*Panel+lane*4:][:4], dst[k:][:4]
			x[0], x[1] = d*(float32(q[0])-128), d*(float32(q[1])-128)
			x[2], x[3] = d*(float32(q[2])-128), d*(float32(q[3])-128)
		}
		return
	}
	if f.scales() == 2 {
		second = f.scale(block, 1, lane)
	}
	for k := range dst {
		u := float32(f.quant(block, k, lane))
		switch f {
		case Q4:
			dst[k] = d * (u - 8)
		case Q5Min, Q4Min:
			dst[k] = float32(d*u) - second
		case Q6Half:
			if k == Group/2 {
				d = second
			}
			dst[k] = d * (u - 32)
		}
	}
}

// quant is the stored value of column k of a block's row.
func (f Format) quant(block []byte, k, lane int) uint8 {
	if f == Q4 || f == Q4Min {
		return block[k/8*Panel*4+lane*4+k%4] >> (k / 4 % 2 * 4) & 15
	}
	return block[k/4*Panel*4+lane*4+k%4]
}

// scale is the i-th scale (or minimum) of a block's row.
func (f Format) scale(block []byte, i, lane int) float32 {
	return tensor.FromF16(little.Uint16(block[f.quants()+(i*Panel+lane)*2:]))
}
