package kernel

import "plexus/tensor"

// The products of a tile of rows with a piece of a panel: for r < rows and
// j < 32,
//
//	y[r*ldy+j] = sum over k of a[r*lda+k] * w[k][j]
//
// or += if more is set. They take k in order, so that cutting it in pieces
// changes nothing.

func f32Generic(y []float32, ldy int, a []float32, lda int, w []float32, rows, cols int, more bool) {
	for r := range rows {
		out := start(y[r*ldy:], more)
		for k, x := range a[r*lda:][:cols] {
			for j, v := range w[k*Panel:][:Panel] {
				out[j] += float32(x * v)
			}
		}
	}
}

func f16Generic(y []float32, ldy int, a []float32, lda int, w []uint16, rows, cols int, more bool) {
	for r := range rows {
		out := start(y[r*ldy:], more)
		for k, x := range a[r*lda:][:cols] {
			for j, v := range w[k*Panel:][:Panel] {
				out[j] += float32(x * tensor.FromF16(v))
			}
		}
	}
}

// bf16Generic takes columns in pairs: a[r*lda+2p+i] * w[p][j][i]. Its
// activations are rounded to bf16.
func bf16Generic(y []float32, ldy int, a []float32, lda int, w []uint16, rows, pairs int, more bool) {
	for r := range rows {
		out := start(y[r*ldy:], more)
		for p := range pairs {
			x0, x1 := a[r*lda+2*p], a[r*lda+2*p+1]
			pair := w[p*Panel*2:][:Panel*2]
			for j := range out {
				out[j] += float32(x0 * tensor.FromBF16(pair[2*j]))
				out[j] += float32(x1 * tensor.FromBF16(pair[2*j+1]))
			}
		}
	}
}

func start(y []float32, more bool) []float32 {
	y = y[:Panel]
	if !more {
		clear(y)
	}
	return y
}

// blockProduct is a product with weights in a quantised format. In each block
// the integer sums are exact; the floats go in the order written here.
type blockProduct func(y []float32, ldy int, a []quants, lda int, w []byte, rows, blocks int, more bool)

func genericBlocks(f Format) blockProduct {
	return func(y []float32, ldy int, a []quants, lda int, w []byte, rows, blocks int, more bool) {
		for r := range rows {
			start(y[r*ldy:], more)
		}
		for b := range blocks {
			block := w[b*f.stride():][:f.stride()]
			for j := range Panel {
				var u [Group]int32
				for k := range u {
					u[k] = int32(f.quant(block, k, j))
				}
				d, second := f.scale(block, 0, j), float32(0)
				if f.scales() == 2 {
					second = f.scale(block, 1, j)
				}
				for r := range rows {
					y[r*ldy+j] = f.addBlock(y[r*ldy+j], &u, &a[r*lda+b], d, second)
				}
			}
		}
	}
}

// addBlock adds the product of 32 columns to y. With I the integer product of
// quants, it is y + d_a*d_w*(I - z*sum), or y + d_a*(d_w*I - m_w*sum).
func (f Format) addBlock(y float32, u *[Group]int32, a *quants, d, second float32) float32 {
	var sums [2]int32
	for k, q := range a.q {
		sums[k/16] += u[k] * int32(q)
	}
	sum := sums[0] + sums[1]
	switch f {
	case Q8, Q8Exact:
		return y + float32(a.scale*float32(d*float32(sum+a.zero128-bias)))
	case Q4:
		return y + float32(a.scale*float32(d*float32(sum+a.zero8-bias)))
	case Q6Half:
		y += float32(a.scale * float32(d*float32(sums[0]+a.halves[0]-bias)))
		return y + float32(a.scale*float32(second*float32(sums[1]+a.halves[1]-bias)))
	}
	return y + float32(a.scale*(float32(d*float32(sum))-float32(second*a.sum)))
}
