package parity

import (
	"math/rand/v2"
	"slices"
	"testing"

	"plexus/bench/engine"
	"plexus/nn"
)

// rows is a stretch of one sequence.
type rows struct {
	seq, pos int
	tokens   []int32
}

// forward runs one pass over the stretches and returns a copy of the logits of
// every row, in order.
func forward(t *testing.T, e engine.Engine, parts ...rows) [][]float32 {
	t.Helper()
	b := &nn.Batch{}
	for _, p := range parts {
		for i, token := range p.tokens {
			b.Out = append(b.Out, int32(len(b.Tokens)))
			b.Tokens = append(b.Tokens, token)
			b.Pos = append(b.Pos, int32(p.pos+i))
			b.Seq = append(b.Seq, int32(p.seq))
		}
	}
	logits, err := e.Forward(b)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(slices.Chunk(slices.Clone(logits), len(logits)/len(b.Out)))
}

// randomTokens returns n tokens that exist in every model here.
func randomTokens(seed uint64, n int) []int32 {
	r := rand.New(rand.NewPCG(seed, 7))
	tokens := make([]int32, n)
	for i := range tokens {
		tokens[i] = 3 + r.Int32N(500)
	}
	return tokens
}
