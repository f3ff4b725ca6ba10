package kernel

import (
	"math"

	"plexus/tensor"
)

func toBF16Generic(dst []uint16, x []float32) {
	for i, v := range x {
		dst[i] = tensor.BF16(v)
	}
}

func roundBF16Generic(dst, x []float32) {
	for i, v := range x {
		dst[i] = tensor.FromBF16(tensor.BF16(v))
	}
}

func toF16Generic(dst []uint16, x []float32) {
	for i, v := range x {
		dst[i] = tensor.F16(v)
	}
}

func addGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] += v
	}
}

func mulGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] *= v
	}
}

func timesGeneric(x []float32, s float32) {
	for i := range x {
		x[i] *= s
	}
}

func largestGeneric(x []float32) float32 {
	top := float32(math.Inf(-1))
	for _, v := range x {
		top = max(top, v)
	}
	return top
}

func sumGeneric(x []float32) float32 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v)
	}
	return float32(sum)
}

func squaresGeneric(x []float32, c float32) float32 {
	sum := 0.0
	for _, v := range x {
		d := float64(v - c)
		sum += d * d
	}
	return float32(sum)
}

func scaleGeneric(dst, x, weight []float32, s float32) {
	for i, v := range x {
		dst[i] = float32(v*s) * weight[i]
	}
}

func normalizeGeneric(dst, x, weight, bias []float32, mean, s float32) {
	for i, v := range x {
		dst[i] = float32(float32((v-mean)*s)*weight[i]) + bias[i]
	}
}

// negligible is what a softmax takes for 0: beside its largest term, which is 1,
// it does not count, and what is computed with it may be subnormal and slow.
const negligible = 0x1p-92

// expSumGeneric is x = exp((x-top)*scale), and its sum.
func expSumGeneric(x []float32, scale, top float32) float32 {
	sum := 0.0
	for i, v := range x {
		x[i] = float32(math.Exp(float64((v - top) * scale)))
		if x[i] < negligible {
			x[i] = 0
		}
		sum += float64(x[i])
	}
	return float32(sum)
}

func siluMulGeneric(gate, up []float32) {
	for i, v := range gate {
		gate[i] = float32(float64(v)/(1+math.Exp(-float64(v)))) * up[i]
	}
}

func geluGeneric(x []float32) {
	for i, v := range x {
		x[i] = float32(float64(v) / 2 * (1 + math.Erf(float64(v)/math.Sqrt2)))
	}
}

func geluTanhGeneric(x []float32) {
	for i, f := range x {
		v := float64(f)
		x[i] = float32(v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v))))
	}
}

func ropeInterleavedGeneric(x, cs []float32) {
	for i := 0; i < len(cs); i += 2 {
		a, b, cos, sin := x[i], x[i+1], cs[i], cs[i+1]
		x[i] = float32(a*cos) - float32(b*sin)
		x[i+1] = float32(b*cos) + float32(a*sin)
	}
}

func ropeHalfGeneric(low, high, cs []float32) {
	for i, a := range low {
		b, cos, sin := high[i], cs[2*i], cs[2*i+1]
		low[i] = float32(a*cos) - float32(b*sin)
		high[i] = float32(b*cos) + float32(a*sin)
	}
}
