package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"plexus"
	"plexus/catalog"
)

// echo is an engine that answers with the id of the model it ran.
type echo struct{}

func (echo) Run(_ context.Context, m plexus.Model, req *plexus.Request) (*plexus.Result, error) {
	usage := plexus.Usage{PromptTokens: 1e6, CompletionTokens: 1e6}
	if strings.Contains(string(req.Inputs), `"stream":true`) {
		return &plexus.Result{Events: func(yield func(any, error) bool) {
			_ = yield(&plexus.Delta{Text: m.ID}, nil) && yield(&plexus.Delta{Usage: &usage}, nil)
		}}, nil
	}
	text := m.ID + " " + string(req.Form)
	return &plexus.Result{Value: &plexus.Generation{Choices: []plexus.Choice{{Text: text}}}, Usage: usage}, nil
}

func newGateway(t *testing.T, missing Missing) (*Gateway, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	g, err := New(catalog.New(), echo{}, missing, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return g, &log
}

const llama = "@cf/meta/llama-3.2-1b-instruct"

func TestStandIn(t *testing.T) {
	g, log := newGateway(t, StandIn)
	for range 3 {
		res, err := g.Run(t.Context(), &plexus.Request{Model: llama, Inputs: json.RawMessage(`{"prompt":"hi"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if res.Model.ID != llama || res.StandIn != "@pocket/chat" {
			t.Errorf("model %q, stand-in %q", res.Model.ID, res.StandIn)
		}
		if got := res.Value.(*plexus.Generation).Choices[0].Text; got != "@pocket/chat native" {
			t.Errorf("the engine ran %q", got)
		}
		if res.Usage.Neurons != 2457+18252 { // the price of the model asked for
			t.Errorf("%v neurons", res.Usage.Neurons)
		}
	}
	if n := strings.Count(log.String(), "stand_in=@pocket/chat"); n != 1 {
		t.Errorf("the stand-in was logged %d times:\n%s", n, log)
	}
}

func TestStreamIsSettled(t *testing.T) {
	g, _ := newGateway(t, StandIn)
	res, err := g.Run(t.Context(), &plexus.Request{Model: llama, Inputs: json.RawMessage(`{"prompt":"hi","stream":true}`)})
	if err != nil {
		t.Fatal(err)
	}
	var last *plexus.Delta
	for event, err := range res.Events {
		if err != nil {
			t.Fatal(err)
		}
		last = event.(*plexus.Delta)
	}
	if last.Usage == nil || last.Usage.Neurons != 2457+18252 {
		t.Errorf("last event: %+v", last)
	}
}

func TestRefusals(t *testing.T) {
	deep := `{"messages":[{"role":"user","content":"hi"}],`
	for _, c := range []struct {
		name, model, inputs string
		form                plexus.Form
		missing             Missing
		code                plexus.Code
		text                string // part of the message
	}{
		{"unknown model", "@cf/meta/llama-9", `{"prompt":"hi"}`, "", StandIn, 5007, "No such model @cf/meta/llama-9 or task"},
		{"model id climbs", "@cf/../../etc/passwd", `{}`, "", StandIn, 3042, "The model name is invalid"},
		{"model id empty", "", `{}`, "", StandIn, 3042, "The model name is invalid"},
		{"model id with NUL", "@cf/a\x00b", `{}`, "", StandIn, 3042, "The model name is invalid"},
		{"model id of 64 KB", strings.Repeat("a", 65536), `{}`, "", StandIn, 3042, "The model name is invalid"},
		{"weights missing", llama, `{"prompt":"hi"}`, "", Refuse, 5007, "--model " + llama},
		{"task not there yet", "@cf/openai/whisper", `{"audio":[1]}`, "", StandIn, 5007, "does not run Automatic Speech Recognition"},
		{"chat of another schema", "@cf/cloudflare/clef", `{"prompt":"hi"}`, "", StandIn, 5007, "yet"},
		{"not an object", "@pocket/chat", `[]`, "", Refuse, 5006, "Type mismatch of '/', 'object' not in 'array'"},
		{"empty object", "@pocket/chat", `{}`, "", Refuse, 5006,
			"Bad input: Error: oneOf at '/' not met, 0 matches found: required properties at '/' are 'prompt', required properties at '/' are 'messages'"},
		{"empty prompt", "@pocket/chat", `{"prompt":""}`, "", Refuse, 5006, "Length of '/prompt' must be >= 1 not met"},
		{"prompt of the wrong type", "@pocket/chat", `{"prompt":5}`, "", Refuse, 5006, "Type mismatch of '/prompt', 'string' not in 'number'"},
		{"prompt and messages", "@pocket/chat", `{"prompt":"a","messages":[]}`, "", Refuse, 1001, "mutually exclusive"},
		{"messages empty", "@pocket/chat", `{"messages":[]}`, "", Refuse, 5006, "'/messages': minItems"},
		{"role unknown", "@pocket/chat", `{"messages":[{"role":"wizard","content":"hi"}]}`, "", Refuse, 5006, `enum "wizard" not in system`},
		{"role missing", "@pocket/chat", `{"messages":[{"content":"hi"}]}`, "", Refuse, 5006, "required properties at '/messages/0' are 'role'"},
		{"max_tokens negative", "@pocket/chat", deep + `"max_tokens":-1}`, "", Refuse, 5006, "'/max_tokens' must be >= 1"},
		{"max_tokens zero", "@pocket/chat", deep + `"max_tokens":0}`, "", Refuse, 5006, "'/max_tokens' must be >= 1"},
		{"max_tokens 2^31", "@pocket/chat", deep + `"max_tokens":2147483648}`, "", Refuse, 5006, "'/max_tokens' must be <="},
		{"temperature too high", "@pocket/chat", deep + `"temperature":5.1}`, "", Refuse, 5006, "'/temperature' must be <= 5"},
		{"seed float", "@pocket/chat", deep + `"seed":1.5}`, "", Refuse, 5006, "Type mismatch of '/seed', 'integer' not in 'number'"},
		{"number out of range", "@pocket/chat", deep + `"temperature":1e999}`, "", Refuse, 5006, "number 1e999 is out of range"},
		{"number of a billion digits", "@pocket/chat", deep + `"seed":1e-999999999}`, "", Refuse, 5006, "'/seed' must be >= 1"},
		{"stop of 10k strings", "@pocket/chat", deep + `"stop":["a"` + strings.Repeat(`,"a"`, 9999) + `]}`, "", Refuse, 5006, "Length of '/stop' must be <= 16"},
		{"5000 messages", "@pocket/chat", `{"messages":[1` + strings.Repeat(`,1`, 4999) + `]}`, "", Refuse, 5006, "Length of '/messages' must be <= 4096"},
		{"a tool call's name is a number", "@pocket/chat", `{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":5,"arguments":5}}]}]}`, "", Refuse, 5006, "'/messages/0/tool_calls/0/function/name', 'string' not in 'number'"},
		{"parts of a part", "@pocket/chat", `{"messages":[{"role":"user","content":[{"type":"text"}` + strings.Repeat(`,{"type":"text"}`, 1024) + `]}]}`, "", Refuse, 5006, "Length of '/messages/0/content' must be <= 1024"},
		{"n of 128", "@pocket/chat", deep + `"n":128}`, plexus.ChatCompletion, Refuse, 5006, "'/n' must be <= 8"},
		{"logit_bias key", "@pocket/chat", deep + `"logit_bias":{"x":1}}`, plexus.ChatCompletion, Refuse, 5006, "logit_bias"},
		{"tool without a name", "@pocket/chat", deep + `"tools":[{"type":"function"}]}`, "", Refuse, 5006, "/tools/0"},
		{"lora", "@pocket/chat", deep + `"lora":"mine"}`, "", Refuse, 5005, "does not support LoRa inference"},
		{"JSON mode cannot stream", "@pocket/chat", deep + `"stream":true,"response_format":{"type":"json_object"}}`, "", Refuse, 5023, "not supported with stream"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, _ := newGateway(t, c.missing)
			_, err := g.Run(t.Context(), &plexus.Request{Model: c.model, Form: c.form, Inputs: json.RawMessage(c.inputs)})
			var e *plexus.Error
			if !errors.As(err, &e) {
				t.Fatalf("error is %v, not a *plexus.Error", err)
			}
			if e.Code != c.code || !strings.Contains(e.Message, c.text) {
				t.Errorf("got %d %q\nwant %d %q", e.Code, e.Message, c.code, c.text)
			}
			if len(e.Message) > 2000 {
				t.Errorf("the message is %d bytes long", len(e.Message))
			}
		})
	}
}

// A stand-in is asked for embeddings as long as those of the model it stands
// in for.
func TestDimensions(t *testing.T) {
	c := catalog.New()
	for id, want := range map[string]int{
		"@cf/baai/bge-small-en-v1.5": 384, "@cf/baai/bge-base-en-v1.5": 768, "@cf/baai/bge-large-en-v1.5": 1024, "@pocket/chat": 0,
	} {
		if m, ok := c.Find(id); !ok || dimensions(m) != want {
			t.Errorf("%s has %d dimensions, want %d", id, dimensions(m), want)
		}
	}
}

// A stand-in is not longer than the model it stands in for.
func TestStandInDimensions(t *testing.T) {
	g, _ := newGateway(t, StandIn)
	for dimensions, ok := range map[int]bool{0: true, 384: true, 385: false} {
		_, err := g.Run(t.Context(), &plexus.Request{Model: "@cf/baai/bge-small-en-v1.5", Dimensions: dimensions, Inputs: json.RawMessage(`{"text":"hi"}`)})
		if ok != (err == nil) || err != nil && plexus.AsError(err).Code != plexus.CodeBadInput {
			t.Errorf("%d dimensions: %v", dimensions, err)
		}
	}
}

func TestAccepted(t *testing.T) {
	g, _ := newGateway(t, Refuse)
	for _, c := range []struct {
		form   plexus.Form
		inputs string
	}{
		{plexus.Native, `{"prompt":"hi","raw":true,"max_tokens":5,"an_unknown_key":{"a":1}}`},
		{plexus.Native, `{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`},
		{plexus.Native, `{"messages":[{"role":"assistant","content":null,"tool_calls":[]},{"role":"tool","content":"3","name":"add"}]}`},
		{plexus.Native, `{"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"add","parameters":{}},{"type":"function","function":{"name":"sub"}}]}`},
		{plexus.ChatCompletion, `{"messages":[{"role":"developer","content":"hi"}],"temperature":null,"stop":null,"tools":null,"seed":-1}`},
		{plexus.ChatCompletion, `{"prompt":"hi","logit_bias":{"12":-100},"n":2}`},
	} {
		if _, err := g.Run(t.Context(), &plexus.Request{Model: "@pocket/chat", Form: c.form, Inputs: json.RawMessage(c.inputs)}); err != nil {
			t.Errorf("%s: %v", c.inputs, err)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"prompt":"hi"}`))
	f.Add([]byte(`{"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"a"}]}`))
	r, err := compile()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, inputs []byte) {
		for s := range r {
			_, err := r.check(plexus.Model{ID: "m", Task: s.task}, &plexus.Request{Form: s.form, Inputs: inputs})
			if err != nil && plexus.AsError(err).Code == plexus.CodeInternal {
				t.Errorf("%q: %v", inputs, err)
			}
		}
	})
}
