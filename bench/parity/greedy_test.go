package parity

import (
	"slices"
	"testing"
)

// TestGreedy decodes 64 tokens greedily with both engines. Random models have
// many near ties, which quantised activations decide differently now and then;
// floats decide all alike.
func TestGreedy(t *testing.T) {
	const steps, mostTies = 64, 0.04
	total, ties := map[string]int{}, map[string]int{}
	eachModel(t, func(t *testing.T, kind, path string) {
		total[kind] += steps
		ties[kind] += len(compareGreedy(t, openAll(t, path), randomTokens(4, 8), steps, -1).ties)
	})
	for kind, n := range ties {
		if kind == "F32" && n > 0 || float64(n) > mostTies*float64(total[kind]) {
			t.Errorf("%s: %d of %d tokens differ", kind, n, total[kind])
		}
	}
	t.Logf("near ties that fell differently: %v of %v", ties, total)
}

// greedy is what libllama continues a prompt with.
type greedy struct {
	tokens []int32
	ties   []tie
}

// tie is a step at which Plexus chose another token than libllama.
type tie struct {
	step      int
	got, want int32
}

// compareGreedy continues prompt greedily, in sequence 0, until the token end or
// for the given steps, always with libllama's token. Where Plexus chooses
// another, libllama must find the two no farther apart than its own noise
// explains. Plexus has no say in that limit: worse engines do not widen it.
func compareGreedy(t *testing.T, e engines, prompt []int32, steps int, end int32) (g greedy) {
	t.Helper()
	e.libllama.Truncate(0, 0)
	var fed []int32
	var logits [][]float32 // libllama's, of every step
	for next := prompt; len(logits) < steps; {
		r, last := rows{0, len(fed), next}, len(next)-1
		ours, theirs := forward(t, e.plexus, r)[last], forward(t, e.libllama, r)[last]
		got, want := top(ours), top(theirs)
		if got != want {
			g.ties = append(g.ties, tie{len(logits), got, want})
		}
		fed, logits = append(fed, next...), append(logits, theirs)
		if want == end {
			break
		}
		g.tokens = append(g.tokens, want)
		next = []int32{want}
	}
	if len(g.ties) == 0 {
		return g
	}

	e.reference.Truncate(0, 0)
	var exact [][]float32
	for part := range slices.Chunk(fed, sizes.Rows) {
		exact = append(exact, forward(t, e.reference, rows{0, len(exact), part})...)
	}
	// Two logits in two engines, each with this noise: four deviations of their sum.
	noise := 4 * 2 * distance(logits, exact[len(prompt)-1:])
	for _, tie := range g.ties {
		if gap := float64(logits[tie.step][tie.want] - logits[tie.step][tie.got]); gap > noise {
			t.Errorf("step %d: token %d, libllama says %d by %.4f, with noise of %.4f", tie.step, tie.got, tie.want, gap, noise)
		}
	}
	return g
}

// top returns the token of the largest logit.
func top(logits []float32) int32 {
	best := 0
	for i, x := range logits {
		if x > logits[best] {
			best = i
		}
	}
	return int32(best)
}
