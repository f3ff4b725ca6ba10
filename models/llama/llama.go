// Package llama is the network of the Llama family: Llama 1 to 3.2, Mistral,
// TinyLlama, SmolLM (architecture "llama"), Qwen2 and Qwen2.5 ("qwen2") and the
// dense Qwen3 ("qwen3").
//
// It may hold the configuration, the layers in order and the forward pass. It
// may not hold requests, prompts or sampling.
//
//	Touvron et al., https://arxiv.org/abs/2302.13971
//	Grattafiori et al., https://arxiv.org/abs/2407.21783
//	Qwen2 https://arxiv.org/abs/2407.10671, Qwen3 https://arxiv.org/abs/2505.09388
package llama

import (
	"plexus/kernel"
	"plexus/nn"
	"plexus/tensor"
)

// Model is a loaded network with its cache and work memory. One goroutine at
// a time may use it.
type Model struct {
	Config
	limits nn.Limits

	embed    *kernel.Matrix // vocabulary x Hidden
	layers   []layer
	norm     []float32
	output   nn.Linear
	rope     *nn.Rope
	cache    *nn.KVCache
	attend   *nn.CausalAttention
	pool     *kernel.Pool
	job      func(*kernel.Worker) // m.forward, bound once
	batch    *nn.Batch            // of the pass that runs
	states   bool                 // it ends with the final states, not their logits
	outputs  *tensor.Memory       // behind logits
	logits   []float32            // rows of Out x vocabulary, or x Hidden
	scratch  [][]float32          // per worker: a tile of rows x the widest input
	activity activations
}

// layer is one block: attention, then a gated feed-forward, each behind a norm
// and added to the residual stream.
type layer struct {
	attnNorm     []float32
	q, k, v, o   nn.Linear
	qNorm, kNorm []float32 // per head, Qwen3 only
	ffNorm       []float32
	gate, up     nn.Linear
	down         nn.Linear
}

// activations are the buffers of one pass, as many rows as a batch may have.
type activations struct {
	memory *tensor.Memory
	x      []float32 // residual stream, rows x Hidden
	delta  []float32 // what a sublayer adds to x, rows x Hidden
	q, mix []float32 // queries and attention's output, rows x Heads x HeadDim
	k, v   []float32 // rows x KVHeads x HeadDim
	gate   []float32 // rows x FF
	up     []float32 // rows x FF
	angles []float32 // rows x rotary dimensions

	hidden *kernel.Input // normed x
	mixed  *kernel.Input // mix
	gated  *kernel.Input // silu(gate)·up
	final  *kernel.Input // normed rows of Out
}

// Vocab is the number of logits per row.
func (m *Model) Vocab() int { return m.limits.Vocab }

// Context is the number of positions a sequence may have.
func (m *Model) Context() int { return m.limits.Context }

// Blocks is the size of the key/value cache in blocks of kernel.KVPositions.
func (m *Model) Blocks() int { return m.limits.Blocks }

// Rows is the largest batch.
func (m *Model) Rows() int { return m.limits.Rows }

// Forward runs a batch and returns len(b.Out) x Vocab logits, valid until the
// next call. A row's logits do not depend on the rows it shares a batch with.
func (m *Model) Forward(b *nn.Batch) ([]float32, error) { return m.run(b, false) }

// Embed runs a batch and returns the final states of the rows of Out, len(b.Out)
// x Hidden, as Forward does logits.
func (m *Model) Embed(b *nn.Batch) ([]float32, error) { return m.run(b, true) }

func (m *Model) run(b *nn.Batch, states bool) ([]float32, error) {
	if err := b.Check(m.limits); err != nil {
		return nil, err
	}
	width := m.limits.Vocab
	if states {
		width = m.Hidden
	}
	if err := m.growLogits(len(b.Out) * width); err != nil {
		return nil, err
	}
	a := &m.activity
	a.hidden.Resize(len(b.Tokens))
	a.mixed.Resize(len(b.Tokens))
	a.gated.Resize(len(b.Tokens))
	a.final.Resize(len(b.Out))
	m.attend.Plan(b)
	m.batch, m.states = b, states
	m.pool.Run(m.job)
	return m.logits[:len(b.Out)*width], nil
}

// forward is the pass itself, run by every worker of the pool together.
func (m *Model) forward(w *kernel.Worker) {
	a := &m.activity
	attnWidth, kvWidth := m.Heads*m.HeadDim, m.KVHeads*m.HeadDim

	m.lookUp(w)
	w.Barrier()
	for i := range m.layers {
		l := &m.layers[i]
		m.addAndNorm(w, l.attnNorm, i > 0)
		w.Barrier()
		nn.Project(w, a.hidden,
			nn.Product{Linear: l.q, Y: a.q, Stride: attnWidth},
			nn.Product{Linear: l.k, Y: a.k, Stride: kvWidth},
			nn.Product{Linear: l.v, Y: a.v, Stride: kvWidth})
		w.Barrier()
		m.rotateAndStore(w, i)
		w.Barrier()
		m.attend.Run(w, i, a.mix, a.q)
		w.Barrier()
		m.prepare(w, a.mixed, a.mix)
		w.Barrier()
		nn.Project(w, a.mixed, nn.Product{Linear: l.o, Y: a.delta, Stride: m.Hidden})
		w.Barrier()
		m.addAndNorm(w, l.ffNorm, true)
		w.Barrier()
		nn.Project(w, a.hidden,
			nn.Product{Linear: l.gate, Y: a.gate, Stride: m.FF},
			nn.Product{Linear: l.up, Y: a.up, Stride: m.FF})
		w.Barrier()
		m.activate(w)
		w.Barrier()
		nn.Project(w, a.gated, nn.Product{Linear: l.down, Y: a.delta, Stride: m.Hidden})
		w.Barrier()
	}
	if len(m.batch.Out) == 0 {
		return
	}
	m.finalNorm(w)
	if m.states {
		return
	}
	w.Barrier()
	nn.Project(w, a.final, nn.Product{Linear: m.output, Y: m.logits, Stride: m.limits.Vocab})
}

// lookUp fills x with the tokens' embeddings, and the rows' rotary angles.
func (m *Model) lookUp(w *kernel.Worker) {
	b, a := m.batch, &m.activity
	dims := m.rope.Dims()
	w.Each(len(b.Tokens), 1, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			m.embed.Row(a.x[r*m.Hidden:][:m.Hidden], int(b.Tokens[r]))
			m.rope.Angles(a.angles[r*dims:][:dims], b.Pos[r])
		}
	})
}

// addAndNorm adds the last sublayer's delta to x, if there is one, and
// prepares the normed rows as input of the next sublayer.
func (m *Model) addAndNorm(w *kernel.Worker, weight []float32, add bool) {
	a, h := &m.activity, m.Hidden
	w.Each(len(m.batch.Tokens), a.hidden.Tile(), func(lo, hi int) {
		normed := m.scratch[w.ID]
		for r := lo; r < hi; r++ {
			x := a.x[r*h:][:h]
			if add {
				kernel.Add(x, a.delta[r*h:][:h])
			}
			kernel.RMSNorm(normed[(r-lo)*h:][:h], x, weight, m.Eps)
		}
		a.hidden.Set(lo, normed, h, hi-lo)
	})
}

// rotateAndStore turns queries and keys by their positions and writes keys
// and values to the cache.
func (m *Model) rotateAndStore(w *kernel.Worker, i int) {
	b, a, l := m.batch, &m.activity, &m.layers[i]
	dim, dims := m.HeadDim, m.rope.Dims()
	w.Each(len(b.Tokens), 1, func(lo, hi int) {
		for r := lo; r < hi; r++ {
			angles := a.angles[r*dims:][:dims]
			for head := range m.Heads {
				q := a.q[(r*m.Heads+head)*dim:][:dim]
				if l.qNorm != nil {
					kernel.RMSNorm(q, q, l.qNorm, m.Eps)
				}
				m.rope.Rotate(q, angles)
			}
			for head := range m.KVHeads {
				k := a.k[(r*m.KVHeads+head)*dim:][:dim]
				if l.kNorm != nil {
					kernel.RMSNorm(k, k, l.kNorm, m.Eps)
				}
				m.rope.Rotate(k, angles)
				v := a.v[(r*m.KVHeads+head)*dim:][:dim]
				m.cache.Store(i, head, b.Tables[b.Seq[r]], b.Pos[r], k, v)
			}
		}
	})
}

// prepare makes rows of x the input of the next product.
func (m *Model) prepare(w *kernel.Worker, in *kernel.Input, x []float32) {
	width := len(x) / m.limits.Rows
	w.Each(in.Rows(), in.Tile(), func(lo, hi int) {
		in.Set(lo, x[lo*width:], width, hi-lo)
	})
}

// activate makes silu(gate)·up the input of the feed-forward's last product.
// SwiGLU: Shazeer, https://arxiv.org/abs/2002.05202.
func (m *Model) activate(w *kernel.Worker) {
	a, n := &m.activity, m.FF
	w.Each(a.gated.Rows(), a.gated.Tile(), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			kernel.SiLUMul(a.gate[r*n:][:n], a.up[r*n:][:n])
		}
		a.gated.Set(lo, a.gate[lo*n:], n, hi-lo)
	})
}

// finalNorm adds the last delta to the rows of Out, and prepares the normed
// rows as input of the output product, or returns them.
func (m *Model) finalNorm(w *kernel.Worker) {
	a, h, out := &m.activity, m.Hidden, m.batch.Out
	w.Each(len(out), a.final.Tile(), func(lo, hi int) {
		normed := m.scratch[w.ID]
		for i := lo; i < hi; i++ {
			r := int(out[i])
			x := a.x[r*h:][:h]
			kernel.Add(x, a.delta[r*h:][:h])
			kernel.RMSNorm(normed[(i-lo)*h:][:h], x, m.norm, m.Eps)
		}
		if m.states {
			copy(m.logits[lo*h:hi*h], normed)
			return
		}
		a.final.Set(lo, normed, h, hi-lo)
	})
}
