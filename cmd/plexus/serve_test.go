package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"plexus/gateway"
	"plexus/httpapi"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// start serves a tiny random model named "tiny", all parts real, until the
// test ends. It returns the server's URL.
func start(t *testing.T) string {
	t.Helper()
	t.Cleanup(func() { goleak.VerifyNone(t) })
	g := &globals{Data: t.TempDir()}
	path := gguftest.LlamaFile(t, gguftest.Spec{Type: gguf.Q4_0, Tokenizer: "gpt2", Pre: "llama-bpe"})
	flags := engineFlags{Model: []string{"tiny=" + path}, Queue: 256, Idle: time.Minute}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	e, err := flags.open(g, gateway.Refuse, log)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	api := httpapi.New(httpapi.Config{Gateway: e.gateway, Catalog: e.catalog, Log: log})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, httpapi.NewHTTPServer(api, log), l, log) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := e.fleet.Close(); err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

func post(ctx context.Context, url, body string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	return http.DefaultClient.Do(req)
}

// The same request gives the same text as a stream and whole, in every
// dialect.
func TestDialectsAgree(t *testing.T) {
	url := start(t)
	const inputs = `"messages":[{"role":"user","content":"Hello"}],"max_tokens":12,"temperature":0`
	run := url + "/client/v4/accounts/a/ai/run/tiny"
	chat := url + "/v1/chat/completions"

	var rest struct{ Result struct{ Response string } }
	whole(t, run, "{"+inputs+"}", &rest)
	var openai struct {
		Choices []struct{ Message struct{ Content string } }
		Usage   struct{ Prompt_tokens, Completion_tokens int }
	}
	whole(t, chat, `{"model":"tiny",`+inputs+"}", &openai)
	text := rest.Result.Response
	if len(openai.Choices) != 1 || openai.Choices[0].Message.Content != text {
		t.Errorf("REST says %q, OpenAI %+v", text, openai)
	}
	if u := openai.Usage; u.Prompt_tokens == 0 || u.Completion_tokens == 0 || u.Completion_tokens > 12 {
		t.Errorf("usage %+v", u)
	}
	if got := streamed(t, run, "{"+inputs+`,"stream":true}`); got != text {
		t.Errorf("REST streams %q, not %q", got, text)
	}
	if got := streamed(t, chat, `{"model":"tiny",`+inputs+`,"stream":true}`); got != text {
		t.Errorf("OpenAI streams %q, not %q", got, text)
	}
}

func whole(t *testing.T, url, body string, into any) {
	t.Helper()
	res, err := post(t.Context(), url, body)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil || res.StatusCode != 200 {
		t.Fatalf("%s: status %d, %v", url, res.StatusCode, err)
	}
}

// streamed returns the text of a stream, which must end in "[DONE]".
func streamed(t *testing.T, url, body string) string {
	t.Helper()
	res, err := post(t.Context(), url, body)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var text strings.Builder
	last := ""
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if last = data; !ok || data == "[DONE]" {
			continue
		}
		var frame struct {
			Response string
			Choices  []struct{ Delta struct{ Content string } }
		}
		if err := json.Unmarshal([]byte(data), &frame); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		text.WriteString(frame.Response)
		for _, c := range frame.Choices {
			text.WriteString(c.Delta.Content)
		}
	}
	if last != "" { // the blank line after [DONE]
		t.Errorf("the stream ends with %q", last)
	}
	return text.String()
}

// Two hundred streams whose clients leave at random: nothing stays behind, and
// the model still answers.
func TestStreamsWithRandomCancels(t *testing.T) {
	url := start(t)
	r := rand.New(rand.NewPCG(3, 4))
	var clients sync.WaitGroup
	for range 200 {
		patience := time.Duration(r.IntN(300)) * time.Millisecond
		clients.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			res, err := post(ctx, url+"/client/v4/accounts/a/ai/run/tiny", `{"prompt":"Hello","max_tokens":400,"stream":true}`)
			if err != nil {
				return // it left before the answer began
			}
			defer res.Body.Close()
			_, _ = io.Copy(io.Discard, res.Body) // until it leaves
		})
	}
	clients.Wait()
	var rest struct{ Success bool }
	whole(t, url+"/client/v4/accounts/a/ai/run/tiny", `{"prompt":"Hello","max_tokens":3}`, &rest)
	if !rest.Success {
		t.Error("the model does not answer any more")
	}
}
