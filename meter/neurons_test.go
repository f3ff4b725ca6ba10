package meter

import (
	"math"
	"testing"

	"plexus"
)

func TestNeurons(t *testing.T) {
	small := []plexus.Price{{Unit: "per M input tokens", Neurons: 2457}, {Unit: "per M output tokens", Neurons: 18252}}
	cached := append(small[:2:2], plexus.Price{Unit: "per M cached input tokens", Neurons: 245.7})
	for _, c := range []struct {
		name   string
		prices []plexus.Price
		usage  plexus.Usage
		want   plexus.Neurons
	}{
		{"nothing used", small, plexus.Usage{}, 0},
		{"free model", nil, plexus.Usage{PromptTokens: 1e6, CompletionTokens: 1e6}, 0},
		{"input and output", small, plexus.Usage{PromptTokens: 1000, CompletionTokens: 100}, 2.457 + 1.8252},
		{"cached without a price of its own", small, plexus.Usage{PromptTokens: 1000, CachedTokens: 900}, 2.457},
		{"cached at a discount", cached, plexus.Usage{PromptTokens: 1000, CachedTokens: 900}, 0.2457 + 0.22113},
		{"units of other tasks", []plexus.Price{{Unit: "per step", Neurons: 9.6}}, plexus.Usage{PromptTokens: 7}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Neurons(c.prices, c.usage); math.Abs(float64(got-c.want)) > 1e-9 {
				t.Errorf("got %v neurons, want %v", got, c.want)
			}
		})
	}
}
