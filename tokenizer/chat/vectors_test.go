package chat

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const vectors = "../../../shared/vectors/chat_templates"

// rendered is what Hugging Face's apply_chat_template makes of conversations.
type rendered struct {
	Conversations map[string]struct {
		Messages json.RawMessage
		Tools    []json.RawMessage
		Prompt   *bool `json:"add_generation_prompt"`
		Extra    map[string]any
	}
	Templates map[string]struct {
		BOS      string `json:"bos_token"`
		EOS      string `json:"eos_token"`
		Rendered map[string]struct{ Output, Error *string }
	}
}

// objects reads an array of objects whose fields stay JSON, so that the order
// of the keys within them stays.
func objects(t *testing.T, data json.RawMessage) []map[string]any {
	t.Helper()
	var raw []map[string]json.RawMessage
	if data == nil {
		return nil
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	list := make([]map[string]any, len(raw))
	for i, o := range raw {
		list[i] = make(map[string]any)
		for k, v := range o {
			list[i][k] = v
		}
	}
	return list
}

func TestVectors(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(vectors, "rendered.json"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no reference vectors")
	}
	var want rendered
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 8, 26, 0, 0, time.UTC)
	checked := 0
	for file, w := range want.Templates {
		source, err := os.ReadFile(filepath.Join(vectors, file))
		if err != nil {
			t.Fatal(err)
		}
		template, err := Parse(string(source), w.BOS, w.EOS)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for name, r := range w.Rendered {
			c := want.Conversations[name]
			got, err := template.Render(Input{
				Messages:            objects(t, c.Messages),
				Tools:               c.Tools,
				AddGenerationPrompt: c.Prompt == nil || *c.Prompt,
				Extra:               c.Extra,
				Now:                 now,
			})
			switch {
			case r.Output == nil && r.Error == nil: // an error of Python's own
				continue
			case r.Error != nil:
				var raised *Error
				if !errors.As(err, &raised) || raised.Message != *r.Error {
					t.Errorf("%s %s: error %v, want %q", file, name, err, *r.Error)
				}
			case err != nil:
				t.Errorf("%s %s: %v", file, name, err)
			case got != *r.Output:
				i := 0
				for i < len(got) && strings.HasPrefix(*r.Output, got[:i+1]) {
					i++
				}
				t.Errorf("%s %s: at %d\n got %.80q\nwant %.80q", file, name, i, got[i:], (*r.Output)[i:])
			}
			checked++
		}
	}
	t.Logf("%d renderings", checked)
}
