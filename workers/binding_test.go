package workers_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reply is what a fake server answers to the binding.
type reply struct {
	status int
	header map[string]string
	body   string
}

// boundary is one that workerd makes up for a FormData.
var boundary = regexp.MustCompile(`\b[0-9a-f]{32}\b`)

func replyJSON(body string) reply {
	return reply{200, map[string]string{"Content-Type": "application/json", "cf-ai-req-id": "id", "cf-aig-log-id": "log"}, body}
}

// replies is a fake server that keeps what it was asked.
type replies struct {
	mu    sync.Mutex
	next  reply
	asked string
}

func (f *replies) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	var asked strings.Builder
	fmt.Fprintf(&asked, "%s %s%s\n", r.Method, r.Host, r.RequestURI)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		switch name {
		case "Content-Length", "Transfer-Encoding", "Connection", "Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Extensions":
		default:
			fmt.Fprintf(&asked, "%s: %s\n", strings.ToLower(name), r.Header.Get(name))
		}
	}
	asked.Write(body)
	f.asked = boundary.ReplaceAllString(strings.TrimSuffix(asked.String(), "\n"), "any")
	for name, value := range f.next.header {
		w.Header().Set(name, value)
	}
	if f.next.header["Content-Type"] == "" {
		w.Header()["Content-Type"] = nil
	}
	w.WriteHeader(f.next.status)
	io.WriteString(w, f.next.body)
}

const fixedHeaders = "cf-consn-model-id: model\ncf-consn-sdk-version: 2.0.0\n"

// Every call of the binding, as the genuine one of workerd puts it on the wire
// and reads the answer.
func TestBinding(t *testing.T) {
	const ok = `{"response":"hi"}`
	run := func(body string) string {
		return "POST workers-binding.ai/run?version=3\n" + fixedHeaders + "content-type: application/json\n" + body
	}
	plain := run(`{"inputs":{"prompt":"hi"},"options":{}}`)
	form := func(contentType string) string {
		return "POST workers-binding.ai/run?version=3&userInputs=%7B%7D\n" + fixedHeaders + "content-type: " + contentType + "\n" +
			"--any\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\ncat\r\n--any--"
	}
	failure := func(status int, body string) reply {
		return reply{status, map[string]string{"Content-Type": "application/json", "cf-ai-req-id": "id"}, body}
	}
	tests := []struct {
		call  string
		reply reply
		asked string // empty: nothing
		want  string
	}{
		// What is asked.
		{"run", replyJSON(ok), plain, `{"value":{"response":"hi"},"noted":["id",200,"log",null]}`},
		{"options", replyJSON(ok), run(`{"inputs":{"prompt":"hi"},"options":{"queueRequest":true,"tags":["a"],"unknown":{"x":1}}}`),
			`{"value":{"response":"hi"},"noted":["id",200,"log",null]}`},
		{"headers", replyJSON(ok), strings.Replace(strings.Replace(plain, "id: model", "id: pre:model", 1), "\n{", "\nx-one: 1\nx-two: 2\n{", 1),
			`{"value":{"response":"hi"},"noted":["id",200,"log",null]}`},
		{"gateway", replyJSON(ok), "POST workers-binding.ai/ai-gateway/run?version=3\n" + fixedHeaders + "content-type: application/json\n" +
			`{"inputs":{"prompt":"hi"},"options":{"gateway":{"id":"mine","skipCache":true}}}`,
			`{"value":{"response":"hi"},"noted":["id",200,"log",null]}`},
		{"stream", replyJSON(ok), "POST workers-binding.ai/run?rejectIfBusy=true&version=3&userInputs=%7B%22language%22%3A%22en%22%7D\n" +
			fixedHeaders + "content-type: audio/wav\n\x01\x02\x03", `{"value":{"response":"hi"},"noted":["id",200,"log",null]}`},
		{"form", replyJSON(ok), form("multipart/form-data; boundary=any"), `{"value":{"response":"hi"},"noted":["id",200,"log",null]}`},
		{"form of a response", replyJSON(ok), form("multipart/form-data; boundary=any"), `{"value":{"response":"hi"},"noted":["id",200,"log",null]}`},
		{"form data", replyJSON(ok), form("multipart/form-data"), `{"value":{"response":"hi"},"noted":["id",200,"log",null]}`}, // as workerd warns, without the boundary
		{"two streams", reply{}, "", `{"error":["AiInternalError","Multiple ReadableStreams are not supported. Found streams in keys: [a, b]"]}`},
		{"no type", reply{}, "", `{"error":["AiInternalError","Content-Type is required with ReadableStream inputs"]}`},
		{"stream and gateway", reply{}, "", `{"error":["AiInternalError","AI Gateway does not support ReadableStreams yet."]}`},
		{"aborted", reply{}, "", `{"error":["AbortError","The operation was aborted"]}`},
		{"websocket", failure(426, `{"errors":[]}`), "GET workers-binding.ai/run?version=3&body=%7B%22inputs%22%3A%7B%22encoding%22%3A%22linear16%22%7D%2C%22options%22%3A%7B%22websocket%22%3Atrue%7D%7D\n" +
			fixedHeaders + "upgrade: websocket", `{"response":[426,"{\"errors\":[]}"],"noted":["id",426,null,null]}`},

		// How answers are read.
		{"run", reply{200, map[string]string{"Content-Type": "application/json; charset=utf-8"}, ok}, plain, `{"stream":"{\"response\":\"hi\"}","noted":[null,200,null,null]}`},
		{"run", reply{200, map[string]string{"Content-Type": "text/event-stream"}, "data: [DONE]\n\n"}, plain, `{"stream":"data: [DONE]\n\n","noted":[null,200,null,null]}`},
		{"run", reply{200, map[string]string{"Content-Type": "image/png"}, "PNG"}, plain, `{"stream":"PNG","noted":[null,200,null,null]}`},
		{"raw", replyJSON(ok), run(`{"inputs":{"prompt":"hi"},"options":{"returnRawResponse":true}}`), `{"response":[200,"{\"response\":\"hi\"}"],"noted":["id",200,"log",null]}`},
		{"raw", failure(400, `{"internalCode":1001}`), run(`{"inputs":{"prompt":"hi"},"options":{"returnRawResponse":true}}`), `{"response":[400,"{\"internalCode\":1001}"],"noted":["id",400,null,null]}`},
		{"run", failure(400, `{"internalCode":1001,"message":"InvalidInput: no","name":"InvalidInput","description":"no"}`), plain, `{"error":["InvalidInput","1001: no"],"noted":["id",400,null,1001]}`},
		{"run", failure(429, `{"errors":[{"code":3040,"message":"busy"}]}`), plain, `{"error":["InferenceUpstreamError","3040: busy"],"noted":["id",429,null,null]}`},
		{"run", failure(500, `not JSON`), plain, `{"error":["InferenceUpstreamError","not JSON"],"noted":["id",500,null,null]}`},
		{"run", failure(500, ``), plain, `{"error":["InferenceUpstreamError",""],"noted":["id",500,null,null]}`},
		{"run", reply{204, nil, ""}, plain, `{"error":["InferenceUpstreamError",""],"noted":[null,204,null,null]}`},
		{"run", failure(500, `{}`), plain, `{"error":["InferenceUpstreamError","{}"],"noted":["id",500,null,null]}`},

		// The other methods.
		{"models", replyJSON(`{"result":[{"name":"m"}]}`), "GET workers-binding.ai/ai-api/models/search?task=Text+Generation&hide_experimental=true", `{"value":[{"name":"m"}]}`},
		{"all models", replyJSON(`{"result":[]}`), "GET workers-binding.ai/ai-api/models/search", `{"value":[]}`},
		{"all models", failure(500, `{"errors":[{"message":"broken"}]}`), "GET workers-binding.ai/ai-api/models/search", `{"error":["AiInternalError","broken"]}`},
		{"to markdown", replyJSON(`{"result":[{"id":"1","data":"x"}]}`), "POST workers-binding.ai/to-everything/markdown/transformer\ncontent-type: application/json\nx-one: 1\n" +
			`{"files":[{"name":"a.html","mimeType":"text/html","data":"PHA+"}],"options":{"extraHeaders":{"x-one":"1"}}}`, `{"value":{"id":"1","data":"x"}}`},
		{"to markdown, several", replyJSON(`{"result":[{"id":"1"},{"id":"2"}]}`), "POST workers-binding.ai/to-everything/markdown/transformer\ncontent-type: application/json\n" +
			`{"files":[{"name":"a.html","mimeType":"text/html","data":"PHA+"},{"name":"b.html","mimeType":"text/html","data":"PGI+"}]}`, `{"value":[{"id":"1"},{"id":"2"}]}`},
		{"to markdown", failure(400, `{"errors":[{"message":"no"}]}`), "POST workers-binding.ai/to-everything/markdown/transformer\ncontent-type: application/json\nx-one: 1\n" +
			`{"files":[{"name":"a.html","mimeType":"text/html","data":"PHA+"}],"options":{"extraHeaders":{"x-one":"1"}}}`, `{"error":["AiInternalError","no"]}`},
		{"to markdown, several", replyJSON(`{"result":[{"id":"1","format":"error","error":"no"},{"id":"2","format":"markdown"}]}`), "POST workers-binding.ai/to-everything/markdown/transformer\ncontent-type: application/json\n" +
			`{"files":[{"name":"a.html","mimeType":"text/html","data":"PHA+"},{"name":"b.html","mimeType":"text/html","data":"PGI+"}]}`, `{"value":[{"id":"1","format":"error","error":"no"},{"id":"2","format":"markdown"}]}`},
		{"supported", replyJSON(`{"result":[{"extension":".html"}]}`), "GET workers-binding.ai/to-everything/markdown/supported\ncontent-type: application/json", `{"value":[{"extension":".html"}]}`},
		{"gateway url", replyJSON(`{"result":{"url":"http://x/"}}`), "GET workers-binding.ai/ai-gateway/gateways/mine/url/workers-ai", `{"value":"http://x/"}`},
		{"gateway url, default", replyJSON(`{"result":{"url":"http://x/"}}`), "GET workers-binding.ai/ai-gateway/gateways/mine/url/universal", `{"value":"http://x/"}`},
		{"gateway log", replyJSON(`{"result":{"id":"l1","created_at":"2025-01-01T00:00:00Z"}}`), "GET workers-binding.ai/ai-gateway/gateways/mine/logs/l1", `{"value":{"id":"l1","created_at":"2025-01-01T00:00:00.000Z"}}`},
		{"gateway log", failure(404, `{"errors":[{"message":"none"}]}`), "GET workers-binding.ai/ai-gateway/gateways/mine/logs/l1", `{"error":["AiGatewayLogNotFound","none"]}`},
		{"gateway patch", replyJSON(`{}`), "PATCH workers-binding.ai/ai-gateway/gateways/mine/logs/l1\ncontent-type: application/json\n" + `{"score":1}`, `{}`},
		{"gateway run", replyJSON(`{"x":1}`), "POST workers-binding.ai/ai-gateway/universal/run/mine\ncontent-type: application/json\n" + `[{"provider":"workers-ai","endpoint":"m","headers":{},"query":{}}]`, `{"value":{"x":1}}`},
		{"gateway run, options", replyJSON(`{"x":1}`), "POST workers-binding.ai/ai-gateway/universal/run/mine\ncf-aig-cache-ttl: 60\ncf-aig-metadata: {\"a\":1}\ncf-aig-skip-cache: true\n" +
			"content-type: application/json\nx-one: 1\n" + `[{"provider":"p","endpoint":"e","headers":{},"query":{}}]`, `{"value":{"x":1}}`},
		{"rag list", replyJSON(`{"result":[]}`), "GET workers-binding.ai/autorag/rags\ncontent-type: application/json", `{"value":[]}`},
		{"rag search", replyJSON(`{"result":{"data":[]}}`), "POST workers-binding.ai/autorag/rags/docs/search\ncontent-type: application/json\n" + `{"query":"q"}`, `{"value":{"data":[]}}`},
		{"rag ai search", failure(404, `{"errors":[{"message":"none"}]}`), "POST workers-binding.ai/autorag/rags/docs/ai-search\ncontent-type: application/json\n" + `{"query":"q"}`, `{"error":["AutoRAGNotFoundError","none"]}`},
		{"rag search", failure(401, `{"errors":[{"message":"no"}]}`), "POST workers-binding.ai/autorag/rags/docs/search\ncontent-type: application/json\n" + `{"query":"q"}`, `{"error":["AutoRAGUnauthorizedError","no"]}`},
		{"rag ai search", replyJSON(`{"result":{"response":"r"}}`), "POST workers-binding.ai/autorag/rags/docs/ai-search\ncontent-type: application/json\n" + `{"query":"q"}`, `{"value":{"response":"r"}}`},
		{"rag ai search", failure(401, `{"errors":[{"message":"no"}]}`), "POST workers-binding.ai/autorag/rags/docs/ai-search\ncontent-type: application/json\n" + `{"query":"q"}`, `{"error":["AutoRAGUnauthorizedError","no"]}`},
		{"rag ai search, stream", reply{200, map[string]string{"Content-Type": "text/event-stream"}, "data: x\n\n"}, "POST workers-binding.ai/autorag/rags/docs/ai-search\ncontent-type: application/json\n" + `{"query":"q","stream":true}`, `{"response":[200,"data: x\n\n"]}`},
		// JavaScript RPC, which no HTTP server answers.
		{"ai search", reply{}, "", `{"error":["Error","Network connection lost."]}`},
		{"websearch", reply{}, "", `{"error":["Error","Network connection lost."]}`},
		{"beta gateway", reply{}, "", `{"error":["Error","Network connection lost."]}`},
		{"fetch", replyJSON(ok), "POST workers-binding.ai/run?version=2\ncontent-type: application/json\n" + `{"inputs":{},"options":{}}`, `{"value":{"response":"hi"}}`},
		{"name", reply{}, "", `{"value":"Ai"}`},
		{"logs", reply{}, "", `{"value":[]}`},
	}
	fake := &replies{}
	p := develop(t, "testdata/binding", fake)
	for _, test := range tests {
		t.Run(test.call, func(t *testing.T) {
			fake.mu.Lock()
			fake.next, fake.asked = test.reply, ""
			fake.mu.Unlock()
			_, got := p.get("/" + url.PathEscape(test.call))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the Worker gets (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.asked, fake.asked); diff != "" {
				t.Errorf("the server is asked (-want +got)\n%s", diff)
			}
		})
	}
}
