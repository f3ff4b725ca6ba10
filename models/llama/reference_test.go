package llama_test

import (
	"fmt"
	"math"
	"testing"

	"plexus/models/llama"
	"plexus/nn"
	"plexus/weights/gguf"
)

// reference is the network written plainly from the papers, in float64, with
// the file's own tensors: no packing, no cache, no batch.
type reference struct {
	t    *testing.T
	file *gguf.File
	c    llama.Config
}

// tensor is a dequantised matrix, rows x cols.
func (r reference) tensor(name string) (w []float32, cols int) {
	r.t.Helper()
	tensor, ok := r.file.Tensor(name)
	if !ok {
		return nil, 0
	}
	w = make([]float32, tensor.Rows()*tensor.Cols())
	if err := tensor.Floats(w); err != nil {
		r.t.Fatal(err)
	}
	return w, tensor.Cols()
}

// linear is NAME.weight·x + NAME.bias.
func (r reference) linear(name string, x []float64) []float64 {
	w, cols := r.tensor(name + ".weight")
	bias, _ := r.tensor(name + ".bias")
	y := make([]float64, len(w)/cols)
	for i := range y {
		for j, v := range x {
			y[i] += float64(w[i*cols+j]) * v
		}
		if bias != nil {
			y[i] += float64(bias[i])
		}
	}
	return y
}

// norm is RMSNorm with the weights of NAME; x itself without them.
func (r reference) norm(name string, x []float64) []float64 {
	w, _ := r.tensor(name)
	if w == nil {
		return x
	}
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	scale := 1 / math.Sqrt(sum/float64(len(x))+float64(r.c.Eps))
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v * scale * float64(w[i])
	}
	return y
}

func (r reference) rotate(x []float64, pos int) {
	factors, _ := r.tensor("rope_freqs.weight")
	n := r.c.Rope.Dims
	for i := range n / 2 {
		angle := float64(pos) * r.c.Rope.Scale * math.Pow(r.c.Rope.Base, -2*float64(i)/float64(n))
		if factors != nil {
			angle /= float64(factors[i])
		}
		a, b := 2*i, 2*i+1
		if r.c.Rope.Half {
			a, b = i, i+n/2
		}
		sin, cos := math.Sincos(angle)
		x[a], x[b] = x[a]*cos-x[b]*sin, x[a]*sin+x[b]*cos
	}
}

// logits are those of every position of tokens.
func (r reference) logits(tokens []int32) [][]float64 {
	c := r.c
	embed, cols := r.tensor("token_embd.weight")
	x := make([][]float64, len(tokens))
	for i, tok := range tokens {
		x[i] = make([]float64, cols)
		for j := range x[i] {
			x[i][j] = float64(embed[int(tok)*cols+j])
		}
	}
	for l := range c.Layers {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s", l, part) }
		var keys, values [][]float64
		for pos := range x {
			h := r.norm(name("attn_norm.weight"), x[pos])
			q, k, v := r.linear(name("attn_q"), h), r.linear(name("attn_k"), h), r.linear(name("attn_v"), h)
			for head := range c.KVHeads {
				part := k[head*c.HeadDim:][:c.HeadDim]
				copy(part, r.norm(name("attn_k_norm.weight"), part))
				r.rotate(part, pos)
			}
			keys, values = append(keys, k), append(values, v)
			mix := make([]float64, len(q))
			for head := range c.Heads {
				part := q[head*c.HeadDim:][:c.HeadDim]
				copy(part, r.norm(name("attn_q_norm.weight"), part))
				r.rotate(part, pos)
				kv := head / (c.Heads / c.KVHeads) * c.HeadDim
				scores, sum, top := make([]float64, pos+1), 0.0, math.Inf(-1)
				for p := range scores {
					for d, v := range part {
						scores[p] += v * keys[p][kv+d] / math.Sqrt(float64(c.HeadDim))
					}
					top = max(top, scores[p])
				}
				for p := range scores {
					scores[p] = math.Exp(scores[p] - top)
					sum += scores[p]
				}
				for p, s := range scores {
					for d := range c.HeadDim {
						mix[head*c.HeadDim+d] += s / sum * values[p][kv+d]
					}
				}
			}
			for j, v := range r.linear(name("attn_output"), mix) {
				x[pos][j] += v
			}
			h = r.norm(name("ffn_norm.weight"), x[pos])
			gate, up := r.linear(name("ffn_gate"), h), r.linear(name("ffn_up"), h)
			for j, g := range gate {
				up[j] *= g / (1 + math.Exp(-g))
			}
			for j, v := range r.linear(name("ffn_down"), up) {
				x[pos][j] += v
			}
		}
	}
	out := "output"
	if _, ok := r.file.Tensor("output.weight"); !ok {
		out = "token_embd"
	}
	all := make([][]float64, len(x))
	for pos := range x {
		all[pos] = r.linear(out, r.norm("output_norm.weight", x[pos]))
	}
	return all
}

// rows makes a batch of one sequence's positions [from, len(tokens)) with all
// logits wanted, in the blocks of table.
func rows(tokens []int32, from int, table []int32) *nn.Batch {
	b := &nn.Batch{Tables: [][]int32{table}}
	for i := from; i < len(tokens); i++ {
		b.Out = append(b.Out, int32(len(b.Tokens)))
		b.Tokens = append(b.Tokens, tokens[i])
		b.Pos = append(b.Pos, int32(i))
		b.Seq = append(b.Seq, 0)
	}
	return b
}
