package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"plexus"
	"plexus/catalog"
	"plexus/gateway"
)

// script is an engine that does what the last message (or the prompt) says:
// "say TEXT" (a word a delta), "full", "crash", "panic", "break" (an error
// after the first word), "break first", "burst" (a panic after the first
// word), "forever".
type script struct{}

func (script) Run(ctx context.Context, m plexus.Model, req *plexus.Request) (*plexus.Result, error) {
	if m.Task != plexus.TextGeneration {
		return understood(m, req), nil
	}
	var in struct {
		Prompt   string
		Messages []struct{ Content any }
		Stream   bool
		N        int
	}
	if err := json.Unmarshal(req.Inputs, &in); err != nil {
		return nil, err
	}
	if n := len(in.Messages); n > 0 {
		in.Prompt, _ = in.Messages[n-1].Content.(string)
	}
	usage := plexus.Usage{PromptTokens: 12, CachedTokens: 2, CompletionTokens: 3}
	verb, text, _ := strings.Cut(in.Prompt, " ")
	switch {
	case verb == "full":
		return nil, plexus.NoCapacity()
	case verb == "crash":
		return nil, errors.New("secret detail at 0xdeadbeef")
	case verb == "panic":
		panic("the engine is broken")
	case in.Stream:
		return &plexus.Result{Events: events(ctx, verb, text, max(1, in.N), usage)}, nil
	}
	g := &plexus.Generation{}
	for range max(1, in.N) {
		g.Choices = append(g.Choices, plexus.Choice{Text: text, FinishReason: plexus.FinishStop})
	}
	return &plexus.Result{Value: g, Usage: usage}, nil
}

// understood is what a model of another task answers.
func understood(m plexus.Model, req *plexus.Request) *plexus.Result {
	res := &plexus.Result{Usage: plexus.Usage{PromptTokens: 7}}
	switch {
	case m.Form == plexus.Rerank:
		res.Value = &plexus.Ranking{Response: []plexus.Score{{ID: 1, Score: 0.75}, {ID: 0, Score: 0.25}}}
	case m.Task == plexus.TextClassification:
		res.Value = []plexus.Label{{Label: "NEGATIVE", Score: 0.125}, {Label: "POSITIVE", Score: 0.875}}
	default:
		vector := []float32{0.5, -0.5, 0.5, 0.5}
		if req.Dimensions > 0 {
			vector = vector[:req.Dimensions]
		}
		res.Value = &plexus.Embeddings{Shape: [2]int{1, len(vector)}, Data: [][]float32{vector}, Pooling: "mean"}
	}
	return res
}

func events(ctx context.Context, verb, text string, n int, usage plexus.Usage) func(func(any, error) bool) {
	return func(yield func(any, error) bool) {
		if verb == "break" && text == "first" {
			_ = yield(&plexus.Delta{Usage: &plexus.Usage{PromptTokens: 12}}, nil) && yield(nil, plexus.NoCapacity())
			return
		}
		for verb == "forever" {
			select {
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			case <-time.After(time.Millisecond):
				if !yield(&plexus.Delta{Text: "on "}, nil) {
					return
				}
			}
		}
		for choice := range n {
			for _, word := range strings.SplitAfter(text, " ") {
				if !yield(&plexus.Delta{Choice: choice, Text: word}, nil) {
					return
				}
				if verb == "burst" {
					panic("the engine is broken")
				}
				if verb == "break" {
					yield(nil, errors.New("secret detail at 0xdeadbeef"))
					return
				}
			}
			if !yield(&plexus.Delta{Choice: choice, FinishReason: plexus.FinishLength}, nil) {
				return
			}
		}
		yield(&plexus.Delta{Usage: &usage}, nil)
	}
}

// newServer returns a server whose ids and clock stand still.
func newServer(t testing.TB, log io.Writer) *Server {
	t.Helper()
	c, logger := catalog.New(), slog.New(slog.NewTextHandler(log, nil))
	for _, id := range []string{"@cf/baai/bge-small-en-v1.5", "@cf/baai/bge-reranker-base", "@cf/huggingface/distilbert-sst-2-int8"} {
		if err := c.Install(id, t.TempDir(), "", ""); err != nil {
			t.Fatal(err)
		}
	}
	g, err := gateway.New(c, script{}, gateway.StandIn, logger)
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{Gateway: g, Catalog: c, Log: logger, Version: "test"})
	s.newID = func() string { return "00000000-0000-4000-8000-000000000000" }
	s.now = func() time.Time { return time.Unix(1_800_000_000, 0) }
	return s
}
