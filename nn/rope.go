package nn

import (
	"math"

	"plexus/kernel"
)

// Rope is rotary position embedding (Su et al., https://arxiv.org/abs/2104.09864):
// pair i of a head's first Dims numbers is turned by the angle
// pos·base^(-2i/Dims), stretched by a model's own scaling.
type Rope struct {
	freqs []float64 // angle per position, one per pair
	half  bool      // pairs are (i, i+Dims/2), GPT-NeoX's order, not (2i, 2i+1)
}

// RopeConfig describes a model's rotary embedding.
type RopeConfig struct {
	Dims    int       // rotated numbers per head, even
	Base    float64   // 10000, 500000, ...
	Scale   float64   // linear position scaling: 0.25 makes a 4 times longer context; 1 is none
	Factors []float32 // divisors of each pair's frequency (Llama 3.1), or nil
	Half    bool      // GPT-NeoX pairs
}

// NewRope makes the frequencies of c.
func NewRope(c RopeConfig) *Rope {
	r := &Rope{freqs: make([]float64, c.Dims/2), half: c.Half}
	for i := range r.freqs {
		r.freqs[i] = c.Scale * math.Pow(c.Base, -2*float64(i)/float64(c.Dims))
		if c.Factors != nil {
			r.freqs[i] /= float64(c.Factors[i])
		}
	}
	return r
}

// Dims is how many numbers of a head are rotated: the length of Angles' dst.
func (r *Rope) Dims() int { return 2 * len(r.freqs) }

// Angles writes cos, sin of every pair at position pos.
func (r *Rope) Angles(dst []float32, pos int32) {
	for i, f := range r.freqs {
		sin, cos := math.Sincos(float64(pos) * f)
		dst[2*i], dst[2*i+1] = float32(cos), float32(sin)
	}
}

// Rotate turns one head by the angles of its position.
func (r *Rope) Rotate(head, angles []float32) {
	if r.half {
		kernel.RopeHalf(head, angles)
	} else {
		kernel.RopeInterleaved(head, angles)
	}
}
