package parity

import (
	"math"
	"testing"

	"plexus/bench/engine"
)

// TestLogits feeds 48 tokens at once, and one sequence among others, to Plexus,
// to libllama, and to libllama on the same weights as floats: the reference.
// Both engines quantise activations, so both are off the reference; Plexus must
// not be farther off than libllama is.
func TestLogits(t *testing.T) {
	eachModel(t, func(t *testing.T, path string) {
		plexus := open(t, engine.Plexus, path)
		libllama := open(t, engine.Llamacpp, path)
		reference := open(t, engine.Reference, dequantized(t, path))

		a, b, c := randomTokens(1, 48), randomTokens(2, 9), randomTokens(3, 5)
		batches := [][]rows{
			{{0, 0, a}},
			{{0, 48, a[:1]}, {1, 0, b}, {2, 0, c}},
			{{0, 49, a[1:4]}, {1, 9, b[:1]}, {2, 5, c}, {3, 0, a[:1]}},
		}
		var ours, theirs, want [][]float32
		for _, batch := range batches {
			ours = append(ours, forward(t, plexus, batch...)...)
			theirs = append(theirs, forward(t, libllama, batch...)...)
			want = append(want, forward(t, reference, batch...)...)
		}
		spread := deviation(want)
		between, off, libllamaOff := distance(ours, theirs)/spread, distance(ours, want)/spread, distance(theirs, want)/spread
		t.Logf("RMS differences over the deviation of the logits: plexus to libllama %.5f, plexus to float %.5f, libllama to float %.5f",
			between, off, libllamaOff)
		if limit := 1.25*libllamaOff + 0.001; !(off <= limit) {
			t.Errorf("plexus is %.5f off the reference, want at most %.5f", off, limit)
		}
	})
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
