package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"plexus"
)

// generation is how to generate text.
type generation struct {
	System      string  `help:"A system prompt: who the model should be." placeholder:"TEXT"`
	MaxTokens   int     `help:"Tokens to generate at most. Default: until the answer is complete." placeholder:"N"`
	Temperature float64 `help:"Higher is more random; 0 always takes the likeliest token." default:"0.6"`
	Seed        *int64  `help:"Makes the answer repeatable." placeholder:"N"`
	Raw         bool    `help:"Continue the prompt as it is, without the chat template."`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// answer is what came out, and how fast.
type answer struct {
	Model        string              `json:"model"`
	StandIn      string              `json:"stand_in,omitempty"`
	Response     string              `json:"response"`
	FinishReason plexus.FinishReason `json:"finish_reason"`
	Usage        usage               `json:"usage"`
	Load         float64             `json:"load_seconds"`
	FirstToken   float64             `json:"first_token_seconds"`
	Speed        float64             `json:"tokens_per_second"`
}

type usage struct {
	PromptTokens     int            `json:"prompt_tokens"`
	CachedTokens     int            `json:"cached_tokens"`
	CompletionTokens int            `json:"completion_tokens"`
	Neurons          plexus.Neurons `json:"neurons"`
}

func (a *answer) stats() string {
	return fmt.Sprintf("%d tokens at %.1f tokens/s, the first after %.0f ms (%d prompt tokens, model ready in %.0f ms)",
		a.Usage.CompletionTokens, a.Speed, a.FirstToken*1e3, a.Usage.PromptTokens, a.Load*1e3)
}

// inputs are the request's, in the form that has no limit unless one is given.
func (g *generation) inputs(messages []message) (json.RawMessage, error) {
	in := map[string]any{"stream": true, "temperature": g.Temperature}
	if g.Raw {
		in["prompt"], in["raw"] = messages[len(messages)-1].Content, true
	} else {
		in["messages"] = messages
	}
	if g.MaxTokens > 0 {
		in["max_tokens"] = g.MaxTokens
	}
	if g.Seed != nil {
		in["seed"] = *g.Seed
	}
	return json.Marshal(in)
}

// answer asks the model and writes its text to out as it comes. If ctx ends,
// the answer is what came until then, and the error says so.
func (g *generation) answer(ctx context.Context, e *engine, model string, messages []message, out io.Writer) (*answer, error) {
	inputs, err := g.inputs(messages)
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	res, err := e.gateway.Run(ctx, &plexus.Request{
		Account: "terminal", Model: model, Form: plexus.ChatCompletion, Inputs: inputs,
	})
	if err != nil {
		return nil, err
	}
	a := &answer{Model: res.Model.ID, StandIn: res.StandIn, Load: time.Since(begin).Seconds()}
	var text strings.Builder
	defer func() { a.Response = text.String() }() // a is shared with the caller
	var first time.Time
	begin = time.Now()
	for event, err := range res.Events {
		if err != nil {
			return a, err
		}
		d, ok := event.(*plexus.Delta)
		if !ok {
			return a, fmt.Errorf("%s does not generate text", model)
		}
		if first.IsZero() {
			first = time.Now()
			a.FirstToken = first.Sub(begin).Seconds()
		}
		text.WriteString(d.Text)
		if _, err := io.WriteString(out, d.Text); err != nil {
			return a, err
		}
		if d.FinishReason != "" {
			a.FinishReason = d.FinishReason
		}
		if u := d.Usage; u != nil {
			a.Usage = usage{u.PromptTokens, u.CachedTokens, u.CompletionTokens, u.Neurons}
		}
	}
	if seconds := time.Since(first).Seconds(); a.Usage.CompletionTokens > 1 && seconds > 0 {
		a.Speed = float64(a.Usage.CompletionTokens-1) / seconds // the first is the prompt's
	}
	return a, nil
}
