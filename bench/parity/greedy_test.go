package parity

import (
	"math"
	"testing"

	"plexus/bench/engine"
)

// TestGreedy decodes 64 tokens greedily with both engines. Random models have
// many near ties, which quantised activations decide differently; floats decide
// them alike.
func TestGreedy(t *testing.T) {
	const steps, fewest = 64, 0.05 // share of near ties
	total, ties := map[string]int{}, map[string]int{}
	eachModel(t, func(t *testing.T, kind, path string) {
		plexus, libllama := open(t, engine.Plexus, path, sizes), open(t, engine.Llamacpp, path, sizes)
		_, different := compareGreedy(t, plexus, libllama, randomTokens(4, 8), steps, -1)
		total[kind] += steps
		ties[kind] += different
	})
	for kind, n := range ties {
		if kind == "F32" && n > 0 || float64(n) > fewest*float64(total[kind]) {
			t.Errorf("%s: %d of %d tokens differ", kind, n, total[kind])
		}
	}
	t.Logf("near ties that fell differently: %v of %v", ties, total)
}

// compareGreedy continues prompt greedily, in sequence 0, until the token end or
// for the given steps. Where the engines choose differently, libllama must find
// the two tokens no farther apart than the noise of the step explains; both then
// go on with libllama's. It returns the tokens, and how often that was so.
func compareGreedy(t *testing.T, plexus, libllama engine.Engine, prompt []int32, steps int, end int32) (tokens []int32, ties int) {
	t.Helper()
	libllama.Truncate(0, 0)
	next, pos := prompt, 0
	for range steps {
		last := len(next) - 1
		ours := forward(t, plexus, rows{0, pos, next})[last:]
		theirs := forward(t, libllama, rows{0, pos, next})[last:]
		got, want := top(ours[0]), top(theirs[0])
		if got != want {
			ties++
			// A difference of two logits, each with this noise: four deviations.
			noise := 4 * math.Sqrt2 * distance(ours, theirs)
			if gap := float64(theirs[0][want] - theirs[0][got]); gap > noise {
				t.Errorf("position %d: token %d, libllama says %d by %.4f, with noise of %.4f", pos+last, got, want, gap, noise)
			}
		}
		if want == end {
			break
		}
		tokens = append(tokens, want)
		pos, next = pos+len(next), []int32{want}
	}
	return tokens, ties
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
