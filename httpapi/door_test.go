package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const runPath = "/client/v4/accounts/a/ai/run/@pocket/chat"

// post returns a request for the pocket model with headers in pairs.
func post(path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Host = "localhost:8788"
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func do(t *testing.T, s *Server, r *http.Request) (int, string, http.Header) {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Header().Get("cf-ai-req-id") == "" {
		t.Error("no cf-ai-req-id")
	}
	return w.Code, w.Body.String(), w.Header()
}

func TestBodies(t *testing.T) {
	pad := func(open string, n int, closing string) string {
		return `{"prompt":"say hi","x":` + strings.Repeat(open, n) + strings.Repeat(closing, n) + `}`
	}
	for _, c := range []struct {
		name, body string
		status     int
		text       string
	}{
		{"plain", `{"prompt":"say hi"}`, 200, `"response":"hi"`},
		{"spaces around", " \r\n\t{\"prompt\":\"say hi\"} \n", 200, `"response":"hi"`},
		{"empty", ``, 400, "3003"},
		{"blank", ` `, 400, "5006"},
		{"array", `[]`, 400, "not an object"},
		{"string", `"prompt"`, 400, "not an object"},
		{"null", `null`, 400, "not an object"},
		{"truncated", `{"prompt":"say hi"`, 400, "unexpected end"},
		{"two values", `{"prompt":"say hi"}{}`, 400, "after top-level value"},
		{"trailing garbage", `{"prompt":"say hi"}x`, 400, "after top-level value"},
		{"byte order mark", "\ufeff{}", 400, "5006"},
		{"NaN", `{"prompt":"say hi","temperature":NaN}`, 400, "5006"},
		{"1e999", `{"prompt":"say hi","temperature":1e999}`, 400, "out of range"},
		{"leading zero", `{"prompt":"say hi","seed":01}`, 400, "5006"},
		{"bad UTF-8", "{\"prompt\":\"say \xff\"}", 400, "not valid UTF-8"},
		{"UTF-8 surrogate", "{\"prompt\":\"say \xed\xa0\x80\"}", 400, "not valid UTF-8"},
		{"escaped lone surrogate", `{"prompt":"say a\ud83d"}`, 200, "a\uFFFD"},
		{"escaped pair", `{"prompt":"say \ud83d\ude00"}`, 200, "😀"},
		{"NUL", `{"prompt":"say a\u0000b"}`, 200, `a\u0000b`},
		{"raw control byte", "{\"prompt\":\"say a\nb\"}", 400, "5006"},
		{"last of two keys", `{"prompt":"say one","prompt":"say two"}`, 200, "two"},
		{"markup stays", `{"prompt":"say <b>&"}`, 200, `"<b>&"`},
		{"deep enough", pad(`[`, maxDepth-1, `]`), 200, "hi"},
		{"too deep", pad(`[`, maxDepth, `]`), 400, "nested too deeply"},
		{"10k deep", pad(`{"a":`, 10_000, `}`), 400, "nested too deeply"},
		{"brackets in strings", `{"prompt":"say ` + strings.Repeat(`[{`, 200) + `"}`, 200, "[{"},
		{"too many values", `{"prompt":"say hi","x":[0` + strings.Repeat(",0", maxValues) + `]}`, 413, "3006"},
		{"too large", `{"prompt":"say ` + strings.Repeat("a", maxBody) + `"}`, 413, "3006"},
		{"options of the wrong type", `{"prompt":"say hi","options":"busy"}`, 400, "'/options' must not be a string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body, _ := do(t, newServer(t, io.Discard), post(runPath, c.body))
			if status != c.status || !strings.Contains(body, c.text) {
				t.Errorf("got %d %.300s\nwant %d with %q", status, body, c.status, c.text)
			}
			if !json.Valid([]byte(body)) {
				t.Errorf("the response is not JSON: %.300s", body)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		name    string
		path    string
		headers []string
		status  int
	}{
		{"charset", runPath, []string{"Content-Type", "application/json; charset=utf-8"}, 200},
		{"no type", runPath, []string{"Content-Type", ""}, 200},
		{"problem+json", runPath, []string{"Content-Type", "application/merge-patch+json"}, 200},
		{"text", runPath, []string{"Content-Type", "text/plain"}, 400},
		{"multipart", runPath, []string{"Content-Type", "multipart/form-data; boundary=x"}, 400},
		{"malformed type", runPath, []string{"Content-Type", "application/json; ="}, 400},
		{"gzip", runPath, []string{"Content-Encoding", "gzip"}, 400},
		{"brotli", "/v1/chat/completions", []string{"Content-Encoding", "br"}, 400},
		{"identity", runPath, []string{"Content-Encoding", "identity"}, 200},
		{"null origin", runPath, []string{"Origin", "null"}, 403},
		{"foreign origin", runPath, []string{"Origin", "https://example.com"}, 403},
		{"origin like loopback", runPath, []string{"Origin", "http://127.0.0.1.nip.io"}, 403},
		{"origin with user info", runPath, []string{"Origin", "http://localhost@evil.example"}, 403},
		{"origin of an extension", runPath, []string{"Origin", "chrome-extension://localhost"}, 403},
		{"loopback origin", runPath, []string{"Origin", "http://127.0.0.1:5173"}, 200},
		{"allowed origin", runPath, []string{"Origin", "https://plexus.lan"}, 200},
		{"id climbs", "/run", []string{"cf-consn-model-id", "@cf/../../etc/passwd"}, 404},
		{"id of 64 KB", "/run", []string{"cf-consn-model-id", strings.Repeat("a", 65536)}, 404},
		{"id missing", "/run", nil, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, io.Discard)
			s.Hosts = []string{"plexus.lan"}
			status, body, _ := do(t, s, post(c.path, `{"prompt":"say hi","inputs":{}}`, c.headers...))
			if status != c.status {
				t.Errorf("got %d %.300s, want %d", status, body, c.status)
			}
		})
	}
}

func TestHosts(t *testing.T) {
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8788": 200, "LOCALHOST.:8788": 200, "api.localhost": 200,
		"127.0.0.1:8788": 200, "127.9.9.9": 200, "[::1]:8788": 200, "[::1]": 200, "[::ffff:127.0.0.1]:1": 200,
		"plexus.lan:8788": 200,
		"":                403, "evil.com": 403, "127.0.0.1.nip.io": 403, "localhost.evil.com": 403, "0.0.0.0": 403,
		"192.168.1.2": 403, "[::]:8788": 403, "2130706433": 403, "127.1": 403, "workers-binding.ai": 403,
	} {
		s := newServer(t, io.Discard)
		s.Hosts = []string{"plexus.lan"}
		r := post(runPath, `{"prompt":"say hi"}`)
		r.Host = host
		if status, body, _ := do(t, s, r); status != want {
			t.Errorf("Host %q: got %d %s, want %d", host, status, body, want)
		}
	}
}

func TestPaths(t *testing.T) {
	for target, want := range map[string]int{
		"/v1/models":                             200,
		"/v1/models/":                            404,
		"//v1/models":                            404,
		"/v1//models":                            404,
		"/v1/./models":                           404,
		"/v1/x/../models":                        404,
		"/v1/%2e%2e/models":                      404,
		"/v1/models/%2e%2e%2fmodels":             404,
		"/v1/models/%00":                         404,
		"/v1/models/@pocket%2Fchat":              200,
		"/V1/models":                             404,
		"/healthz":                               200,
		"/healthz/":                              404,
		"/metrics":                               200,
		"/client/v4/accounts//ai/models/search":  404,
		"/client/v4/accounts/a/ai/models/search": 200,
		"/.git/config":                           404,
	} {
		r := httptest.NewRequest("GET", target, nil)
		r.Host = "localhost"
		if status, body, _ := do(t, newServer(t, io.Discard), r); status != want {
			t.Errorf("GET %s: got %d %.200s, want %d", target, status, body, want)
		}
	}
}

// Every path of every route refuses the methods that it does not have, and
// says which it has.
func TestMethods(t *testing.T) {
	s := newServer(t, io.Discard)
	for _, path := range []string{"/run", runPath, "/v1/chat/completions", "/v1/models", "/healthz", "/"} {
		for _, method := range []string{"PUT", "DELETE", "PATCH", "TRACE", "BREW", "OPTIONS"} {
			r := httptest.NewRequest(method, path, nil)
			r.Host = "localhost"
			status, _, header := do(t, s, r)
			want := http.StatusMethodNotAllowed
			if method == "OPTIONS" {
				want = http.StatusNoContent
			}
			if status != want || header.Get("Allow") == "" {
				t.Errorf("%s %s: %d, allow %q", method, path, status, header.Get("Allow"))
			}
		}
	}
	r := httptest.NewRequest("HEAD", "/v1/models", nil)
	r.Host = "localhost"
	if status, _, _ := do(t, s, r); status != 200 {
		t.Errorf("HEAD /v1/models: %d", status)
	}
}

// Clients never see the cause of an error; the log does, once.
func TestCausesAreLogged(t *testing.T) {
	for _, prompt := range []string{"crash", "panic"} {
		var log bytes.Buffer
		status, body, _ := do(t, newServer(t, &log), post(runPath, `{"prompt":"`+prompt+`"}`))
		if status != 500 || strings.Contains(body, "deadbeef") || strings.Contains(body, "broken") {
			t.Errorf("%s: %d %s", prompt, status, body)
		}
		if n := strings.Count(log.String(), "level=ERROR msg=request"); n != 1 {
			t.Errorf("%s: logged %d times:\n%s", prompt, n, log.String())
		}
	}
	var log bytes.Buffer
	do(t, newServer(t, &log), post(runPath, `{"prompt":"crash"}`))
	if !strings.Contains(log.String(), "deadbeef") {
		t.Errorf("the log does not tell the cause:\n%s", log.String())
	}
}

func TestMetrics(t *testing.T) {
	s := newServer(t, io.Discard)
	do(t, s, post(runPath, `{"prompt":"say hi"}`))
	do(t, s, post("/client/v4/accounts/a/ai/run/@cf/no/such", `{"prompt":"say hi"}`))
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Host = "localhost"
	_, body, _ := do(t, s, r)
	for _, line := range []string{
		`plexus_requests_total{code="200",model="@pocket/chat",route="/client/v4/accounts/{account}/ai/run/{model...}"} 1`,
		`plexus_requests_total{code="400",model="",route="/client/v4/accounts/{account}/ai/run/{model...}"} 1`,
		`plexus_tokens_total{kind="completion",model="@pocket/chat"} 3`,
		`plexus_streams 0`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no %s", line)
		}
	}
}
