package parity

import (
	"testing"

	"plexus/bench/engine"
)

// TestGreedy decodes 64 tokens greedily with both engines. Where they choose
// differently, libllama must find the two tokens no farther apart than the noise
// of the step explains; both then go on with libllama's.
func TestGreedy(t *testing.T) {
	const steps = 64
	total, ties := 0, map[string]int{}
	eachModel(t, func(t *testing.T, kind, path string) {
		plexus := open(t, engine.Plexus, path, sizes)
		libllama := open(t, engine.Llamacpp, path, sizes)
		next, pos, different := randomTokens(4, 8), 0, 0
		for range steps {
			ours := forward(t, plexus, rows{0, pos, next})
			theirs := forward(t, libllama, rows{0, pos, next})
			last := len(next) - 1
			got, want := top(ours[last]), top(theirs[last])
			if got != want {
				different++
				// A difference of two logits, each with this noise: four deviations.
				noise := 4 * 1.4142 * distance(ours[last:], theirs[last:])
				if gap := float64(theirs[last][want] - theirs[last][got]); gap > noise {
					t.Errorf("position %d: token %d, libllama says %d by %.4f, with noise of %.4f", pos+last, got, want, gap, noise)
				}
			}
			pos, next = pos+len(next), []int32{want}
		}
		total += steps
		ties[kind] += different
		if different > 0 {
			t.Logf("%d of %d tokens differ, all near ties", different, steps)
		}
	})
	t.Logf("of %d tokens, near ties that fell differently: %v", total, ties)
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
