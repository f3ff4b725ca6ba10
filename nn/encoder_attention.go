package nn

import (
	"math"

	"plexus/kernel"
)

// EncoderAttention is multi-head attention in which every row of a sequence
// sees all rows of it (Vaswani et al., https://arxiv.org/abs/1706.03762).
type EncoderAttention struct {
	Heads, HeadDim int

	scratch []*kernel.DenseAttention // one per worker
	spans   []span
	pos     []int32 // of each row, in its sequence
}

// span is the rows of one sequence.
type span struct{ row, rows int }

// NewEncoderAttention makes attention for sequences of up to context rows, run
// by the given number of workers.
func NewEncoderAttention(heads, headDim, context, workers int) *EncoderAttention {
	a := &EncoderAttention{Heads: heads, HeadDim: headDim}
	for range workers {
		a.scratch = append(a.scratch, kernel.NewDenseAttention(headDim, context))
	}
	return a
}

// Plan readies the attention for a batch. One worker calls it, before the job.
func (a *EncoderAttention) Plan(s *Sequences) {
	a.spans, a.pos = a.spans[:0], a.pos[:0]
	for _, n := range s.Lengths {
		a.spans = append(a.spans, span{len(a.pos), int(n)})
		for i := range n {
			a.pos = append(a.pos, i)
		}
	}
}

// First is the first row of sequence i of the plan.
func (a *EncoderAttention) First(i int) int { return a.spans[i].row }

// Position is where a row of the plan stands in its sequence.
func (a *EncoderAttention) Position(row int) int { return int(a.pos[row]) }

// Run attends every row of q, k and v, which are rows x Heads x HeadDim as out
// is. A worker takes one head of one sequence at a time. It ends without a
// barrier.
func (a *EncoderAttention) Run(w *kernel.Worker, out, q, k, v []float32) {
	dim, width := a.HeadDim, a.Heads*a.HeadDim
	scale := float32(1 / math.Sqrt(float64(dim)))
	w.Each(len(a.spans)*a.Heads, 1, func(lo, hi int) {
		for unit := lo; unit < hi; unit++ {
			s := a.spans[unit/a.Heads]
			at := s.row*width + unit%a.Heads*dim
			kv := a.scratch[w.ID]
			kv.Load(k[at:], v[at:], width, s.rows)
			kv.Run(out[at:], width, q[at:], width, s.rows, scale)
		}
	})
}
