// Package bert is the network of the BERT family: encoders whose rows all see
// each other, for embeddings, and with a head for classification and reranking.
//
// It may hold the configuration, the layers in order and the forward pass. It
// may not hold requests, tokenisation or pooling.
//
//	BERT       Devlin et al., https://arxiv.org/abs/1810.04805
//	XLM-R      Conneau et al., https://arxiv.org/abs/1911.02116
//	DistilBERT Sanh et al., https://arxiv.org/abs/1910.01108
package bert

import (
	"math"

	"plexus/kernel"
	"plexus/nn"
	"plexus/tensor"
)

// Model is a loaded network with its work memory. One goroutine at a time may
// use it.
type Model struct {
	Config
	limits nn.EncoderLimits

	words     *kernel.Matrix // vocabulary x Hidden
	positions []float32      // positions x Hidden
	types     []float32      // token types x Hidden, or none
	embedNorm norm
	layers    []layer
	head      *head // of a classifier, or nil

	attend   *nn.EncoderAttention
	pool     *kernel.Pool
	job      func(*kernel.Worker) // m.forward, bound once
	batch    *nn.Sequences        // of the pass that runs
	classify bool                 // it goes on to the head
	activity activations
}

// layer is one block: attention, then a feed-forward, each added to the
// residual stream, which is then normed.
//
// Only q adds its bias in the product. That of k adds the same to all of a
// row's scores, so that softmax takes it back: it is left out. The others are
// added by the step that follows, to whole rows: that of v to attention's
// output, because a row's weights sum to 1.
type layer struct {
	q, k, v, o nn.Linear
	attnNorm   norm
	up, down   nn.Linear
	ffNorm     norm
}

// norm is a LayerNorm.
type norm struct{ weight, bias []float32 }

// head maps the final state of a sequence's first token to a number for each
// label: out · act(dense · x).
type head struct {
	dense, out nn.Linear
	relu       bool // act is ReLU, not tanh

	hidden *kernel.Input // states of first tokens
	acted  *kernel.Input // act(dense · hidden)
	memory *tensor.Memory
	state  []float32 // sequences x Hidden
	logits []float32 // sequences x labels
}

// activations are the buffers of one pass, as many rows as a batch may have.
type activations struct {
	memory  *tensor.Memory
	x       []float32 // residual stream, rows x Hidden
	delta   []float32 // what a sublayer adds to x, rows x Hidden
	q, k, v []float32 // rows x Hidden, heads side by side
	mix     []float32 // attention's output, rows x Hidden
	ff      []float32 // rows x FF

	hidden *kernel.Input // x
	mixed  *kernel.Input // mix
	acted  *kernel.Input // gelu(ff)
}

// Vocab is the number of tokens.
func (m *Model) Vocab() int { return m.limits.Vocab }

// Rows is the most rows of a pass.
func (m *Model) Rows() int { return m.limits.Rows }

// Classifies reports whether the network has a head.
func (m *Model) Classifies() bool { return m.head != nil }

// Forward returns the final state of every row, rows x Hidden, valid until the
// next call. A row's state depends on its own sequence only, bit for bit.
func (m *Model) Forward(b *nn.Sequences) ([]float32, error) {
	if err := m.run(b, false); err != nil {
		return nil, err
	}
	return m.activity.x[:len(b.Tokens)*m.Hidden], nil
}

// Classify returns the head's logits of every sequence, len(b.Lengths) x
// len(Labels), valid until the next call.
func (m *Model) Classify(b *nn.Sequences) ([]float32, error) {
	if err := m.run(b, true); err != nil {
		return nil, err
	}
	return m.head.logits[:len(b.Lengths)*len(m.Labels)], nil
}

func (m *Model) run(b *nn.Sequences, classify bool) error {
	if err := b.Check(m.limits); err != nil {
		return err
	}
	a := &m.activity
	for _, in := range []*kernel.Input{a.hidden, a.mixed, a.acted} {
		in.Resize(len(b.Tokens))
	}
	if classify {
		m.head.hidden.Resize(len(b.Lengths))
		m.head.acted.Resize(len(b.Lengths))
	}
	m.attend.Plan(b)
	m.batch, m.classify = b, classify
	m.pool.Run(m.job)
	return nil
}

// forward is the pass itself, run by every worker of the pool together.
func (m *Model) forward(w *kernel.Worker) {
	a, h := &m.activity, m.Hidden
	m.embed(w)
	w.Barrier()
	for i := range m.layers {
		l := &m.layers[i]
		nn.Project(w, a.hidden,
			nn.Product{Linear: l.q, Y: a.q, Stride: h},
			nn.Product{Linear: nn.Linear{Weight: l.k.Weight}, Y: a.k, Stride: h},
			nn.Product{Linear: nn.Linear{Weight: l.v.Weight}, Y: a.v, Stride: h})
		w.Barrier()
		m.attend.Run(w, a.mix, a.q, a.k, a.v)
		w.Barrier()
		m.prepare(w, l.v.Bias)
		w.Barrier()
		nn.Project(w, a.mixed, nn.Product{Linear: nn.Linear{Weight: l.o.Weight}, Y: a.delta, Stride: h})
		w.Barrier()
		m.addAndNorm(w, l.o.Bias, l.attnNorm)
		w.Barrier()
		nn.Project(w, a.hidden, nn.Product{Linear: nn.Linear{Weight: l.up.Weight}, Y: a.ff, Stride: m.FF})
		w.Barrier()
		m.activate(w, l.up.Bias)
		w.Barrier()
		nn.Project(w, a.acted, nn.Product{Linear: nn.Linear{Weight: l.down.Weight}, Y: a.delta, Stride: h})
		w.Barrier()
		m.addAndNorm(w, l.down.Bias, l.ffNorm)
		w.Barrier()
	}
	if m.classify {
		m.head.run(w, m)
	}
}

// embed makes x of the embeddings of tokens, positions and token types.
func (m *Model) embed(w *kernel.Worker) {
	b, a, h := m.batch, &m.activity, m.Hidden
	w.Each(a.hidden.Rows(), a.hidden.Tile(), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			x := a.x[r*h:][:h]
			m.words.Row(x, int(b.Tokens[r]))
			kernel.Add(x, m.positions[(m.First+m.attend.Position(r))*h:][:h])
			if m.types != nil {
				kind := 0
				if b.Types != nil {
					kind = int(b.Types[r])
				}
				kernel.Add(x, m.types[kind*h:][:h])
			}
			kernel.LayerNorm(x, x, m.embedNorm.weight, m.embedNorm.bias, m.Eps)
		}
		a.hidden.Set(lo, a.x[lo*h:], h, hi-lo)
	})
}

// addAndNorm adds the last sublayer's delta and its bias to x and norms it:
// the input of the next sublayer.
func (m *Model) addAndNorm(w *kernel.Worker, bias []float32, n norm) {
	a, h := &m.activity, m.Hidden
	w.Each(a.hidden.Rows(), a.hidden.Tile(), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			x := a.x[r*h:][:h]
			kernel.Add(x, a.delta[r*h:][:h])
			kernel.Add(x, bias)
			kernel.LayerNorm(x, x, n.weight, n.bias, m.Eps)
		}
		a.hidden.Set(lo, a.x[lo*h:], h, hi-lo)
	})
}

// prepare makes attention's output the input of its last product.
func (m *Model) prepare(w *kernel.Worker, bias []float32) {
	a, h := &m.activity, m.Hidden
	w.Each(a.mixed.Rows(), a.mixed.Tile(), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			kernel.Add(a.mix[r*h:][:h], bias)
		}
		a.mixed.Set(lo, a.mix[lo*h:], h, hi-lo)
	})
}

// activate makes gelu(ff) the input of the feed-forward's last product.
func (m *Model) activate(w *kernel.Worker, bias []float32) {
	a, n := &m.activity, m.FF
	gelu := kernel.GELU
	if m.TanhGELU {
		gelu = kernel.GELUTanh
	}
	w.Each(a.acted.Rows(), a.acted.Tile(), func(lo, hi int) {
		for r := lo; r < hi; r++ {
			kernel.Add(a.ff[r*n:][:n], bias)
		}
		gelu(a.ff[lo*n : hi*n])
		a.acted.Set(lo, a.ff[lo*n:], n, hi-lo)
	})
}

// run computes the logits of every sequence.
func (d *head) run(w *kernel.Worker, m *Model) {
	h := m.Hidden
	w.Each(d.hidden.Rows(), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			d.hidden.Set(i, m.activity.x[m.attend.First(i)*h:], h, 1)
		}
	})
	w.Barrier()
	nn.Project(w, d.hidden, nn.Product{Linear: d.dense, Y: d.state, Stride: h})
	w.Barrier()
	w.Each(d.acted.Rows(), 1, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			state := d.state[i*h:][:h]
			for j, x := range state {
				if d.relu {
					state[j] = max(x, 0)
				} else {
					state[j] = float32(math.Tanh(float64(x)))
				}
			}
			d.acted.Set(i, state, h, 1)
		}
	})
	w.Barrier()
	nn.Project(w, d.acted, nn.Product{Linear: d.out, Y: d.logits, Stride: len(m.Labels)})
}
