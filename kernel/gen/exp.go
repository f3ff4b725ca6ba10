package main

import "math"

// The loops around the exponential function. Register 11 holds its lower and 12
// its upper bound; 6 to 9, 13 and 14 are its scratch.

// bounds prepares for exp: below them it is nothing beside 1, above them +Inf.
func (v *vec) bounds() {
	v.fill(-80, 11)
	v.fill(100, 12)
}

// exp is r = e^r, within about two units in the last place: with n the integer
// nearest to r/ln 2 it is 2^n * e^(r-n*ln 2), the second factor a polynomial on
// [-ln 2/2, ln 2/2].
func (v *vec) exp(r int) {
	const n, p = 13, 14
	v.do("VMAXPS", r, 11, r) // of a NaN and a bound these give the NaN
	v.do("VMINPS", r, 12, r)
	v.with("VMULPS", math.Log2E, r, n)
	if v.wide() {
		v.op("VRNDSCALEPS", 8, z(n), z(n))
	} else {
		v.op("VROUNDPS", 8, y(n), y(n))
	}
	v.expRest(n, r, p)
	if v.wide() {
		v.op("VSCALEFPS", z(n), z(p), z(r))
		return
	}
	// 2^n in two factors, since n itself may be too small or large for an exponent.
	v.op("VCVTPS2DQ", y(n), y(n))
	v.op("VPSRAD", 1, y(n), y(r))
	v.op("VPSUBD", y(r), y(n), y(n))
	for _, half := range []int{r, n} {
		v.op("VPADDD", v.constant(exponentBias), y(half), y(half))
		v.op("VPSLLD", 23, y(half), y(half))
		v.op("VMULPS", y(half), y(p), y(p))
	}
	v.op("VMOVAPS", y(p), y(r))
}

// expNegative is exp of r that is not above 0: with the lower bound, 2^n is an
// exponent to be added to that of the polynomial.
func (v *vec) expNegative(r int) {
	if v.wide() {
		v.exp(r)
		return
	}
	const n, bits, p = 13, 6, 14
	v.do("VMAXPS", r, 11, r)
	v.fill(roundBits, n)
	v.op("VMOVAPS", y(n), y(bits))
	v.with("VFMADD231PS", math.Log2E, r, bits) // an integer in the lowest bits
	v.do("VSUBPS", n, bits, n)
	v.expRest(n, r, p)
	v.op("VPSLLD", 23, y(bits), y(bits))
	v.op("VPADDD", y(bits), y(p), y(r))
}

// roundBits is so large that a float added to it is rounded to an integer.
const roundBits = 3 << 22

// expRest is p = e^(r-n*ln 2), ln 2 in two parts so that the difference is exact.
// The coefficients are those of S. Moshier's Cephes library, expf.
func (v *vec) expRest(n, r, p int) {
	v.with("VFMADD231PS", -0.693359375, n, r)
	v.with("VFMADD231PS", 2.12194440e-4, n, r)
	c := []float64{1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1, 1}
	if v.wide() {
		v.fill(c[0], p)
		for _, c := range c[1:] {
			v.with("VFMADD213PS", c, r, p)
		}
		return
	}
	// In pairs: half as long a chain, so that twice as many loops are in flight.
	pairs := []int{p, 7, 8}
	for i, pair := range pairs {
		v.fill(c[2*i], pair)
		v.with("VFMADD213PS", c[2*i+1], r, pair)
	}
	v.do("VMULPS", r, r, 9)
	v.do("VFMADD213PS", pairs[1], 9, p)
	v.do("VFMADD213PS", pairs[2], 9, p)
	v.with("VADDPS", 1, r, r)
	v.do("VFMADD213PS", r, 9, p)
}

// exponentBias has the bits of the integer 127.
var exponentBias = float64(math.Float32frombits(127))

// negligible is what a softmax takes for 0. Beside its largest term, which is
// 1, it does not count, and a product of it with a value could be subnormal: of
// that, one instruction takes as long as a hundred.
const negligible = 0x1p-92

func (v *vec) expSum() {
	v.start("expSum", "float32", param{"x", "[]float32"}, param{"scale", "float32"}, param{"top", "float32"})
	v.op("VBROADCASTSS", v.arg("scale"), v.r(2))
	v.op("VBROADCASTSS", v.arg("top"), v.r(3))
	v.bounds()
	v.fill(negligible, 4)
	v.zero(0)
	v.loop(func() {
		v.load("DI", 1)
		v.do("VSUBPS", 3, 1, 1)
		v.do("VMULPS", 2, 1, 1)
		v.expNegative(1)
		v.flush(4, 1)
		v.store(1, "DI")
		v.keep(1)
		v.do("VADDPS", 1, 0, 0)
	}, "DI")
	v.reduce("VADDPS", 0)
	v.op("VMOVSS", x(0), v.arg("ret"))
	v.end()
}

// flush makes 0 of the numbers in r that are less than those in least; a NaN is
// not.
func (v *vec) flush(least, r int) {
	const notLess = 5
	if v.wide() {
		v.op("VCMPPS", notLess, z(least), z(r), "K2")
		v.op("VMOVAPS.Z", z(r), "K2", z(r))
		return
	}
	v.op("VCMPPS", notLess, y(least), y(r), y(13))
	v.op("VANDPS", y(13), y(r), y(r))
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
	v.zero(1)
	v.do("VSUBPS", 0, 1, 1)
	v.exp(1)
	v.do("VADDPS", 10, 1, 1)
	v.do("VDIVPS", 1, 0, 0)
}

// geluTanh is x / (1 + e^-2u) with u = sqrt(2/pi) * (x + 0.044715*x^3), which is
// x/2 * (1 + tanh(u)).
func (v *vec) geluTanh() {
	c := -2 * math.Sqrt(2/math.Pi)
	v.do("VMULPS", 0, 0, 1)
	v.fill(c, 2)
	v.with("VFMADD132PS", c*0.044715, 2, 1)
	v.do("VMULPS", 0, 1, 1)
	v.exp(1)
	v.do("VADDPS", 10, 1, 1)
	v.do("VDIVPS", 1, 0, 0)
}

// gelu is max(x,0) - |x| * h, where h = erfc(|x|/sqrt(2))/2 is
// t*(a1 + t*(a2 + ...))*e^(-x^2/2)/2, t = 1/(1 + p*|x|/sqrt(2)) (Abramowitz and
// Stegun, 7.1.26). Of |x| it takes at most 20, where h is 0.
func (v *vec) gelu() {
	v.with("VANDPS", float64(math.Float32frombits(0x7fffffff)), 0, 1)
	v.fill(20, 2)
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
	v.with("VMULPS", -0.5, 4, 4)
	v.expNegative(4)
	v.do("VMULPS", 4, 3, 3)
	v.zero(5)
	v.do("VMAXPS", 0, 5, 0)
	v.do("VFNMADD231PS", 3, 1, 0)
}
