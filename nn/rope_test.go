package nn

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestRope(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	tests := []struct {
		name string
		c    RopeConfig
	}{
		{"adjacent pairs", RopeConfig{Dims: 64, Base: 10000, Scale: 1}},
		{"halves", RopeConfig{Dims: 64, Base: 1e6, Scale: 1, Half: true}},
		{"linear scaling", RopeConfig{Dims: 32, Base: 10000, Scale: 0.25}},
		{"factors", RopeConfig{Dims: 4, Base: 500000, Scale: 1, Factors: []float32{1, 8}}},
		{"part of a head", RopeConfig{Dims: 16, Base: 10000, Scale: 1, Half: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := NewRope(tt.c)
			head := make([]float32, 64)
			for i := range head {
				head[i] = float32(rng.NormFloat64())
			}
			const pos = 1234
			want := make([]float64, len(head))
			for i, v := range head {
				want[i] = float64(v)
			}
			for i := range tt.c.Dims / 2 {
				angle := pos * tt.c.Scale * math.Pow(tt.c.Base, -2*float64(i)/float64(tt.c.Dims))
				if tt.c.Factors != nil {
					angle /= float64(tt.c.Factors[i])
				}
				a, b := 2*i, 2*i+1
				if tt.c.Half {
					a, b = i, i+tt.c.Dims/2
				}
				z := complex(float64(head[a]), float64(head[b])) * complex(math.Cos(angle), math.Sin(angle))
				want[a], want[b] = real(z), imag(z)
			}
			angles := make([]float32, r.Dims())
			r.Angles(angles, pos)
			r.Rotate(head, angles)
			for i, v := range head {
				if math.Abs(float64(v)-want[i]) > 1e-5 {
					t.Fatalf("number %d is %v, want %v", i, v, want[i])
				}
			}
		})
	}
}
