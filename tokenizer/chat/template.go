// Package chat renders conversations into the prompt that a model was trained
// on, with the Jinja template that its file brings.
//
// It may hold templates, the guard that keeps messages from spelling control
// tokens, and templates for files that bring none. It may not hold
// vocabularies or sampling.
package chat

import (
	"encoding/json"
	"fmt"
	"time"

	"plexus/tokenizer/chat/internal/jinja"
)

// Template is a chat template. It is safe for concurrent use.
type Template struct {
	template *jinja.Template
	bos, eos string
}

// Parse reads a Jinja template. bos and eos are the texts of the tokens that
// templates know as bos_token and eos_token; empty where there is none.
func Parse(source, bos, eos string) (*Template, error) {
	t, err := jinja.Parse(source)
	if err != nil {
		return nil, fmt.Errorf("chat template: %w", err)
	}
	return &Template{t, bos, eos}, nil
}

// Input is a conversation, in the form of OpenAI's chat API.
//
// Values are what encoding/json makes: nil, bool, float64, int, string, slices
// and maps of these, and json.Number. A json.RawMessage may stand for any
// value; templates print its objects with their keys in its order, those of a
// map with theirs sorted. Arguments of tool calls are objects, not strings.
type Input struct {
	Messages            []map[string]any
	Tools               []json.RawMessage // objects; empty: none
	AddGenerationPrompt bool              // end with the start of the assistant's turn
	Extra               map[string]any    // more variables: "enable_thinking"
	Controls            []string          // texts of control tokens that Messages and Tools must not spell
	Now                 time.Time         // for templates that write the date; zero: the current time
}

// Error is in the chain of a rendering's error if the template itself refuses
// the conversation. Its text is meant for the one who sent it.
type Error = jinja.Error

// ErrLimit is in the chain of the error of a template that does too much.
var ErrLimit = jinja.ErrLimit

// Render returns the prompt, to be encoded with ParseSpecial. Most templates
// spell out the BOS token themselves.
func (t *Template) Render(in Input) (prompt string, err error) {
	guard := newGuard(in.Controls)
	size := 0
	clean := func(s string) string {
		s = guard.clean(s)
		size += len(s)
		return s
	}
	vars := &jinja.Dict{}
	set := func(name string, v any) {
		if err == nil {
			v, err = jinja.From(v, clean)
			vars.Set(name, v)
		}
	}
	for name, v := range in.Extra {
		set(name, v)
	}
	set("messages", in.Messages)
	if len(in.Tools) > 0 {
		set("tools", in.Tools)
	} else {
		set("tools", nil)
	}
	set("documents", nil)
	set("add_generation_prompt", in.AddGenerationPrompt)
	vars.Set("bos_token", t.bos)
	vars.Set("eos_token", t.eos)
	if err != nil {
		return "", fmt.Errorf("chat template: %w", err)
	}
	now := in.Now
	if now.IsZero() {
		now = time.Now()
	}
	prompt, err = t.template.Render(vars, size, now)
	if err != nil {
		return "", fmt.Errorf("chat template: %w", err)
	}
	return prompt, nil
}
