package encode

import (
	"cmp"
	"context"
	"slices"

	"plexus"
)

// defaultInstruction is what Qwen3-Embedding was trained to take queries with:
// https://huggingface.co/Qwen/Qwen3-Embedding-0.6B.
const defaultInstruction = "Given a web search query, retrieve relevant passages that answer the query"

// contextEmbeddings is how bge-m3 answers contexts without a query.
type contextEmbeddings struct {
	Response [][]float32 `json:"response"`
	Shape    [2]int      `json:"shape"`
	Pooling  string      `json:"pooling"`
}

// embed makes an embedding of each text.
func (e *Engine) embed(ctx context.Context, r *plexus.Request, in *inputs) (*plexus.Result, error) {
	var all []string
	for _, q := range in.Queries {
		instruction := cmp.Or(in.Instruction, defaultInstruction)
		all = append(all, "Instruct: "+instruction+"\nQuery:"+q)
	}
	all = slices.Concat(all, in.Documents, in.Text, in.contexts())
	if len(all) == 0 {
		return nil, badInput("there is no text")
	}
	pooling := cmp.Or(in.Pooling, e.options.Pooling)
	texts, err := e.vectors(ctx, r, in, all, pooling)
	if err != nil {
		return nil, err
	}
	v := &plexus.Embeddings{Data: make([][]float32, len(texts)), Pooling: string(pooling)}
	for i, t := range texts {
		v.Data[i] = t.vector
	}
	v.Shape = [2]int{len(texts), len(v.Data[0])}
	switch {
	case r.Form == plexus.Contexts && in.Text == nil:
		return result(&contextEmbeddings{v.Data, v.Shape, v.Pooling}, texts), nil
	case r.Form == plexus.Instructed, r.Form == plexus.Plain:
		v.Pooling = ""
	}
	return result(v, texts), nil
}

// compare scores contexts by the cosine of their embeddings and the query's.
func (e *Engine) compare(ctx context.Context, r *plexus.Request, in *inputs) (*plexus.Result, error) {
	texts, err := e.vectors(ctx, r, in, append(in.contexts(), *in.Query), e.options.Pooling)
	if err != nil {
		return nil, err
	}
	query := texts[len(texts)-1].vector
	scores := make([]float32, len(texts)-1)
	for i := range scores {
		dot := 0.0
		for j, x := range texts[i].vector {
			dot += float64(x) * float64(query[j])
		}
		scores[i] = float32(dot)
	}
	return result(rank(scores, in.TopK), texts), nil
}

// vectors embeds texts, with vectors of length 1 and of as many numbers as the
// request wants.
func (e *Engine) vectors(ctx context.Context, r *plexus.Request, in *inputs, all []string, pooling Pooling) ([]*text, error) {
	if r.Dimensions < 0 || r.Dimensions > e.width {
		return nil, badInput("'/dimensions' must be >= 1 and <= %d", e.width)
	}
	// bge-m3 refuses what is too long unless asked not to; the others cut it.
	truncate := r.Form != plexus.Contexts
	if in.Truncate != nil {
		truncate = *in.Truncate
	}
	truncate = truncate || r.Truncate
	texts := make([]*text, len(all))
	for i, s := range all {
		t, err := e.frame.one(s, truncate)
		if err != nil {
			return nil, err
		}
		t.pooling = pooling
		texts[i] = t
	}
	if err := e.batches.run(ctx, texts, r.Options); err != nil {
		return nil, err
	}
	for _, t := range texts {
		if r.Dimensions > 0 {
			t.vector = t.vector[:r.Dimensions]
		}
		if !normalize(t.vector) {
			return nil, plexus.AsError(errVector)
		}
	}
	return texts, nil
}
