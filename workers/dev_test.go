package workers_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"plexus/workers"
)

// project is a Worker project under development in a test.
type project struct {
	t   *testing.T
	dir string
	url string
	log *lockedBuffer
	end func() error // ends Dev and returns what it returned
}

// lockedBuffer is a log that can be read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// files makes a project folder.
func files(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// develop runs Dev on a folder with the real workerd.
func develop(t *testing.T, dir string, ai http.Handler) *project {
	t.Helper()
	if testing.Short() {
		t.Skip("needs workerd, which npm installs")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &project{t: t, dir: dir, url: "http://" + listener.Addr().String(), log: &lockedBuffer{}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		defer listener.Close() // whoever waits for an answer gets none
		ended <- workers.Dev(ctx, workers.Options{
			Dir: dir, Listener: listener, AI: ai, Cache: filepath.Join(cache, "plexus"), Log: p.log,
		})
	}()
	p.end = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := p.end(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the log:\n%s", p.log)
		}
	})
	return p
}

// get answers GET path as status and body.
func (p *project) get(path string, header ...string) (int, string) {
	p.t.Helper()
	res, body := p.response(path, header...)
	return res.StatusCode, body
}

func (p *project) response(path string, header ...string) (*http.Response, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), "GET", p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res, string(body)
}

// until waits for something to hold.
func (p *project) until(what string, holds func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("in vain: %s", what)
		}
	}
}

func (p *project) untilLogged(text string) {
	p.t.Helper()
	p.until("a log line with "+text, func() bool { return strings.Contains(p.log.String(), text) })
}

func (p *project) untilAnswers(path, body string) {
	p.t.Helper()
	p.until(path+" answers "+body, func() bool {
		_, got := p.get(path)
		return got == body
	})
}

var noAI = http.NotFoundHandler()

const helloConfig = `{"name": "hello", "main": "src/index.ts", "compatibility_date": "2025-01-01"}`

func TestDevFollowsTheSources(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts":   `import { text } from "./text"; export default { fetch(): Response { return new Response(text) } }`,
		"src/text.ts":    `export const text: string = "one"`,
	})
	p := develop(t, dir, noAI)
	if status, body := p.get("/"); status != 200 || body != "one" {
		t.Fatalf("GET / = %d %q", status, body)
	}
	source := filepath.Join(dir, "src", "text.ts")
	write(t, source, `export const text: string = "two"`)
	p.untilAnswers("/", "two")

	write(t, source, "export const text: string = \n  nothing.;")
	p.untilLogged("src/text.ts:2:10")
	if _, body := p.get("/"); body != "two" {
		t.Errorf("with a build error, the last good version should serve, not %q", body)
	}
	write(t, source, `export const text: string = "three"`)
	p.untilAnswers("/", "three")

	write(t, filepath.Join(dir, "wrangler.jsonc"), strings.Replace(helloConfig, "index.ts", "other.ts", 1))
	write(t, filepath.Join(dir, "src/other.ts"), `export default { fetch: () => new Response("four") }`)
	p.untilAnswers("/", "four")
	if err := p.end(); err != nil {
		t.Error(err)
	}
}
