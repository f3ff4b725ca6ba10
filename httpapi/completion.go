package httpapi

import (
	"encoding/json"

	"plexus"
)

// completion is OpenAI's format: a chat.completion object, or
// chat.completion.chunk objects as a stream.
// See https://platform.openai.com/docs/api-reference/chat.
type completion struct {
	id      string
	model   string
	created int64 // seconds since 1970

	native bool // end the stream with the usage in a native frame, as /ai/run does
	usage  bool // end the stream with a chunk for the usage

	begun map[int]bool // choices whose role was sent
}

type completionObject struct {
	ID      string             `json:"id"`
	Object  string             `json:"object"`
	Created int64              `json:"created"`
	Model   string             `json:"model"`
	Choices []completionChoice `json:"choices"`
	Usage   any                `json:"usage,omitempty"`
}

type completionChoice struct {
	Index        int                  `json:"index"`
	Message      *completionMessage   `json:"message,omitempty"` // whole
	Delta        *completionMessage   `json:"delta,omitempty"`   // in a chunk
	Logprobs     *struct{}            `json:"logprobs"`          // never any
	FinishReason *plexus.FinishReason `json:"finish_reason"`
}

type completionMessage struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
}

func (f *completion) whole(g *plexus.Generation, u plexus.Usage) any {
	o := f.object("chat.completion")
	for i, c := range g.Choices {
		o.Choices = append(o.Choices, completionChoice{
			Index:        i,
			Message:      &completionMessage{Role: "assistant", Content: &c.Text},
			FinishReason: &c.FinishReason,
		})
	}
	o.Usage = newUsage(u)
	return o
}

func (f *completion) frames(d *plexus.Delta) []any {
	var frames []any
	chunk := func(delta completionMessage, finish *plexus.FinishReason) {
		o := f.object("chat.completion.chunk")
		o.Choices = append(o.Choices, completionChoice{Index: d.Choice, Delta: &delta, FinishReason: finish})
		if f.usage {
			o.Usage = json.RawMessage("null")
		}
		frames = append(frames, o)
	}
	if d.Usage == nil && !f.begun[d.Choice] {
		if f.begun == nil {
			f.begun = map[int]bool{}
		}
		f.begun[d.Choice] = true
		chunk(completionMessage{Role: "assistant", Content: new(string)}, nil)
	}
	if d.Text != "" {
		chunk(completionMessage{Content: &d.Text}, nil)
	}
	if d.FinishReason != "" {
		chunk(completionMessage{}, &d.FinishReason)
	}
	if d.Usage != nil {
		switch {
		case f.native:
			frames = append(frames, nativeAnswer{Usage: newUsage(*d.Usage)})
		case f.usage:
			o := f.object("chat.completion.chunk")
			o.Usage = newUsage(*d.Usage)
			frames = append(frames, o)
		}
	}
	return frames
}

func (f *completion) object(kind string) *completionObject {
	return &completionObject{ID: "chatcmpl-" + f.id, Object: kind, Created: f.created, Model: f.model, Choices: []completionChoice{}}
}
