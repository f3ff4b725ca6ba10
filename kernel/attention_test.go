package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"plexus/tensor"
)

// cache is a paged cache of one head in scattered blocks, other heads between.
type cache struct {
	kv     []uint16
	table  []int32
	stride int
	k, v   [][]float32 // what was stored, rounded to f16
}

func newCache(rng *rand.Rand, dim, positions int) *cache {
	blocks := ceil(positions, KVPositions)
	c := &cache{stride: 2 * KVBlockSize(dim)}
	c.kv = make([]uint16, (blocks+2)*c.stride)
	for i := range c.kv {
		c.kv[i] = tensor.F16(float32(rng.NormFloat64())) // stale but finite
	}
	for _, b := range rng.Perm(blocks + 2)[:blocks] {
		c.table = append(c.table, int32(b))
	}
	for p := range positions {
		k, v := normals(rng, dim), normals(rng, dim)
		StoreKV(c.kv[int(c.table[p/KVPositions])*c.stride:][:KVBlockSize(dim)], dim, p%KVPositions, k, v)
		for d := range dim {
			k[d], v[d] = tensor.FromF16(tensor.F16(k[d])), tensor.FromF16(tensor.F16(v[d]))
		}
		c.k, c.v = append(c.k, k), append(c.v, v)
	}
	return c
}

// attend is attention as the textbook has it, in float64
// (https://arxiv.org/abs/1706.03762, equation 1).
func (c *cache) attend(q []float32, limit int, scale float64) []float32 {
	weights, sum := make([]float64, limit), 0.0
	for p := range weights {
		for d, x := range q {
			weights[p] += float64(x) * float64(c.k[p][d])
		}
		weights[p] = math.Exp(weights[p] * scale)
		sum += weights[p]
	}
	out := make([]float32, len(q))
	for d := range out {
		o := 0.0
		for p, w := range weights {
			o += w / sum * float64(c.v[p][d])
		}
		out[d] = float32(o)
	}
	return out
}

func TestAttention(t *testing.T) {
	eachSet(t, func(t *testing.T, s *set) {
		for _, dim := range []int{1, 8, 32, 48, 64, 80, 128} {
			for _, positions := range []int{1, 31, 33, 200} {
				rng := random(uint64(dim + positions))
				c := newCache(rng, dim, positions)
				a := NewAttention(dim, positions)
				for rows := 1; rows <= AttentionRows; rows++ {
					ldq, ldo := dim+3, dim+5
					q, out := normals(rng, rows*ldq), filled(rows*ldo)
					limits := make([]int32, rows)
					for i := range limits {
						limits[i] = int32(1 + rng.IntN(positions))
					}
					scale := 1 / math.Sqrt(float64(dim))
					a.Run(out, ldo, q, ldq, limits, c.kv[:], c.table, c.stride, float32(scale))
					for i, limit := range limits {
						what := fmt.Sprintf("dim %d, row %d of %d, %d positions", dim, i, rows, limit)
						checkClose(t, what, out[i*ldo:][:dim], c.attend(q[i*ldq:][:dim], int(limit), scale), 3e-6, 1)
						checkSame(t, what+", gap", out[i*ldo+dim:(i+1)*ldo], filled(ldo-dim))
					}
				}
			}
		}
	})
}

// A row that decodes alone has the bits it has in a tile of a prefill.
func TestAttentionBatchInvariant(t *testing.T) {
	const dim, positions = 64, 300
	eachSet(t, func(t *testing.T, s *set) {
		rng := random(9)
		c := newCache(rng, dim, positions)
		a := NewAttention(dim, positions)
		for base := 0; base+AttentionRows <= positions; base += 7 {
			limits := make([]int32, AttentionRows)
			for i := range limits {
				limits[i] = int32(base + i + 1)
			}
			q := normals(rng, AttentionRows*dim)
			tile, alone := make([]float32, len(q)), make([]float32, len(q))
			a.Run(tile, dim, q, dim, limits, c.kv, c.table, c.stride, 0.125)
			for i := range limits {
				a.Run(alone[i*dim:], dim, q[i*dim:], dim, limits[i:i+1], c.kv, c.table, c.stride, 0.125)
			}
			checkSame(t, fmt.Sprintf("rows from %d", base), tile, alone)
		}
	})
}

func TestAttentionDoesNotAllocate(t *testing.T) {
	c := newCache(random(1), 64, 100)
	a := NewAttention(64, 100)
	q, out := make([]float32, 64), make([]float32, 64)
	limits := []int32{100}
	if n := testing.AllocsPerRun(10, func() {
		StoreKV(c.kv[int(c.table[0])*c.stride:], 64, 5, q, q)
		a.Run(out, 64, q, 64, limits, c.kv, c.table, c.stride, 0.125)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}
