package textgen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"plexus"
	"plexus/nn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t testing.TB, f *fake, o Options) *Engine {
	t.Helper()
	e := New(f, bytesTokenizer(t), nil, workers(t), o)
	t.Cleanup(func() { e.Close() })
	return e
}

// randomRequest is of all kinds, with prompts that often begin alike.
func randomRequest(r *rand.Rand) *plexus.Request {
	prefix := strings.Repeat("once upon a time ", r.IntN(8))
	inputs := map[string]any{
		"prompt":      prefix + strings.Repeat("x", r.IntN(4)) + fmt.Sprint(r.IntN(5)),
		"max_tokens":  1 + r.IntN(90),
		"temperature": float64(r.IntN(3)),
		"seed":        r.IntN(10),
		"stream":      r.IntN(2) == 0,
		"top_k":       r.IntN(3) * 5,
		"top_p":       1 - 0.3*float64(r.IntN(2)),
	}
	if r.IntN(3) == 0 {
		inputs["frequency_penalty"], inputs["repetition_penalty"] = 0.5, 1.3
	}
	if r.IntN(3) == 0 {
		inputs["stop"] = []string{"q", "ab"}
	}
	form := plexus.Native
	if r.IntN(3) == 0 {
		form = plexus.ChatCompletion
		inputs["n"] = 1 + r.IntN(4)
	}
	q := request(form, inputs)
	q.Account = fmt.Sprint(r.IntN(2))
	return q
}

// Sixty-one requests at a time, under memory and batch limits from roomy to
// absurd: each gets what it would get alone.
func TestSameTextWhateverElseRuns(t *testing.T) {
	for _, c := range []struct{ rows, blocks, sequences, chunk int }{
		{512, 400, 64, 256},
		{64, 60, 8, 16},
		{7, 24, 6, 3},
		{5, 9, 5, 1}, // the cache holds one long sequence, others are preempted
		{1, 9, 1, 1},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			f := newFake(babble, c.rows, 250, c.blocks)
			e := start(t, f, Options{MaxSequences: c.sequences, Chunk: c.chunk})
			r := rand.New(rand.NewPCG(uint64(c.rows), 7))
			var all sync.WaitGroup
			for range 61 {
				q := randomRequest(r)
				all.Go(func() {
					got, err := run(e, q)
					want := alone(t, e.tok, babble, e.context, q)
					if err != nil || !reflect.DeepEqual(got, want) {
						t.Errorf("%s: %v\ngot  %q\nwant %q", q.Inputs, err, got, want)
					}
				})
			}
			all.Wait()
			s := e.Stats()
			if s.Active != 0 || s.Queued != 0 || s.BlocksUsed != 0 {
				t.Errorf("left behind: %+v", s)
			}
			if c.blocks == 9 && c.sequences > 1 && s.Preempted == 0 {
				t.Error("nothing was preempted: the case does not test what it should")
			}
			if c.blocks == 400 && f.widest.Load() < 20 {
				t.Errorf("the widest batch had %d sequences", f.widest.Load())
			}
		})
	}
}

// run returns the choices of a request, streamed or not.
func run(e *Engine, q *plexus.Request) ([]plexus.Choice, error) {
	r, err := e.Run(context.Background(), q)
	if err != nil {
		return nil, err
	}
	if r.Events != nil {
		choices, _, err := collect(r)
		return choices, err
	}
	return r.Value.(*plexus.Generation).Choices, nil
}

func TestFinishAndUsage(t *testing.T) {
	prompt := strings.Repeat("p", 70)
	for name, c := range map[string]struct {
		inputs map[string]any
		text   string
		want   string
		reason plexus.FinishReason
		tokens int
	}{
		"end of turn":       {nil, "hello", "hello", plexus.FinishStop, 6},
		"max_tokens":        {map[string]any{"max_tokens": 3}, "hello", "hel", plexus.FinishLength, 3},
		"stop string":       {map[string]any{"stop": "lo"}, "hello you", "hel", plexus.FinishStop, 5},
		"partial at length": {map[string]any{"stop": "lo!", "max_tokens": 5}, "hello you", "hello", plexus.FinishLength, 5},
		"context":           {map[string]any{"max_tokens": 9999}, strings.Repeat("z", 99), strings.Repeat("z", 30), plexus.FinishLength, 30},
		"native default":    {nil, strings.Repeat("z", 99), strings.Repeat("z", 30), plexus.FinishLength, 30},
		"half a character":  {map[string]any{"max_tokens": 2}, "é€", "é", plexus.FinishLength, 2},
		"cut character":     {map[string]any{"max_tokens": 3}, "é€", "é\uFFFD", plexus.FinishLength, 3},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t, newFake(recite(70, c.text), 64, 100, 10), Options{})
			for i, cached := range []int{0, 64, 64} {
				inputs := map[string]any{"prompt": prompt, "stream": i == 1}
				for k, v := range c.inputs {
					inputs[k] = v
				}
				r, err := e.Run(t.Context(), request(plexus.Native, inputs))
				if err != nil {
					t.Fatal(err)
				}
				var choices []plexus.Choice
				usage := &r.Usage
				if r.Events != nil {
					choices, usage, err = collect(r)
				} else {
					choices = r.Value.(*plexus.Generation).Choices
				}
				want := []plexus.Choice{{Text: c.want, FinishReason: c.reason}}
				wantUsage := plexus.Usage{PromptTokens: 70, CompletionTokens: c.tokens, CachedTokens: cached}
				if err != nil || !reflect.DeepEqual(choices, want) || *usage != wantUsage {
					t.Errorf("%d: %q %+v %v, want %q %+v", i, choices, usage, err, want, wantUsage)
				}
			}
		})
	}
}

func TestPrefixesAreSharedWithinAnAccountOnly(t *testing.T) {
	f := newFake(recite(320, "ok"), 64, 400, 50)
	e := start(t, f, Options{})
	q := request(plexus.Native, map[string]any{"prompt": strings.Repeat("p", 320)})
	for _, c := range []struct {
		account      string
		cached, rows int
	}{{"a", 0, 322}, {"b", 0, 322}, {"a", 288, 34}, {"b", 288, 34}} {
		q.Account = c.account
		before := f.rows.Load()
		r, err := e.Run(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if rows := int(f.rows.Load() - before); r.Usage.CachedTokens != c.cached || rows != c.rows {
			t.Errorf("account %s: %d tokens cached, %d rows computed; want %d, %d", c.account, r.Usage.CachedTokens, rows, c.cached, c.rows)
		}
	}
}

func TestChoicesShareThePrompt(t *testing.T) {
	f := newFake(babble, 512, 400, 50)
	e := start(t, f, Options{})
	r, err := e.Run(t.Context(), request(plexus.ChatCompletion, map[string]any{
		"prompt": strings.Repeat("p", 320), "n": 8, "max_tokens": 5, "seed": 1,
	}))
	if err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]bool)
	for _, c := range r.Value.(*plexus.Generation).Choices {
		texts[c.Text] = true
	}
	want := plexus.Usage{PromptTokens: 320, CompletionTokens: 40}
	if len(texts) != 8 || r.Usage != want {
		t.Errorf("%d different texts, usage %+v; want 8, %+v", len(texts), r.Usage, want)
	}
	if rows := f.rows.Load(); rows > 320+7*32+8*5 {
		t.Errorf("%d rows for 8 choices", rows)
	}
}

func TestContextLimit(t *testing.T) {
	e := start(t, newFake(babble, 64, 100, 10), Options{})
	_, err := e.Run(t.Context(), request(plexus.Native, map[string]any{"prompt": strings.Repeat("p", 100)}))
	if p := plexus.AsError(err); p.Code != plexus.CodeBadInput || !strings.Contains(p.Message, "100") {
		t.Errorf("prompt of the whole context: %v", err)
	}
	r, err := e.Run(t.Context(), request(plexus.Native, map[string]any{"prompt": strings.Repeat("p", 99)}))
	if err != nil || r.Usage.CompletionTokens != 1 {
		t.Errorf("prompt of one less: %+v, %v", r, err)
	}
}

func TestFailedForwardEndsItsRequestsOnly(t *testing.T) {
	f := newFake(recite(4, "ok"), 64, 100, 10)
	broken := map[string]func() error{
		"error": func() error { return errors.New("broken") },
		"panic": func() error { panic("broken") },
	}
	f.fail = func(b *nn.Batch) error {
		for name, fail := range broken {
			if b.Tokens[0] == int32(name[0]) {
				return fail()
			}
		}
		return nil
	}
	e := start(t, f, Options{})
	for name := range broken {
		_, err := e.Run(t.Context(), request(plexus.Native, map[string]any{"prompt": name}))
		if p := plexus.AsError(err); p.Code != plexus.CodeInternal || strings.Contains(p.Message, "broken") {
			t.Errorf("%s: %v", name, err)
		}
		got, err := run(e, request(plexus.Native, map[string]any{"prompt": "good"}))
		if err != nil || got[0].Text != "ok" {
			t.Errorf("after %s: %q, %v", name, got, err)
		}
	}
	if s := e.Stats(); s.BlocksUsed != 0 || s.Active != 0 {
		t.Errorf("left behind: %+v", s)
	}
}

func TestLogitsThatAreNotNumbers(t *testing.T) {
	f := newFake(func(history []int32, logits []float32) {
		if history[0] == 'b' {
			logits[7] /= logits[7] // NaN
		}
		logits[fakeEOS] = 9
	}, 64, 100, 10)
	e := start(t, f, Options{})
	if _, err := run(e, request(plexus.Native, map[string]any{"prompt": "bad"})); plexus.AsError(err).Code != plexus.CodeInternal {
		t.Errorf("NaN: %v", err)
	}
	if _, err := run(e, request(plexus.Native, map[string]any{"prompt": "good"})); err != nil {
		t.Error(err)
	}
}
