package encode

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"plexus"
	"plexus/tokenizer"
)

// Options say what a network's vectors are.
type Options struct {
	Labels  []string // of a classifier; none: the vectors are embeddings
	Pooling Pooling  // of embeddings, where a request does not say
	RoBERTa bool     // pairs of texts are framed as RoBERTa does
	Queue   int      // requests that may wait; default 256
}

// Engine answers the requests of one loaded network.
type Engine struct {
	batches *batcher
	frame   *framer
	options Options
	width   int
}

// New starts an engine.
func New(net Network, tok *tokenizer.Tokenizer, o Options) *Engine {
	o.Queue = cmp.Or(o.Queue, 256)
	o.Pooling = cmp.Or(o.Pooling, Mean)
	return &Engine{
		batches: newBatcher(net, o.Queue),
		frame:   newFramer(tok, net.Context(), o.RoBERTa),
		options: o,
		width:   net.Width(),
	}
}

// Close ends what waits, each with CodeNoCapacity, and stops the engine. The
// network is the caller's again.
func (e *Engine) Close() error {
	e.batches.close()
	return nil
}

// Run answers r by its form. Errors are *plexus.Error.
func (e *Engine) Run(ctx context.Context, r *plexus.Request) (*plexus.Result, error) {
	in, err := decode(r)
	if err != nil {
		return nil, err
	}
	scored := in.Query != nil && in.Contexts != nil
	switch {
	case len(e.options.Labels) == 0 && scored:
		return e.compare(ctx, r, in)
	case len(e.options.Labels) == 0:
		return e.embed(ctx, r, in)
	case scored && len(e.options.Labels) == 1:
		return e.rerank(ctx, r, in)
	case in.Text != nil:
		return e.classify(ctx, r, in)
	}
	return nil, badInput("the model does not take inputs of this form")
}

// rerank scores each context together with the query.
func (e *Engine) rerank(ctx context.Context, r *plexus.Request, in *inputs) (*plexus.Result, error) {
	query := e.frame.tok.Encode(*in.Query, tokenizer.EncodeOptions{})
	var texts []*text
	for _, c := range in.Contexts {
		t, err := e.frame.pair(query, c.Text)
		if err != nil {
			return nil, err
		}
		texts = append(texts, t)
	}
	if err := e.batches.run(ctx, texts, r.Options); err != nil {
		return nil, err
	}
	scores := make([]float32, len(texts))
	for i, t := range texts {
		scores[i] = float32(1 / (1 + math.Exp(-float64(t.vector[0]))))
	}
	return result(rank(scores, in.TopK), texts), nil
}

// classify gives the probability of each label. The service takes one text.
func (e *Engine) classify(ctx context.Context, r *plexus.Request, in *inputs) (*plexus.Result, error) {
	if len(in.Text) != 1 {
		return nil, badInput("'/text' must be one text")
	}
	t, err := e.frame.one(in.Text[0], true)
	if err != nil {
		return nil, err
	}
	if err := e.batches.run(ctx, []*text{t}, r.Options); err != nil {
		return nil, err
	}
	top, sum := slices.Max(t.vector), 0.0
	labels := make([]plexus.Label, len(t.vector))
	for _, x := range t.vector {
		sum += math.Exp(float64(x - top))
	}
	for i, x := range t.vector {
		labels[i] = plexus.Label{Label: e.options.Labels[i], Score: float32(math.Exp(float64(x-top)) / sum)}
	}
	return result(labels, []*text{t}), nil
}

// rank sorts scores, the best first, and keeps the first k.
func rank(scores []float32, k *float64) *plexus.Ranking {
	r := &plexus.Ranking{Response: make([]plexus.Score, len(scores))}
	for i, s := range scores {
		r.Response[i] = plexus.Score{ID: i, Score: s}
	}
	slices.SortStableFunc(r.Response, func(a, b plexus.Score) int { return cmp.Compare(b.Score, a.Score) })
	if k != nil && *k >= 0 && *k < float64(len(r.Response)) {
		r.Response = r.Response[:int(*k)]
	}
	return r
}

// result is an answer and what it cost.
func result(value any, texts []*text) *plexus.Result {
	n := 0
	for _, t := range texts {
		n += len(t.tokens)
	}
	return &plexus.Result{Value: value, Usage: plexus.Usage{PromptTokens: n}}
}

var errVector = errors.New("encode: the network's vector has no direction, or numbers that are none")
