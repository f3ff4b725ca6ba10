package textgen

import (
	"testing"

	"plexus"
)

// A reader that was slow finds every token by itself.
func TestADeltaIsAToken(t *testing.T) {
	j := newJob(t.Context(), "a", 2)
	for _, a := range []struct {
		choice int
		text   string
		reason plexus.FinishReason
	}{{0, "Hi", ""}, {1, "", ""}, {0, "", ""}, {0, " there", ""}, {1, "", plexus.FinishStop}, {0, "", plexus.FinishLength}} {
		j.append(a.choice, []byte(a.text), a.reason)
	}
	deltas, done, err := j.take(nil)
	if !done || err != nil {
		t.Fatalf("done %v, error %v", done, err)
	}
	want := []plexus.Delta{
		{Choice: 0, Text: "Hi"}, {Choice: 0, Text: " there", FinishReason: plexus.FinishLength}, {Choice: 1, FinishReason: plexus.FinishStop},
	}
	if len(deltas) != len(want)+1 || deltas[len(want)].Usage == nil || deltas[len(want)].Usage.CompletionTokens != 6 {
		t.Fatalf("%d deltas", len(deltas))
	}
	for i, d := range want {
		if *deltas[i] != d {
			t.Errorf("delta %d: %+v, want %+v", i, *deltas[i], d)
		}
	}
}
