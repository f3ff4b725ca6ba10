package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"plexus/tensor"
)

var formats = []Format{F32, F16, BF16, Q8, Q8Exact, Q5Min, Q6Half, Q4, Q4Min}

// eachSet runs a test with every set of kernels that this processor can run.
func eachSet(t *testing.T, test func(t *testing.T, s *set)) {
	for _, s := range testSets() {
		t.Run(s.name, func(t *testing.T) {
			before := active
			active = s
			defer func() { active = before }()
			test(t, s)
		})
	}
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

func normals(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// newMatrix makes a matrix of random weights of size about 1.
func newMatrix(t testing.TB, rng *rand.Rand, f Format, rows, cols int) *Matrix {
	t.Helper()
	size, err := Size(f, rows, cols)
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMatrix(f, rows, cols, allocate(t, size))
	if err != nil {
		t.Fatal(err)
	}
	for r := range rows {
		if !f.quantised() {
			m.PackRow(r, normals(rng, cols))
			continue
		}
		for b := range cols / Group {
			block := randomBlock(rng, f)
			m.PackBlock(r, b, &block)
		}
	}
	return m
}

// allocate is zeroed, aligned memory for as long as the test runs.
func allocate(t testing.TB, size int) []byte {
	t.Helper()
	memory, err := tensor.Alloc(size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(memory.Free)
	return memory.Bytes()
}

// tops are the numbers of values that a quantised weight can take.
var tops = map[Format]int{Q8: 256, Q8Exact: 256, Q6Half: 64, Q5Min: 32, Q4: 16, Q4Min: 16}

func randomBlock(rng *rand.Rand, f Format) (b Block) {
	top := tops[f]
	for k := range b.Q {
		b.Q[k] = uint8(rng.IntN(top))
	}
	for i := range b.Scale {
		b.Scale[i] = (0.5 + rng.Float32()) * 3 / float32(top)
		b.Min[i] = rng.Float32() * 3
	}
	return b
}

// newInput prepares the rows for every format that cols allows.
func newInput(x []float32, rows, cols int) *Input {
	fs := formats
	if cols%Group != 0 {
		fs = formats[:3]
	}
	in := NewInput(rows, cols, fs...)
	in.Set(0, x, cols, rows)
	return in
}

// checkClose fails if got is farther from want than tolerance times scale, or
// one is NaN or infinite and the other not the same.
func checkClose(t *testing.T, what string, got, want []float32, tolerance, scale float64) {
	t.Helper()
	for i := range want {
		g, w := float64(got[i]), float64(want[i])
		if math.IsNaN(g) && math.IsNaN(w) || g == w {
			continue
		}
		if diff := math.Abs(g - w); !(diff <= tolerance*max(math.Abs(w), scale)) {
			t.Fatalf("%s: element %d is %g, want %g", what, i, g, w)
		}
	}
}

func checkSame(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d is %g (%#08x), want %g (%#08x)", what, i, got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}

func TestUse(t *testing.T) {
	before := Using()
	for _, name := range Available() {
		if err := Use(name); err != nil || Using() != name {
			t.Errorf("Use(%q): using %q, %v", name, Using(), err)
		}
	}
	if err := Use("abacus"); err == nil || Using() == "abacus" {
		t.Errorf("Use of an unknown set: %v", err)
	}
	if err := Use(before); err != nil {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		f          Format
		rows, cols int
		want       int
	}{
		{F32, 1, 3, 32 * 3 * 4}, {F32, 33, 3, 64 * 3 * 4}, {F16, 32, 5, 32 * 5 * 2}, {BF16, 32, 5, 32 * 6 * 2}, {F32, 0, 7, 0}, {Q8, 5, 0, 0}, {Q8Exact, 32, 64, 2 * 1088},
		{Q8, 32, 64, 2 * 1088}, {Q5Min, 32, 64, 2 * 1152}, {Q6Half, 32, 64, 2 * 1152}, {Q4, 32, 64, 2 * 576}, {Q4Min, 40, 64, 4 * 640},
		{Q4, 32, 48, -1}, {F32, -1, 4, -1}, {F32, 4, -1, -1}, {0, 4, 4, -1}, {Q4Min + 1, 4, 32, -1}, {F32, math.MaxInt, math.MaxInt, -1}, {F32, 1 << 31, 1 << 31, -1},
	} {
		got, err := Size(c.f, c.rows, c.cols)
		if c.want >= 0 && (got != c.want || err != nil) || c.want < 0 && err == nil {
			t.Errorf("Size(%s, %d, %d) = %d, %v, want %d", c.f, c.rows, c.cols, got, err, c.want)
		}
	}
}

func TestNewMatrixRefuses(t *testing.T) {
	data := allocate(t, 1<<16)
	size, _ := Size(F32, 32, 8)
	for _, bad := range [][]byte{data[:size-1], data[:size+1], data[4:][:size], nil} {
		if _, err := NewMatrix(F32, 32, 8, bad); err == nil {
			t.Errorf("accepted %d bytes", len(bad))
		}
	}
	if _, err := NewMatrix(F32, 32, 8, data[:size]); err != nil {
		t.Error(err)
	}
}

func TestPackRow(t *testing.T) {
	for _, f := range formats[:3] {
		m := newMatrix(t, random(1), f, 45, 17)
		x := normals(random(2), 17)
		m.PackRow(40, x)
		got := make([]float32, 17)
		m.Row(got, 40)
		round := map[Format]func(float32) float32{
			F32:  func(x float32) float32 { return x },
			F16:  func(x float32) float32 { return tensor.FromF16(tensor.F16(x)) },
			BF16: func(x float32) float32 { return tensor.FromBF16(tensor.BF16(x)) },
		}[f]
		for k, v := range x {
			if got[k] != round(v) {
				t.Errorf("%s column %d: %g, want %g", f, k, got[k], round(v))
			}
		}
	}
}

func TestPackBlock(t *testing.T) {
	for _, f := range formats[3:] {
		rng := random(3)
		m := newMatrix(t, rng, f, 45, 96)
		b := randomBlock(rng, f)
		m.PackBlock(40, 1, &b)
		row := make([]float32, 96)
		m.Row(row, 40)
		f16 := func(x float32) float32 { return tensor.FromF16(tensor.F16(x)) }
		for k, u := range b.Q {
			var want float32
			switch f {
			case Q8, Q8Exact:
				want = f16(b.Scale[0]) * (float32(u) - 128)
			case Q4:
				want = f16(b.Scale[0]) * (float32(u) - 8)
			case Q6Half:
				want = f16(b.Scale[k/16]) * (float32(u) - 32)
			default:
				want = float32(f16(b.Scale[0])*float32(u)) - f16(b.Min[0])
			}
			if row[32+k] != want {
				t.Errorf("%s column %d: %g, want %g", f, k, row[32+k], want)
			}
		}
	}
}

// The reference itself, held against the product of the unpacked rows.
func TestGenericProduct(t *testing.T) {
	before := active
	active = &generic
	defer func() { active = before }()
	for _, f := range formats {
		rng := random(4)
		const rows, cols = 41, 96
		m := newMatrix(t, rng, f, rows, cols)
		x := normals(rng, 3*cols)
		y := make([]float32, 3*rows)
		in := newInput(x, 3, cols)
		m.Mul(y, rows, in, 0, m.Panels())
		if f.quantised() { // of the rounded activations
			for r := range 3 {
				for b := range cols / Group {
					q := in.blocks.row(r)[b]
					if f.narrow() {
						q = in.narrow.row(r)[b]
					}
					for k, v := range q.q {
						x[r*cols+b*Group+k] = q.scale * float32(v)
					}
				}
			}
		}
		want := make([]float32, 3*rows)
		w := make([]float32, cols)
		for j := range rows {
			m.Row(w, j)
			for r := range 3 {
				sum := 0.0
				for k, v := range w {
					sum += float64(v) * float64(x[r*cols+k])
				}
				want[r*rows+j] = float32(sum)
			}
		}
		tolerance := 1e-6
		if f == BF16 { // it rounds the activations
			tolerance = 4e-3
		}
		checkClose(t, f.String(), y, want, tolerance, math.Sqrt(cols)*2)
	}
}

func shapeName(rows, cols, m int) string { return fmt.Sprintf("%dx%d by %d rows", rows, cols, m) }
