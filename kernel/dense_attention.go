package kernel

// DenseAttention computes softmax(scale * q.K^T).V of one head over the rows of
// one sequence, every row seeing all of them, in float32
// (https://arxiv.org/abs/1706.03762, equation 1). It holds the sequence's keys
// and values, packed into panels, and scratch: one for each worker.
type DenseAttention struct {
	headDim, positions int

	keys   []float32 // panels of 32 positions: [ceil(positions/32)][headDim][32]
	values []float32 // panels of 32 dims: [ceil(headDim/32)][positions][32]

	scores lines[float32] // [AttentionRows][positions]
	sums   lines[float32] // [AttentionRows][headDim]
}

// NewDenseAttention makes room for heads of headDim elements and sequences of
// maxPositions rows.
func NewDenseAttention(headDim, maxPositions int) *DenseAttention {
	padded := ceil(maxPositions, Panel) * Panel
	return &DenseAttention{
		headDim: headDim,
		keys:    make([]float32, padded*headDim),
		values:  make([]float32, maxPositions*ceil(headDim, Panel)*Panel),
		scores:  newLines[float32](AttentionRows, padded, 4),
		sums:    newLines[float32](AttentionRows, ceil(headDim, Panel)*Panel, 4),
	}
}

// Load takes the keys and values of a sequence of n rows: position p has
// k[p*ld:][:headDim] and v[p*ld:][:headDim].
func (a *DenseAttention) Load(k, v []float32, ld, n int) {
	dim := a.headDim
	a.positions = n
	for p := 0; p < n; p += Panel {
		panel := a.keys[p*dim:][:dim*Panel]
		if n-p < Panel {
			clear(panel) // what is beyond the end must be finite only
		}
		transpose(panel, k[p*ld:], ld, min(Panel, n-p), dim)
	}
	for d := 0; d < dim; d += Panel {
		panel := a.values[d*n:][:n*Panel]
		width := min(Panel, dim-d)
		for p := range n {
			row := panel[p*Panel:][:Panel]
			copy(row, v[p*ld+d:][:width])
			clear(row[width:])
		}
	}
}

// transpose writes n rows of cols elements as columns of a panel, four at a
// time so that writes are wide and reads go along the rows.
func transpose(panel, x []float32, ld, n, cols int) {
	j := 0
	for ; j+4 <= n; j += 4 {
		a, b, c, d := x[j*ld:][:cols], x[(j+1)*ld:][:cols], x[(j+2)*ld:][:cols], x[(j+3)*ld:][:cols]
		for i := range a {
			out := panel[i*Panel+j:][:4]
			out[0], out[1], out[2], out[3] = a[i], b[i], c[i], d[i]
		}
	}
	for ; j < n; j++ {
		for i, v := range x[j*ld:][:cols] {
			panel[i*Panel+j] = v
		}
	}
}

// Run attends rows query rows: row i is q[i*ldq:][:headDim] and goes to
// out[i*ldo:][:headDim]. The bits of a row depend on nothing but that row and
// what was loaded.
func (a *DenseAttention) Run(out []float32, ldo int, q []float32, ldq, rows int, scale float32) {
	tiles := ceil(rows, active.floatTile)
	for t := range tiles {
		lo, hi := rows*t/tiles, rows*(t+1)/tiles
		a.tile(out[lo*ldo:], ldo, q[lo*ldq:], ldq, hi-lo, scale)
	}
}

func (a *DenseAttention) tile(out []float32, ldo int, q []float32, ldq, rows int, scale float32) {
	dim, n := a.headDim, a.positions
	q = q[:(rows-1)*ldq+dim]
	for p := 0; p < n; p += Panel {
		active.f32(a.scores.cut(0, rows, p, p+Panel), a.scores.stride, q, ldq, a.keys[p*dim:][:dim*Panel], rows, dim, false)
	}
	var norm [AttentionRows]float32
	for i := range rows {
		row := a.scores.row(i)[:n]
		norm[i] = 1 / active.expSum(row, scale, active.largest(row))
	}
	// The positions are cut so that a piece of the values and of the weights stays in the L1 cache.
	const piece = pieceSize / (Panel + AttentionRows) / 4
	for d := 0; d < dim; d += Panel {
		values := a.values[d*n:][:n*Panel]
		for p := 0; p < n; p += piece {
			end := min(p+piece, n)
			active.f32(a.sums.cut(0, rows, d, d+Panel), a.sums.stride, a.scores.cut(0, rows, p, end), a.scores.stride,
				values[p*Panel:end*Panel], rows, end-p, p > 0)
		}
	}
	for i := range rows {
		o := out[i*ldo:][:dim]
		copy(o, a.sums.row(i))
		active.times(o, norm[i])
	}
}
