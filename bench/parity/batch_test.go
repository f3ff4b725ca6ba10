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

// TestBatching wants the logits of a sequence to be the same bits whether its
// tokens come at once, in pieces or one by one, alone or among other sequences.
func TestBatching(t *testing.T) {
	for name := range shapes {
		eachType(t, name, func(t *testing.T, _, path string) {
			e := open(t, engine.Plexus, path, sizes)
			a, b := randomTokens(5, 40), randomTokens(6, 23)
			want := forward(t, e, rows{0, 0, a})
			got := map[string][][]float32{}
			for i := range a {
				got["one by one"] = append(got["one by one"], forward(t, e, rows{1, i, a[i : i+1]})...)
			}
			got["in pieces"] = slices.Concat(
				forward(t, e, rows{0, 0, a[:7]}),
				forward(t, e, rows{0, 7, a[7:33]}),
				forward(t, e, rows{0, 33, a[33:]}))
			got["after another"] = forward(t, e, rows{2, 0, b}, rows{3, 0, a})[len(b):]
			got["before another"] = forward(t, e, rows{3, 0, a}, rows{2, 0, b})[:len(a)]
			for way, logits := range got {
				for i := range want {
					if !slices.Equal(logits[i], want[i]) {
						t.Errorf("%s: position %d differs", way, i)
						break
					}
				}
			}
		})
	}
}
