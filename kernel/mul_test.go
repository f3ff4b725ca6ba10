package kernel

import (
	"math"
	"testing"
)

// Every set agrees with the reference in every format and at odd shapes.
func TestMul(t *testing.T) {
	shapes := []struct{ rows, cols, inputs int }{
		{1, 1, 1}, {31, 33, 2}, {32, 32, 3}, {33, 7, 4}, {1, 64, 5}, {70, 96, 6}, {64, 0, 2}, {40, 1120, 7}, {32, 2080, 13},
		{32, 64, 8}, {32, 64, 9}, {32, 64, 10}, {32, 64, 11}, {32, 64, 12}, {5, 3, 25}, {37, 64, 513},
	}
	eachSet(t, func(t *testing.T, s *set) {
		for _, f := range formats {
			for i, c := range shapes {
				if f.quantised() && c.cols%Group != 0 {
					continue
				}
				rng := random(uint64(i))
				m := newMatrix(t, rng, f, c.rows, c.cols)
				x := normals(rng, c.inputs*c.cols)
				ldy := c.rows + 3
				got, want := filled(c.inputs*ldy), filled(c.inputs*ldy)
				m.Mul(got, ldy, newInput(x, c.inputs, c.cols), 0, m.Panels())
				active = &generic
				m.Mul(want, ldy, newInput(x, c.inputs, c.cols), 0, m.Panels())
				active = s
				checkClose(t, f.String()+" "+shapeName(c.rows, c.cols, c.inputs), got, want, 5e-6, math.Sqrt(float64(c.cols)))
			}
		}
	})
}

// filled is a slice of sevens, to see what a call leaves alone.
func filled(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = 7
	}
	return x
}

func TestMulNastyInputs(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	const rows, cols = 32, 64
	eachSet(t, func(t *testing.T, s *set) {
		for _, f := range formats {
			m := newMatrix(t, random(1), f, rows, cols)
			for name, fill := range map[string]func(k int) float32{
				"zeros":     func(int) float32 { return 0 },
				"denormals": func(k int) float32 { return float32(k) * 1e-42 },
				"huge":      func(k int) float32 { return float32(k-20) * 1e30 },
				"one Inf":   func(k int) float32 { return map[int]float32{40: inf}[k] },
				"one -Inf":  func(k int) float32 { return map[int]float32{3: -inf}[k] },
				"one NaN":   func(k int) float32 { return map[int]float32{63: nan}[k] },
				"NaN first": func(k int) float32 { return map[int]float32{0: nan, 1: inf, 2: 1}[k] },
			} {
				x := normals(random(2), 3*cols)
				for k := range cols {
					x[cols+k] = fill(k)
				}
				in := newInput(x, 3, cols)
				got, want := make([]float32, 3*rows), make([]float32, 3*rows)
				m.Mul(got, rows, in, 0, 1)
				active = &generic
				in = newInput(x, 3, cols)
				m.Mul(want, rows, in, 0, 1)
				active = s
				checkClose(t, f.String()+" "+name, got[:rows], want[:rows], 1e-6, 8)
				checkClose(t, f.String()+" "+name, got[2*rows:], want[2*rows:], 1e-6, 8)
				for j := range rows {
					g, w := float64(got[rows+j]), float64(want[rows+j])
					finite := !math.IsNaN(w) && !math.IsInf(w, 0)
					if finite && !(math.Abs(g-w) <= 1e-5*max(math.Abs(w), 1e-20)) && name != "huge" || !finite && !math.IsNaN(g) && !math.IsInf(g, 0) {
						t.Fatalf("%s, %s: element %d is %g, want %g", f, name, j, g, w)
					}
				}
			}
		}
	})
}

// A row's bits do not depend on its company, its place, or the split of panels.
func TestMulBatchInvariant(t *testing.T) {
	const rows, cols, inputs = 70, 2112, 29
	eachSet(t, func(t *testing.T, s *set) {
		for _, f := range formats {
			rng := random(5)
			m := newMatrix(t, rng, f, rows, cols)
			x := normals(rng, inputs*cols)
			alone := make([]float32, inputs*rows)
			for r := range inputs {
				m.Mul(alone[r*rows:], rows, newInput(x[r*cols:][:cols], 1, cols), 0, m.Panels())
			}
			y := make([]float32, inputs*rows)
			in := newInput(x, inputs, cols)
			for n := 1; n <= inputs; n++ {
				in.Resize(n)
				clear(y)
				for p := range m.Panels() {
					m.Mul(y, rows, in, p, p+1)
				}
				checkSame(t, f.String()+", panel by panel", y, alone[:n*rows])
			}
			pool := NewPool(3)
			defer pool.Close()
			clear(y)
			pool.Run(func(w *Worker) {
				w.Each(m.Panels(), 2, func(lo, hi int) { m.Mul(y, rows, in, lo, hi) })
			})
			checkSame(t, f.String()+", in a pool", y, alone)
			shifted := newInput(x[5*cols:], inputs-5, cols)
			m.Mul(y, rows, shifted, 0, m.Panels())
			checkSame(t, f.String()+", shifted", y[:(inputs-5)*rows], alone[5*rows:])
		}
	})
}

func TestMulChecksBounds(t *testing.T) {
	m := newMatrix(t, random(1), Q4, 64, 64)
	f := newMatrix(t, random(1), F32, 64, 64)
	in := newInput(make([]float32, 4*64), 4, 64)
	y := make([]float32, 4*64)
	for name, call := range map[string]func(){
		"short y":      func() { m.Mul(y[:4*64-1], 64, in, 0, 2) },
		"stray panel":  func() { m.Mul(make([]float32, 9999), 64, in, 0, 3) },
		"columns":      func() { m.Mul(y, 64, newInput(make([]float32, 32), 1, 32), 0, 2) },
		"wrong form":   func() { f.Mul(y, 64, NewInput(4, 64, Q4), 0, 2) },
		"too many":     func() { in := NewInput(2, 64, Q4); in.Resize(3); m.Mul(y, 64, in, 0, 2) },
		"negative ldy": func() { m.Mul(y[:64], -1, in, 0, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

func TestQuantize(t *testing.T) {
	eachSet(t, func(t *testing.T, s *set) {
		for seed := range uint64(50) {
			x := normals(random(seed), 5*Group)
			x[40], x[70], x[100] = float32(math.Inf(-1)), float32(math.NaN()), 1e-41
			clear(x[4*Group:])
			got, want := make([]quants, 5), make([]quants, 5)
			s.quantize(got, x)
			quantizeGeneric(want, x)
			for b := range want {
				g, w := got[b], want[b]
				if g.q != w.q || g.sum != w.sum || g.zero8 != w.zero8 || g.zero128 != w.zero128 || g.halves != w.halves ||
					math.Float32bits(g.scale) != math.Float32bits(w.scale) && w.scale == w.scale {
					t.Fatalf("block %d: %v, want %v", b, g, w)
				}
			}
		}
	})
}
