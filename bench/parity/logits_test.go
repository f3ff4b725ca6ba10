package parity

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"plexus/bench/engine"
	"plexus/kernel"
)

// TestLogits compares every model. Both engines quantise activations, so both
// are off the reference; Plexus must not be farther off than libllama is.
func TestLogits(t *testing.T) {
	worst := map[string]gaps{}
	eachModel(t, func(t *testing.T, kind, path string) {
		g := compareLogits(t, path)
		w := worst[kind]
		worst[kind] = gaps{max(w.between, g.between), max(w.plexus, g.plexus), max(w.libllama, g.libllama)}
	})
	for _, kind := range slices.Sorted(maps.Keys(worst)) {
		t.Logf("%-6s largest of %d models: %v", kind, len(shapes), worst[kind])
	}
}

// TestKernels compares one model with every set of kernels that this CPU runs.
func TestKernels(t *testing.T) {
	defer kernel.Use(kernel.Using())
	for _, set := range kernel.Available() {
		t.Run(set, func(t *testing.T) {
			if err := kernel.Use(set); err != nil {
				t.Fatal(err)
			}
			eachType(t, "llama-llama3", func(t *testing.T, _, path string) { compareLogits(t, path) })
		})
	}
}

// gaps are root mean square differences of logits over their standard deviation.
type gaps struct {
	between  float64 // Plexus and libllama
	plexus   float64 // Plexus and the reference
	libllama float64 // libllama and the reference
}

func (g gaps) String() string {
	return fmt.Sprintf("plexus to libllama %.5f, plexus to float %.5f, libllama to float %.5f", g.between, g.plexus, g.libllama)
}

// compareLogits feeds a prompt, and then sequences of other lengths together, to
// Plexus, to libllama, and to libllama on the same weights as floats, which is
// the reference.
func compareLogits(t *testing.T, path string) gaps {
	t.Helper()
	all := openAll(t, path)
	a, b, c := randomTokens(1, 48), randomTokens(2, 9), randomTokens(3, 5)
	var logits [3][][]float32
	for i, e := range []engine.Engine{all.plexus, all.libllama, all.reference} {
		logits[i] = slices.Concat(
			forward(t, e, rows{0, 0, a}),
			forward(t, e, rows{0, 48, a[:1]}, rows{1, 0, b}, rows{2, 0, c}),
			forward(t, e, rows{0, 49, a[1:4]}, rows{1, 9, b[:1]}, rows{2, 5, c}, rows{3, 0, a[:1]}),
		)
	}
	return judge(t, logits[0], logits[1], logits[2])
}

// judge wants Plexus to be as near to the reference as libllama is, but for a
// quarter more and a thousandth of the logits' deviation.
func judge(t *testing.T, plexus, libllama, reference [][]float32) gaps {
	t.Helper()
	spread := deviation(reference)
	g := gaps{distance(plexus, libllama) / spread, distance(plexus, reference) / spread, distance(libllama, reference) / spread}
	t.Log(g)
	if limit := 1.25*g.libllama + 0.001; !(g.plexus <= limit) {
		t.Errorf("plexus is %.5f off the reference, want at most %.5f", g.plexus, limit)
	}
	return g
}

// distance is the root mean square difference of two sets of logits.
func distance(a, b [][]float32) float64 {
	sum, n := 0.0, 0
	for i := range a {
		for j := range a[i] {
			d := float64(a[i][j]) - float64(b[i][j])
			sum += d * d
			n++
		}
	}
	return math.Sqrt(sum / float64(n))
}

// deviation is the standard deviation of logits.
func deviation(rows [][]float32) float64 {
	var sum, squares float64
	n := 0
	for _, row := range rows {
		for _, x := range row {
			sum += float64(x)
			squares += float64(x) * float64(x)
			n++
		}
	}
	mean := sum / float64(n)
	return math.Sqrt(squares/float64(n) - mean*mean)
}
