package kernel

import "slices"

const (
	KVPositions   = Panel // positions in a block of the cache
	AttentionRows = 12    // query rows in one Run, at most
)

// KVBlockSize is the uint16 elements of one block of one head: the keys as
// [headDim][32 positions] f16, then the values as [ceil(headDim/32)][32
// positions][32 dims] f16. Both are F16 panels, so attention is two products.
func KVBlockSize(headDim int) int {
	return headDim*KVPositions + ceil(headDim, Panel)*KVPositions*Panel
}

// StoreKV writes one position's key and value, headDim elements each, as
// position at of a block, rounding to f16.
func StoreKV(block []uint16, headDim, at int, k, v []float32) {
	keys, values := block[:headDim*KVPositions], block[headDim*KVPositions:KVBlockSize(headDim)]
	for d := 0; d < headDim; d += Panel {
		n := min(Panel, headDim-d)
		slot := values[(d*KVPositions + at*Panel):][:n]
		active.toF16(slot, k[d:][:n]) // the value's place serves as scratch for the key
		for i, h := range slot {
			keys[(d+i)*KVPositions+at] = h
		}
		active.toF16(slot, v[d:][:n])
	}
}

// Attention computes softmax(scale * q.K^T).V over a paged cache for up to
// AttentionRows query rows at once. It holds the scratch for that: one for each
// worker.
type Attention struct {
	headDim int
	scores  lines[float32] // [AttentionRows][maxPositions]
	sums    lines[float32] // [AttentionRows][headDim]
}

// NewAttention makes scratch for heads of headDim elements and maxPositions positions.
func NewAttention(headDim, maxPositions int) *Attention {
	return &Attention{
		headDim: headDim,
		scores:  newLines[float32](AttentionRows, ceil(maxPositions, KVPositions)*KVPositions, 4),
		sums:    newLines[float32](AttentionRows, ceil(headDim, Panel)*Panel, 4),
	}
}

// Run attends len(limits) rows, at most AttentionRows: row i, q[i*ldq:][:headDim],
// sees the positions [0,limits[i]) and goes to out[i*ldo:][:headDim]. Limits are
// at least 1. Position p lies in block table[p/32], which starts at
// kv[table[p/32]*stride:]. What a block holds beyond a row's limit counts for
// exactly 0 if it is finite.
func (a *Attention) Run(out []float32, ldo int, q []float32, ldq int, limits []int32, kv []uint16, table []int32, stride int, scale float32) {
	rows, dim := len(limits), a.headDim
	if rows == 0 {
		return
	}
	if most := active.floatTile; rows > most {
		a.Run(out, ldo, q, ldq, limits[:most], kv, table, stride, scale)
		a.Run(out[most*ldo:], ldo, q[most*ldq:], ldq, limits[most:], kv, table, stride, scale)
		return
	}
	q = q[:(rows-1)*ldq+dim]
	blocks := ceil(int(slices.Max(limits)), KVPositions)
	for b := range blocks {
		keys := kv[int(table[b])*stride:][:dim*KVPositions]
		active.f16(a.scores.cut(0, rows, b*KVPositions, (b+1)*KVPositions), a.scores.stride, q, ldq, keys, rows, dim, false)
	}
	var norm [AttentionRows]float32
	for i, limit := range limits {
		row := a.scores.row(i)
		seen := row[:limit]
		norm[i] = 1 / active.expSum(seen, scale, active.largest(seen))
		clear(row[limit : blocks*KVPositions])
	}
	for b := range blocks {
		values := kv[int(table[b])*stride:][dim*KVPositions : KVBlockSize(dim)]
		weights := a.scores.cut(0, rows, b*KVPositions, (b+1)*KVPositions)
		for d := 0; d < dim; d += Panel {
			active.f16(a.sums.cut(0, rows, d, d+Panel), a.sums.stride, weights, a.scores.stride, values[d*KVPositions:][:KVPositions*Panel], rows, KVPositions, b > 0)
		}
	}
	for i := range rows {
		o := out[i*ldo:][:dim]
		for d, sum := range a.sums.row(i)[:dim] {
			o[d] = sum*norm[i] + 0 // a -0 that blocks beyond the limit would have made +0
		}
	}
}
