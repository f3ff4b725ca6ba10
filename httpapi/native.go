package httpapi

import (
	"math"

	"plexus"
)

// native is the service's older format:
//
//	{"response":"Hello","usage":{...}}
//
// and as a stream a frame with some text each, then an empty one with the
// usage.
type native struct{}

type nativeAnswer struct {
	Response string `json:"response"`
	Usage    *usage `json:"usage,omitempty"`
}

func (native) whole(g *plexus.Generation, u plexus.Usage) any {
	a := nativeAnswer{Usage: newUsage(u)}
	if len(g.Choices) > 0 {
		a.Response = g.Choices[0].Text
	}
	return a
}

func (native) frames(d *plexus.Delta) []any {
	var frames []any
	if d.Text != "" {
		frames = append(frames, nativeAnswer{Response: d.Text})
	}
	if d.Usage != nil {
		frames = append(frames, nativeAnswer{Usage: newUsage(*d.Usage)})
	}
	return frames
}

// usage is plexus.Usage on the wire, of either format.
type usage struct {
	PromptTokens     int            `json:"prompt_tokens"`
	CompletionTokens int            `json:"completion_tokens"`
	TotalTokens      int            `json:"total_tokens"`
	Details          *promptDetails `json:"prompt_tokens_details,omitempty"`
	Neurons          float64        `json:"neurons"`
}

type promptDetails struct {
	CachedTokens int `json:"cached_tokens"`
}

func newUsage(u plexus.Usage) *usage {
	w := &usage{
		PromptTokens:     u.PromptTokens,
		CompletionTokens: u.CompletionTokens,
		TotalTokens:      u.PromptTokens + u.CompletionTokens,
		Neurons:          math.Round(float64(u.Neurons)*1e6) / 1e6,
	}
	if u.CachedTokens > 0 {
		w.Details = &promptDetails{u.CachedTokens}
	}
	return w
}
