package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"plexus/kernel"
	"plexus/tensor"
)

// TestCausalAttention runs a batch of a prefill and two decoding sequences,
// with their blocks scattered over the cache, against plain attention.
func TestCausalAttention(t *testing.T) {
	tests := []struct{ heads, kvHeads, dim int }{
		{1, 1, 16}, {4, 4, 32}, {8, 2, 64}, {6, 2, 80}, {32, 2, 64},
	}
	pool := kernel.NewPool(2)
	defer pool.Close()
	for _, tt := range tests {
		rng := rand.New(rand.NewPCG(3, uint64(tt.dim)))
		const layers, blocks, context = 2, 12, 128
		cache, err := NewKVCache(layers, tt.kvHeads, tt.dim, blocks)
		if err != nil {
			t.Fatal(err)
		}
		lengths := []int{45, 70, 1} // positions in the cache after the batch
		fresh := []int{45, 1, 1}    // of which the batch brings so many
		ids := rng.Perm(blocks)
		b := &Batch{}
		type head = [][]float32 // [pos][dim], as the cache rounds them
		var keys, values [][]head
		for s, n := range lengths {
			var table []int32
			for range (n + kernel.KVPositions - 1) / kernel.KVPositions {
				table = append(table, int32(ids[0]))
				ids = ids[1:]
			}
			b.Tables = append(b.Tables, table)
			ks, vs := make([]head, tt.kvHeads), make([]head, tt.kvHeads)
			for pos := range n {
				for h := range tt.kvHeads {
					k, v := halves(rng, tt.dim), halves(rng, tt.dim)
					cache.Store(1, h, table, int32(pos), k, v)
					ks[h], vs[h] = append(ks[h], k), append(vs[h], v)
				}
				if pos >= n-fresh[s] {
					b.Tokens = append(b.Tokens, 0)
					b.Pos = append(b.Pos, int32(pos))
					b.Seq = append(b.Seq, int32(s))
				}
			}
			keys, values = append(keys, ks), append(values, vs)
		}
		width := tt.heads * tt.dim
		q, out := make([]float32, len(b.Tokens)*width), make([]float32, len(b.Tokens)*width)
		for i := range q {
			q[i] = float32(rng.NormFloat64())
		}
		a := NewCausalAttention(tt.heads, cache, context, 64, pool.Threads())
		a.Plan(b)
		pool.Run(func(w *kernel.Worker) { a.Run(w, 1, out, q) })

		for r, pos := range b.Pos {
			for h := range tt.heads {
				kv := h / (tt.heads / tt.kvHeads)
				want := attend(q[r*width+h*tt.dim:][:tt.dim], keys[b.Seq[r]][kv][:pos+1], values[b.Seq[r]][kv])
				for d, v := range out[r*width+h*tt.dim:][:tt.dim] {
					if math.Abs(float64(v)-want[d]) > 1e-4 {
						t.Fatalf("%+v: row %d head %d number %d is %v, want %v", tt, r, h, d, v, want[d])
					}
				}
			}
		}
		cache.Free()
	}
}

// halves are n random numbers that f16 holds exactly.
func halves(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = tensor.FromF16(tensor.F16(float32(rng.NormFloat64())))
	}
	return x
}

// attend is softmax(q·k/sqrt(d))·v in float64.
func attend(q []float32, keys, values [][]float32) []float64 {
	weights, sum := make([]float64, len(keys)), 0.0
	for p, k := range keys {
		dot := 0.0
		for d := range q {
			dot += float64(q[d]) * float64(k[d])
		}
		weights[p] = math.Exp(dot / math.Sqrt(float64(len(q))))
		sum += weights[p]
	}
	out := make([]float64, len(q))
	for p, w := range weights {
		for d := range out {
			out[d] += w / sum * float64(values[p][d])
		}
	}
	return out
}
