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
				active = twin(s)
				m.Mul(want, ldy, newInput(x, c.inputs, c.cols), 0, m.Panels())
				active = s
				checkClose(t, f.String()+" "+shapeName(c.rows, c.cols, c.inputs), got, want, 5e-6, math.Sqrt(float64(c.cols)))
			}
		}
	})
}

// twin is the reference for a set: the generic one, but that AVX2 rounds sums of
// 8-bit weights and that AVX-512 needs no narrow activations.
func twin(s *set) *set {
	t := generic
	switch s.name {
	case "generic":
	case "avx2":
		t.blocks[Q8] = eighthsGeneric
	default:
		t.quantizeNarrow = quantizeGeneric
	}
	return &t
}

// eighthsGeneric sums every two products divided by 8, rounded down and up.
func eighthsGeneric(y []float32, ldy int, a []quants, lda int, w []byte, rows, blocks int, more bool) {
	for r := range rows {
		out := start(y[r*ldy:], more)
		for b := range blocks {
			block, x := w[b*Q8.stride():][:Q8.stride()], &a[r*lda+b]
			for j := range out {
				sum := x.eighth.zero - bias
				for k := 0; k < Group; k += 2 {
					two := int32(Q8.quant(block, k, j))*int32(x.q[k]) + int32(Q8.quant(block, k+1, j))*int32(x.q[k+1])
					if k/4%2 == 0 {
						sum += two >> 3
					} else {
						sum -= -two >> 3
					}
				}
				out[j] += float32(x.eighth.scale * float32(Q8.scale(block, 0, j)*float32(sum)))
			}
		}
	}
}

// Eighths add little to the error that 8-bit activations have already.
func TestEighths(t *testing.T) {
	const cols, rows, inputs = 384, 256, 16
	rng := random(1)
	m, exact := newMatrix(t, rng, Q8, rows, cols), newMatrix(t, rng, F32, rows, cols)
	for r := range rows {
		row := make([]float32, cols)
		m.Row(row, r)
		exact.PackRow(r, row)
	}
	x := normals(rng, inputs*cols)
	product := func(m *Matrix, s *set) []float32 {
		before := active
		defer func() { active = before }()
		active = s
		y := make([]float32, inputs*rows)
		m.Mul(y, rows, newInput(x, inputs, cols), 0, m.Panels())
		return y
	}
	eighths := generic
	eighths.blocks[Q8] = eighthsGeneric
	want, whole, parts := product(exact, &generic), product(m, &generic), product(m, &eighths)
	var bare, more float64
	for i, w := range want {
		bare += math.Pow(float64(whole[i]-w), 2)
		more += math.Pow(float64(parts[i]-w), 2)
	}
	if grown := math.Sqrt(more / bare); !(grown < 1.02) {
		t.Errorf("the error grows by %.3f", grown)
	}
}

// The largest sums of every format, as near to 2^15 as they come, saturate nowhere.
func TestMulExtremes(t *testing.T) {
	const cols = 64
	inputs := map[string]func(k int) float32{
		"equal":       func(int) float32 { return 1 },
		"negative":    func(int) float32 { return -1 },
		"every other": func(k int) float32 { return float32(k % 2) },
		"signs":       func(k int) float32 { return float32(1 - 2*(k%2)) },
		"pairs":       func(k int) float32 { return float32(1 - 2*(k/2%2)) },
		"uneven":      func(k int) float32 { return []float32{0.49803, 0.50197}[k%2] },
	}
	eachSet(t, func(t *testing.T, s *set) {
		for _, f := range formats[3:] {
			for name, input := range inputs {
				x := make([]float32, cols)
				for k := range x {
					x[k] = input(k)
				}
				m := newMatrix(t, random(1), f, Panel, cols)
				for row := range Panel {
					for b := range cols / Group {
						block := Block{Scale: [2]float32{1, 1}}
						for k := range block.Q {
							block.Q[k] = uint8((tops[f] - 1) * ((row + k*(row/4%2)) % 2)) // all 0, all the most, in turns
						}
						m.PackBlock(row, b, &block)
					}
				}
				got, want := make([]float32, Panel), make([]float32, Panel)
				m.Mul(got, Panel, newInput(x, 1, cols), 0, 1)
				active = twin(s)
				m.Mul(want, Panel, newInput(x, 1, cols), 0, 1)
				active = s
				checkClose(t, f.String()+" "+name, got, want, 1e-6, 1)
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
				active = twin(s)
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
		checkQuantize(t, s.quantize, quantizeGeneric)
		narrow := twin(s).quantizeNarrow
		if s.name == "avx2" {
			narrow = negated
		}
		checkQuantize(t, s.quantizeNarrow, narrow)
	})
}

// negated is quantizeNarrowGeneric with every other four of q negated.
func negated(dst []quants, x []float32) {
	quantizeNarrowGeneric(dst, x)
	for b := range dst {
		for k := range dst[b].q {
			if k/4%2 == 1 {
				dst[b].q[k] = -dst[b].q[k]
			}
		}
	}
}

func checkQuantize(t *testing.T, quantize, twin func([]quants, []float32)) {
	t.Helper()
	for seed := range uint64(50) {
		x := normals(random(seed), 5*Group)
		x[40], x[70], x[100] = float32(math.Inf(-1)), float32(math.NaN()), 1e-41
		clear(x[4*Group:])
		got, want := make([]quants, 5), make([]quants, 5)
		quantize(got, x)
		twin(want, x)
		for b := range want {
			g, w := got[b], want[b]
			if g.scale != g.scale && w.scale != w.scale {
				g.scale, g.eighth.scale, w.scale, w.eighth.scale = 0, 0, 0, 0
			}
			if g != w {
				t.Fatalf("block %d: %v, want %v", b, g, w)
			}
		}
	}
}

// What is rounded is half a step off at most, and two neighbours of narrow
// activations are at most 128 together.
func TestQuantizeGeneric(t *testing.T) {
	for seed := range uint64(200) {
		x := normals(random(seed), Group)
		for k := range x {
			if seed%2 == 1 { // as near to equal as rounding tells apart
				x[k] = 1 + x[k]/100
			}
		}
		plain, narrow := make([]quants, 1), make([]quants, 1)
		quantizeGeneric(plain, x)
		quantizeNarrowGeneric(narrow, x)
		for _, b := range []*quants{&plain[0], &narrow[0]} {
			for k, v := range b.q {
				if far := math.Abs(float64(x[k] - b.scale*float32(v))); far > 0.501*float64(b.scale) {
					t.Fatalf("column %d is %g of %g", k, x[k], b.scale)
				}
			}
		}
		for k := 0; k < Group; k += 2 {
			if pair := int(narrow[0].q[k]) + int(narrow[0].q[k+1]); pair > 128 || pair < -128 {
				t.Fatalf("columns %d and %d add up to %d", k, k+1, pair)
			}
		}
	}
}
