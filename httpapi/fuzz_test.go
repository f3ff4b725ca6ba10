package httpapi

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"prompt":"say hi"}`, `{"a":[[[]]]}`, `{"a":"\ud800"}`, "{\"\xff\":1}", `{"a":1e999}`, `[]`, `{}x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		err := checkObject(data)
		var object map[string]json.RawMessage
		valid := json.Unmarshal(data, &object) == nil && object != nil
		if valid != (err == nil) && len(data) < maxDepth && !strings.Contains(err.Error(), "UTF-8") {
			t.Errorf("%q: checkObject says %v", data, err)
		}
	})
}

// Whatever is sent, to any route: an answer in JSON or as events, and never
// our fault.
func FuzzRequest(f *testing.F) {
	f.Add("/v1/chat/completions", "", `{"model":"@pocket/chat","messages":[{"role":"user","content":"say hi"}],"stream":true}`)
	f.Add("/v1/completions", "", `{"model":"@pocket/chat","prompt":"say hi","n":2}`)
	f.Add("/run", "@cf/qwen/qwen3-30b-a3b-fp8", `{"inputs":{"prompt":"say hi"},"options":{"tags":[1]}}`)
	f.Add(runPath, "", `{"messages":[{"role":"tool","content":[{"type":"text","text":"a"}]}],"tools":[{"name":"x"}]}`)
	f.Add("/client/v4/accounts/a/ai/run", "", `{"model":"a:b","inputs":{}}`)
	f.Add("/v1/%2e%2e//x", "\x00", `{`)
	s := newServer(f, io.Discard)
	f.Fuzz(func(t *testing.T, path, model, body string) {
		for _, verb := range []string{"crash", "panic", "burst", "forever", "break"} {
			if strings.Contains(body, verb) {
				t.Skip("the engine would obey")
			}
		}
		r := post("/", body, "cf-consn-model-id", model)
		r.URL.Path = path
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		stream := w.Header().Get("Content-Type") == "text/event-stream"
		if !stream && path != "/metrics" && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d, not JSON: %s", w.Code, w.Body)
		}
	})
}
