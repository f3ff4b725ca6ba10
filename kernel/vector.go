package kernel

import "math"

// Add is dst += x. len(x) = len(dst).
func Add(dst, x []float32) { active.add(dst, x[:len(dst)]) }

// Mul is dst *= x, element by element. len(x) = len(dst).
func Mul(dst, x []float32) { active.mul(dst, x[:len(dst)]) }

// RMSNorm is dst = x / sqrt(mean(x^2) + eps) * weight
// (https://arxiv.org/abs/1910.07467). dst may be x.
func RMSNorm(dst, x, weight []float32, eps float32) {
	n := len(x)
	s := 1 / math.Sqrt(float64(active.squares(x, 0))/float64(n)+float64(eps))
	active.scale(dst[:n], x, weight[:n], float32(s))
}

// LayerNorm is dst = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias
// (https://arxiv.org/abs/1607.06450). dst may be x.
func LayerNorm(dst, x, weight, bias []float32, eps float32) {
	n := len(x)
	mean := active.sum(x) / float32(n)
	s := 1 / math.Sqrt(float64(active.squares(x, mean))/float64(n)+float64(eps))
	active.normalize(dst[:n], x, weight[:n], bias[:n], mean, float32(s))
}

// Softmax is x = exp(scale*x) / sum(exp(scale*x)), for a scale above 0. An
// element of -Inf becomes exactly 0; at least one must be finite.
func Softmax(x []float32, scale float32) {
	sum := active.expSum(x, scale, active.largest(x))
	active.times(x, 1/sum)
}

// SiLUMul is gate = gate * sigmoid(gate) * up: the SwiGLU of
// https://arxiv.org/abs/2002.05202. len(up) = len(gate).
func SiLUMul(gate, up []float32) { active.siluMul(gate, up[:len(gate)]) }

// GELU is x = x/2 * (1 + erf(x/sqrt(2))) (https://arxiv.org/abs/1606.08415).
func GELU(x []float32) { active.gelu(x) }

// GELUTanh is GELU's approximation x/2 * (1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3))).
func GELUTanh(x []float32) { active.geluTanh(x) }

// RopeInterleaved rotates the pairs (x[2i], x[2i+1]) of one head by the angle
// whose cosine and sine are cs[2i], cs[2i+1] (https://arxiv.org/abs/2104.09864).
// len(cs) is even, the number of rotated elements; the rest of x stays.
func RopeInterleaved(x, cs []float32) {
	cs = cs[:len(cs)&^1]
	active.ropeInterleaved(x[:len(cs)], cs)
}

// RopeHalf is RopeInterleaved over the pairs (x[i], x[i+n/2]), n = len(cs), as
// GPT-NeoX lays them out.
func RopeHalf(x, cs []float32) {
	half := len(cs) / 2
	active.ropeHalf(x[:half], x[half:2*half], cs[:2*half])
}
