package httpapi

import "plexus"

// textCompletion is OpenAI's format of continued text: a text_completion
// object, or several as a stream.
// See https://platform.openai.com/docs/api-reference/completions.
type textCompletion struct {
	completion
}

type textCompletionObject struct {
	ID      string       `json:"id"`
	Object  string       `json:"object"`
	Created int64        `json:"created"`
	Model   string       `json:"model"`
	Choices []textChoice `json:"choices"`
	Usage   *usage       `json:"usage,omitempty"`
}

type textChoice struct {
	Text         string               `json:"text"`
	Index        int                  `json:"index"`
	Logprobs     *struct{}            `json:"logprobs"` // never any
	FinishReason *plexus.FinishReason `json:"finish_reason"`
}

func (f textCompletion) whole(g *plexus.Generation, u plexus.Usage) any {
	o := f.object()
	for i, c := range g.Choices {
		o.Choices = append(o.Choices, textChoice{Text: c.Text, Index: i, FinishReason: &c.FinishReason})
	}
	o.Usage = newUsage(u)
	return o
}

func (f textCompletion) frames(d *plexus.Delta) []any {
	o := f.object()
	switch {
	case d.Usage != nil && !f.usage:
		return nil
	case d.Usage != nil:
		o.Usage = newUsage(*d.Usage)
	default:
		choice := textChoice{Text: d.Text, Index: d.Choice}
		if d.FinishReason != "" {
			choice.FinishReason = &d.FinishReason
		}
		o.Choices = append(o.Choices, choice)
	}
	return []any{o}
}

func (f textCompletion) object() *textCompletionObject {
	return &textCompletionObject{
		ID: "cmpl-" + f.id, Object: "text_completion", Created: f.created, Model: f.model, Choices: []textChoice{},
	}
}
