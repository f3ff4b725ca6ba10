package kernel

import (
	"fmt"
	"math"
	"testing"
)

func TestDenseAttention(t *testing.T) {
	eachSet(t, func(t *testing.T, s *set) {
		for _, dim := range []int{1, 8, 32, 48, 64, 80} {
			a := NewDenseAttention(dim, 300)
			for _, n := range []int{300, 1, 31, 33, 64} { // the longest first: what it leaves must not show
				rng := random(uint64(dim + n))
				ld, ldq, ldo := dim+7, dim+3, dim+5
				c := &cache{}
				k, v := normals(rng, n*ld), normals(rng, n*ld)
				for p := range n {
					c.k, c.v = append(c.k, k[p*ld:][:dim]), append(c.v, v[p*ld:][:dim])
				}
				a.Load(k, v, ld, n)
				scale := 1 / math.Sqrt(float64(dim))
				for _, rows := range []int{1, 5, 12, 13, 40} {
					q, out := normals(rng, rows*ldq), filled(rows*ldo)
					a.Run(out, ldo, q, ldq, rows, float32(scale))
					for i := range rows {
						what := fmt.Sprintf("dim %d, row %d of %d, %d positions", dim, i, rows, n)
						checkClose(t, what, out[i*ldo:][:dim], c.attend(q[i*ldq:][:dim], n, scale), 3e-6, 1)
						checkSame(t, what+", gap", out[i*ldo+dim:(i+1)*ldo], filled(ldo-dim))
						alone := make([]float32, dim)
						a.Run(alone, dim, q[i*ldq:], ldq, 1, float32(scale))
						checkSame(t, what+", alone", alone, out[i*ldo:][:dim])
					}
				}
			}
		}
	})
}

// Scores so far apart that all but one weight vanish.
func TestDenseAttentionExtremes(t *testing.T) {
	eachSet(t, func(t *testing.T, s *set) {
		const dim, n = 32, 40
		k, v := make([]float32, n*dim), make([]float32, n*dim)
		for p := range n {
			k[p*dim], v[p*dim] = float32(p)*1e30, float32(p)
		}
		a := NewDenseAttention(dim, n)
		a.Load(k, v, dim, n)
		q, out := make([]float32, dim), make([]float32, dim)
		for sign, want := range map[float32]float32{1: n - 1, -1: 0, 0: (n - 1) / 2.0} {
			q[0] = sign
			a.Run(out, dim, q, dim, 1, 1)
			checkClose(t, fmt.Sprintf("sign %g", sign), out[:2], []float32{want, 0}, 1e-6, 1)
		}
	})
}

func TestDenseAttentionDoesNotAllocate(t *testing.T) {
	a := NewDenseAttention(64, 100)
	x := make([]float32, 100*64)
	if n := testing.AllocsPerRun(10, func() {
		a.Load(x, x, 64, 100)
		a.Run(x, 64, x, 64, 100, 0.125)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// BenchmarkDenseAttention is one head of one sequence, its packing included.
func BenchmarkDenseAttention(b *testing.B) {
	const dim, width = 64, 768
	for _, n := range []int{16, 128, 512, 8192} {
		b.Run(fmt.Sprintf("positions=%d", n), func(b *testing.B) {
			rng := random(1)
			q, k, v, out := normals(rng, n*width), normals(rng, n*width), normals(rng, n*width), make([]float32, n*width)
			a := NewDenseAttention(dim, n)
			top := limit(F32)
			seconds := fastest(b, func() {
				a.Load(k, v, width, n)
				a.Run(out, width, q, width, n, 0.125)
			})
			rate := 4 * float64(n) * float64(n) * dim / seconds
			b.ReportMetric(rate/1e9, "GFLOP/s")
			if top > 0 {
				b.ReportMetric(100*rate/top, "%peak")
			}
		})
	}
}
