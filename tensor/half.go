package tensor

import "math"

// F16 rounds x to IEEE 754 binary16, to nearest even. Values beyond the range
// become infinite, NaN stays NaN.
func F16(x float32) uint16 {
	bits := math.Float32bits(x)
	sign := uint16(bits >> 16 & 0x8000)
	abs := bits & 0x7fffffff
	switch {
	case abs > 0x7f800000: // NaN: keep the payload's top, made quiet
		return sign | 0x7e00 | uint16(abs>>13&0x3ff)
	case abs >= 0x477ff000: // rounds to 65536 or more
		return sign | 0x7c00
	case abs < 0x38800000: // subnormal: the sum's last bit is worth 2^-24, so the FPU rounds
		sum := math.Float32frombits(abs) + 0.5
		return sign | uint16(math.Float32bits(sum)-0x3f000000)
	}
	abs += 0xfff + abs>>13&1
	return sign | uint16((abs-0x38000000)>>13)
}

// FromF16 widens an IEEE 754 binary16 value exactly.
func FromF16(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	abs := uint32(h & 0x7fff)
	switch {
	case abs < 0x400: // zero or subnormal
		return math.Float32frombits(sign | math.Float32bits(float32(abs)*0x1p-24))
	case abs >= 0x7c00: // infinite or NaN
		return math.Float32frombits(sign | 0x7f800000 | abs&0x3ff<<13)
	}
	return math.Float32frombits(sign | (abs<<13 + 0x38000000))
}

// BF16 rounds x to bfloat16, the upper half of a float32, to nearest even.
func BF16(x float32) uint16 {
	bits := math.Float32bits(x)
	if bits&0x7fffffff > 0x7f800000 { // NaN: rounding could carry it to infinity
		return uint16(bits>>16 | 0x40)
	}
	return uint16((bits + 0x7fff + bits>>16&1) >> 16)
}

// FromBF16 widens a bfloat16 value exactly.
func FromBF16(h uint16) float32 { return math.Float32frombits(uint32(h) << 16) }
