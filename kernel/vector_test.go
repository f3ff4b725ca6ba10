package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

var lengths = []int{1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100, 255, 1000, 2049}

func TestVectors(t *testing.T) {
	const guard = 5 // elements behind the end that stay as they are
	ops := map[string]func(x, y, z []float32, n int){
		"Add":             func(x, y, z []float32, n int) { Add(x[:n], y) },
		"Mul":             func(x, y, z []float32, n int) { Mul(x[:n], y) },
		"RMSNorm":         func(x, y, z []float32, n int) { RMSNorm(x, y[:n], z, 1e-5) },
		"LayerNorm":       func(x, y, z []float32, n int) { LayerNorm(x, y[:n], z, slices.Clone(x), 1e-5) },
		"Softmax":         func(x, y, z []float32, n int) { Softmax(x[:n], 3) },
		"SiLUMul":         func(x, y, z []float32, n int) { SiLUMul(x[:n], y) },
		"GELU":            func(x, y, z []float32, n int) { GELU(x[:n]) },
		"GELUTanh":        func(x, y, z []float32, n int) { GELUTanh(x[:n]) },
		"RopeInterleaved": func(x, y, z []float32, n int) { RopeInterleaved(x[:n], y[:n]) },
		"RopeHalf":        func(x, y, z []float32, n int) { RopeHalf(x[:n], y[:n&^1]) },
	}
	eachSet(t, func(t *testing.T, s *set) {
		for name, op := range ops {
			for _, n := range lengths {
				rng := random(uint64(n))
				x, y, z := normals(rng, n+guard), normals(rng, n+guard), normals(rng, n+guard)
				want := slices.Clone(x)
				op(x, y, z, n)
				checkSame(t, name+" guard", x[n:], want[n:])
				active = &generic
				op(want, y, z, n)
				active = s
				checkClose(t, fmt.Sprintf("%s of %d", name, n), x, want, 3e-6, 0.3)
			}
		}
	})
}

// The functions over their whole range, infinities and NaN included.
func TestActivationsRange(t *testing.T) {
	inf := float32(math.Inf(1))
	x := []float32{0, float32(math.Copysign(0, -1)), 1e-42, -1e-42, 1e-20, -1e-20, 20, -20, 88, -88, 89, -89, 104, -104, 1e4, -1e4, 1e30, inf, float32(math.NaN())}
	for v := float32(-12); v < 12; v += 1.0 / 64 {
		x = append(x, v)
	}
	eachSet(t, func(t *testing.T, s *set) {
		for name, op := range map[string]func([]float32){
			"GELU": GELU, "GELUTanh": GELUTanh,
			"SiLUMul": func(x []float32) { SiLUMul(x, filled(len(x))) },
			"exp": func(x []float32) {
				for i, v := range x {
					x[i] = 1 - float32(math.Abs(float64(v)))
				}
				active.expSum(x, 1, 1)
			},
		} {
			got, want := slices.Clone(x), slices.Clone(x)
			op(got)
			active = &generic
			op(want)
			active = s
			checkClose(t, name, got, want, 1e-6, 1)
		}
	})
}

func TestSoftmax(t *testing.T) {
	inf := float32(math.Inf(1))
	eachSet(t, func(t *testing.T, s *set) {
		x := []float32{-inf, 1, 2, -inf, 3, -1000}
		Softmax(x, 1)
		e := math.E
		sum := 1 + e + e*e
		checkClose(t, "softmax", x, []float32{0, float32(1 / sum), float32(e / sum), 0, float32(e * e / sum), 0}, 1e-6, 0)
		one := []float32{-5}
		Softmax(one, 2)
		checkSame(t, "one element", one, []float32{1})
		big := []float32{3e38, -3e38, 3e38}
		Softmax(big, 1)
		checkSame(t, "big elements", big, []float32{0.5, 0, 0.5})
		bad := normals(random(1), 40)
		bad[17] = float32(math.NaN())
		Softmax(bad, 1)
		for i, v := range bad {
			if v == v {
				t.Errorf("element %d is %g after a NaN", i, v)
			}
		}
	})
}

func TestReductions(t *testing.T) {
	eachSet(t, func(t *testing.T, s *set) {
		for _, n := range append(lengths, 0) {
			x := normals(random(uint64(n)), n)
			for i := range x {
				x[i] -= 20 // so that a stray 0 would be the largest
			}
			checkSame(t, fmt.Sprintf("largest of %d", n), []float32{s.largest(x)}, []float32{largestGeneric(x)})
			checkClose(t, fmt.Sprintf("sum of %d", n), []float32{s.sum(x)}, []float32{sumGeneric(x)}, 1e-6, 1)
			checkClose(t, fmt.Sprintf("squares of %d", n), []float32{s.squares(x, -19)}, []float32{squaresGeneric(x, -19)}, 1e-6, 1)
		}
	})
}

func TestHalves(t *testing.T) {
	var x []float32
	for bits := range uint32(1 << 16) {
		x = append(x, math.Float32frombits(bits<<16|bits*0x9e37&0xffff))
	}
	eachSet(t, func(t *testing.T, s *set) {
		for _, n := range append(lengths, len(x)) {
			got, want := make([]uint16, n+1), make([]uint16, n+1)
			s.toBF16(got[:n], x[:n])
			toBF16Generic(want[:n], x[:n])
			if i := slices.Compare(got, want); i != 0 {
				t.Errorf("toBF16 of %d differs", n)
			}
			round := slices.Clone(x[:n])
			s.roundBF16(round, x[:n])
			for i, v := range round {
				if math.Float32bits(v) != uint32(want[i])<<16 {
					t.Fatalf("%g rounds to %g", x[i], v)
				}
			}
			s.toF16(got[:n], x[:n])
			toF16Generic(want[:n], x[:n])
			if i := slices.Compare(got, want); i != 0 {
				t.Errorf("toF16 of %d differs", n)
			}
		}
	})
}

// What a softmax is left with is 0 or far from subnormal: products with
// subnormal numbers are slow.
func TestSoftmaxFlushes(t *testing.T) {
	eachSet(t, func(t *testing.T, s *set) {
		var x []float32
		for v := float32(-120); v <= 0; v += 1.0 / 8 {
			x = append(x, v)
		}
		active.expSum(x, 1, 0)
		for i, e := range x {
			if v := -120 + float64(i)/8; e != 0 && e < negligible || e == 0 && v > -63 {
				t.Errorf("e^%v is %v", v, e)
			}
		}
	})
}
