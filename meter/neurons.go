package meter

import "plexus"

// Neurons is what usage costs at a language model's prices, which are per
// million tokens. Cached prompt tokens cost their own price, or that of any
// other prompt token where the model has none for them. A model without
// prices is free. Units that are not tokens do not count here.
// See https://developers.cloudflare.com/workers-ai/platform/pricing/.
func Neurons(prices []plexus.Price, u plexus.Usage) plexus.Neurons {
	var in, cached, out float64
	discount := false
	for _, p := range prices {
		switch p.Unit {
		case "per M input tokens":
			in = p.Neurons
		case "per M cached input tokens":
			cached, discount = p.Neurons, true
		case "per M output tokens":
			out = p.Neurons
		}
	}
	if !discount {
		cached = in
	}
	fresh := u.PromptTokens - u.CachedTokens
	return plexus.Neurons((float64(fresh)*in + float64(u.CachedTokens)*cached + float64(u.CompletionTokens)*out) / 1e6)
}
