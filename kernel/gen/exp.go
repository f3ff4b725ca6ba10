package main

import "math"

// The loops around the exponential function, in base 2. Registers 6 to 9, 13 and
// 14 are its scratch.

// bounds puts the bounds of exp2 into registers 11 and 12: below the lower it is
// nothing beside 1, above the upper +Inf.
func (v *vec) bounds() {
	v.fill(-80*math.Log2E, 11)
	v.fill(100*math.Log2E, 12)
}

// Registers of power's results.
const (
	rounded     = 13 // n
	bits        = 6  // n + roundBits, for AVX2
	significand = 14 // 2^(r-n)
)

// power computes, for the integer n nearest to r, 2^(r-n): a polynomial on
// [-1/2, 1/2] with the coefficients of S. Moshier's Cephes library, exp2f. r is
// lost.
//
// Several loops are in flight at once if each is a short chain, so the terms are
// summed in pairs.
func (v *vec) power(r int) {
	const square = 9
	if v.wide() {
		v.op("VRNDSCALEPS", 8, z(r), z(rounded))
	} else {
		v.with("VADDPS", roundBits, r, bits)
		v.with("VSUBPS", roundBits, bits, rounded)
	}
	v.do("VSUBPS", rounded, r, r)
	v.do("VMULPS", r, r, square)
	pairs := []int{significand, 7, 8}
	for i, c := range [][2]float64{{1.339887440266574e-3, 9.618437357674640e-3}, {5.550332471162809e-2, 2.402264791363012e-1}, {6.931472028550421e-1, 1}} {
		v.fill(c[0], pairs[i])
		v.with("VFMADD213PS", c[1], r, pairs[i])
	}
	v.with("VFMADD231PS", 1.535336188319500e-4, square, pairs[0])
	v.do("VFMADD231PS", square, pairs[1], pairs[2])
	v.do("VMULPS", square, square, square)
	v.do("VFMADD213PS", pairs[2], square, pairs[0])
}

// exp2 is r = 2^r between the bounds, beyond them that of the bound.
func (v *vec) exp2(r int) {
	v.do("VMAXPS", r, 11, r) // of a NaN and a bound these give the NaN
	v.do("VMINPS", r, 12, r)
	v.power(r)
	if v.wide() {
		v.op("VSCALEFPS", z(rounded), z(significand), z(r))
		return
	}
	// 2^n in two factors, since n itself may be too large for an exponent.
	v.op("VCVTPS2DQ", y(rounded), y(rounded))
	v.op("VPSRAD", 1, y(rounded), y(r))
	v.op("VPSUBD", y(r), y(rounded), y(rounded))
	for _, half := range []int{r, rounded} {
		v.op("VPADDD", v.constant(exponentBias), y(half), y(half))
		v.op("VPSLLD", 23, y(half), y(half))
		v.op("VMULPS", y(half), y(significand), y(significand))
	}
	v.op("VMOVAPS", y(significand), y(r))
}

// exp2Negative is r = 2^r for r from -126 to 0, and a NaN for the one that
// arithmetic makes. Of others it makes anything.
func (v *vec) exp2Negative(r int) {
	v.power(r)
	if v.wide() {
		v.op("VSCALEFPS", z(rounded), z(significand), z(r))
		return
	}
	v.op("VPSLLD", 23, y(bits), y(bits)) // n is in the lowest bits; it is added to the exponent
	v.op("VPADDD", y(bits), y(significand), y(r))
}

// roundBits is so large that a float added to it is rounded to an integer.
const roundBits = 3 << 22

// exponentBias has the bits of the integer 127.
var exponentBias = float64(math.Float32frombits(127))

// negligible is the binary logarithm of what a softmax takes for 0. Beside its
// largest term, which is 1, it does not count, and a product of it with a value
// could be subnormal: of that, one instruction takes as long as a hundred.
const negligible = -92

func (v *vec) expSum() {
	const notLess = 5 // than negligible, or a NaN; the others are masked out
	v.start("expSum", "float32", param{"x", "[]float32"}, param{"scale", "float32"}, param{"top", "float32"})
	v.op("VBROADCASTSS", v.arg("scale"), v.r(2))
	v.with("VMULPS", math.Log2E, 2, 2)
	v.op("VBROADCASTSS", v.arg("top"), v.r(3))
	v.fill(negligible, 4)
	v.zero(0)
	v.loop(func() {
		v.load("DI", 1)
		v.do("VSUBPS", 3, 1, 1)
		v.do("VMULPS", 2, 1, 1)
		if v.wide() {
			v.op("VCMPPS", notLess, z(4), z(1), "K2")
			v.exp2Negative(1)
			v.op("VMOVAPS.Z", z(1), "K2", z(1))
		} else {
			v.op("VCMPPS", notLess, y(4), y(1), y(5))
			v.exp2Negative(1)
			v.do("VANDPS", 5, 1, 1)
		}
		v.store(1, "DI")
		v.keep(1)
		v.do("VADDPS", 1, 0, 0)
	}, "DI")
	v.reduce("VADDPS", 0)
	v.op("VMOVSS", x(0), v.arg("ret"))
	v.end()
}

// activation emits a function over x, or over x and a second slice to multiply
// by. body computes register 0 in place, with 1 to 10 as scratch.
func (v *vec) activation(name string, gated bool, body func()) {
	params, pointers := []param{{"x", "[]float32"}}, []string{"DI"}
	if gated {
		params, pointers = append(params, param{"up", "[]float32"}), append(pointers, "SI")
	}
	v.start(name, "", params...)
	v.bounds()
	v.fill(1, 10)
	v.loop(func() {
		v.load("DI", 0)
		body()
		if gated {
			v.load("SI", 1)
			v.do("VMULPS", 1, 0, 0)
		}
		v.store(0, "DI")
	}, pointers...)
	v.end()
}

// siluMul is x / (1 + e^-x).
func (v *vec) siluMul() {
	v.with("VMULPS", -math.Log2E, 0, 1)
	v.exp2(1)
	v.do("VADDPS", 10, 1, 1)
	v.do("VDIVPS", 1, 0, 0)
}

// geluTanh is x / (1 + e^-2u) with u = sqrt(2/pi) * (x + 0.044715*x^3), which is
// x/2 * (1 + tanh(u)).
func (v *vec) geluTanh() {
	c := -2 * math.Sqrt(2/math.Pi) * math.Log2E
	v.do("VMULPS", 0, 0, 1)
	v.fill(c, 2)
	v.with("VFMADD132PS", c*0.044715, 2, 1)
	v.do("VMULPS", 0, 1, 1)
	v.exp2(1)
	v.do("VADDPS", 10, 1, 1)
	v.do("VDIVPS", 1, 0, 0)
}

// gelu is max(x,0) - |x| * h, where h = erfc(|x|/sqrt(2))/2 is
// t*(a1 + t*(a2 + ...))*e^(-x^2/2)/2, t = 1/(1 + p*|x|/sqrt(2)) (Abramowitz and
// Stegun, 7.1.26). Of |x| it takes at most 12, where h is 0.
func (v *vec) gelu() {
	v.with("VANDPS", float64(math.Float32frombits(0x7fffffff)), 0, 1)
	v.fill(12, 2)
	v.do("VMINPS", 1, 2, 1)
	v.fill(0.3275911/math.Sqrt2, 2)
	v.do("VFMADD213PS", 10, 1, 2)
	v.do("VDIVPS", 2, 10, 2) // t
	v.fill(1.061405429/2, 3)
	for _, a := range []float64{-1.453152027, 1.421413741, -0.284496736, 0.254829592} {
		v.with("VFMADD213PS", a/2, 2, 3)
	}
	v.do("VMULPS", 2, 3, 3)
	v.do("VMULPS", 1, 1, 4)
	v.with("VMULPS", -0.5*math.Log2E, 4, 4)
	v.exp2Negative(4)
	v.do("VMULPS", 4, 3, 3)
	v.zero(5)
	v.do("VMAXPS", 0, 5, 0)
	v.do("VFNMADD231PS", 3, 1, 0)
}
