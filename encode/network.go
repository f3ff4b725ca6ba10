package encode

import (
	"fmt"
	"math"

	"plexus/kernel"
	"plexus/models/bert"
	"plexus/nn"
)

// Pooling says how the states of a text's tokens become one vector.
type Pooling string

// The poolings, as the service calls them, and that of decoders.
const (
	Mean Pooling = "mean" // the average of all
	CLS  Pooling = "cls"  // the first
	Last Pooling = "last" // the last
)

// Network computes one vector for each text. One goroutine uses it.
type Network interface {
	// Encode returns len(s.Lengths) x Width numbers, valid until the next
	// call. A text's depend on that text and its pooling only, bit for bit.
	Encode(s *nn.Sequences, pooling []Pooling) ([]float32, error)
	Width() int
	Rows() int    // tokens of a call
	Context() int // tokens of a text
}

// embedder is a network of the BERT family that embeds.
type embedder struct {
	*bert.Model
	pool    *kernel.Pool
	dense   *nn.Linear // after pooling, or nil
	input   *kernel.Input
	pooled  []float32 // texts x Hidden
	vectors []float32 // texts x Width, if there is a dense map
}

// Embedder makes embeddings with m: its states are pooled and, if dense is not
// nil, mapped by it.
func Embedder(m *bert.Model, dense *nn.Linear, pool *kernel.Pool) (Network, error) {
	e := &embedder{Model: m, pool: pool, dense: dense}
	if dense != nil {
		if dense.Weight.Cols != m.Hidden {
			return nil, fmt.Errorf("encode: a dense map of %d numbers after %d", dense.Weight.Cols, m.Hidden)
		}
		e.input = nn.NewInput(m.Rows(), m.Hidden, *dense)
	}
	return e, nil
}

func (e *embedder) Width() int {
	if e.dense != nil {
		return e.dense.Weight.Rows
	}
	return e.Hidden
}

func (e *embedder) Context() int { return e.Model.Context() }

func (e *embedder) Encode(s *nn.Sequences, pooling []Pooling) ([]float32, error) {
	states, err := e.Forward(s)
	if err != nil {
		return nil, err
	}
	h, texts := e.Hidden, len(s.Lengths)
	e.pooled = grow(e.pooled, texts*h)
	for i, n := range s.Lengths {
		pool(e.pooled[i*h:][:h], states[:int(n)*h], pooling[i])
		states = states[int(n)*h:]
	}
	if e.dense == nil {
		return e.pooled, nil
	}
	e.vectors = grow(e.vectors, texts*e.Width())
	e.input.Resize(texts)
	e.input.Set(0, e.pooled, h, texts)
	e.pool.Run(func(w *kernel.Worker) {
		nn.Project(w, e.input, nn.Product{Linear: *e.dense, Y: e.vectors, Stride: e.Width()})
	})
	return e.vectors, nil
}

// pool makes dst of the states of a text, rows x len(dst).
func pool(dst, states []float32, by Pooling) {
	switch h := len(dst); by {
	case CLS:
		copy(dst, states)
	case Last:
		copy(dst, states[len(states)-h:])
	default:
		clear(dst)
		rows := len(states) / h
		for r := range rows {
			kernel.Add(dst, states[r*h:][:h])
		}
		for i := range dst {
			dst[i] /= float32(rows)
		}
	}
}

// classifier is a network of the BERT family with a head.
type classifier struct{ *bert.Model }

// Classifier makes a logit for each of m's labels.
func Classifier(m *bert.Model) (Network, error) {
	if !m.Classifies() {
		return nil, fmt.Errorf("encode: the network has no classification head")
	}
	return classifier{m}, nil
}

func (c classifier) Width() int   { return len(c.Labels) }
func (c classifier) Context() int { return c.Model.Context() }

func (c classifier) Encode(s *nn.Sequences, _ []Pooling) ([]float32, error) { return c.Classify(s) }

func grow(x []float32, n int) []float32 {
	if n > cap(x) {
		return make([]float32, n)
	}
	return x[:n]
}

// normalize scales x to length 1. It reports false for a vector that has no
// direction, or numbers that are none.
func normalize(x []float32) bool {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	if !(sum > 0) || math.IsInf(sum, 0) {
		return false
	}
	s := 1 / math.Sqrt(sum)
	for i, v := range x {
		x[i] = float32(float64(v) * s)
	}
	return true
}
