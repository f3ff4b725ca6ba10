package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plexus/workers"
)

// wrangler is the command that an example has installed.
func wrangler(t *testing.T, project, dir string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(example(t, project), "node_modules", ".bin", "wrangler"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	// Without a token, and without asking for anything from afar.
	cmd.Env = append(os.Environ(), "WRANGLER_SEND_METRICS=false", "CLOUDFLARE_CF_FETCH_ENABLED=false", "CLOUDFLARE_API_TOKEN=")
	return cmd
}

// Stock `wrangler dev` gives a Worker the genuine binding, without a login, with
// the lines that `plexus dev --print-wrangler` prints, and in TOML with those of
// the plugin's README.
func TestWranglerDev(t *testing.T) {
	url := start(t)
	address := strings.TrimPrefix(url, "http://")
	readme, err := os.ReadFile("../../packages/miniflare-plugin/README.md")
	if err != nil {
		t.Fatal(err)
	}
	unsafe := between(t, workers.WranglerSnippet(address), `"unsafe": {`, "\n\t}\n")
	toml := strings.Replace(between(t, string(readme), "```toml\n", "```"), "127.0.0.1:8788", address, 1)
	for name, config := range map[string]string{
		"wrangler.jsonc": `{"name": "w", "main": "index.js", "compatibility_date": "2025-01-01", "unsafe": {` + unsafe + "}}",
		"wrangler.toml":  "name = 'w'\nmain = 'index.js'\ncompatibility_date = '2025-01-01'\n" + toml,
	} {
		t.Run(name, func(t *testing.T) { wranglerDev(t, name, config) })
	}
}

func between(t *testing.T, text, before, after string) string {
	t.Helper()
	_, text, opened := strings.Cut(text, before)
	text, _, closed := strings.Cut(text, after)
	if !opened || !closed {
		t.Fatalf("nothing between %q and %q", before, after)
	}
	return text
}

// wranglerDev runs a Worker that asks the model tiny, with a configuration.
func wranglerDev(t *testing.T, name, config string) {
	dir := t.TempDir()
	modules, err := filepath.Abs(filepath.Join(example(t, "vitest"), "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		name: config,
		"index.js": `export default { async fetch(request, { AI }) {
			const { response } = await AI.run("tiny", { prompt: "hi", max_tokens: 2 })
			return Response.json([AI.constructor.name, typeof response])
		} }`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	var log bytes.Buffer
	cmd := wrangler(t, "vitest", dir, "dev", "--ip=127.0.0.1", fmt.Sprintf("--port=%d", port), "--show-interactive-dev-session=false")
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	}()
	for range 600 {
		res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", port))
		if err != nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		defer res.Body.Close()
		if got := readAll(t, res); got != `["Ai","string"]` {
			t.Errorf("the Worker answers %s", got)
		}
		return
	}
	cmd.Process.Kill()
	cmd.Wait()
	t.Errorf("wrangler does not answer:\n%s", &log)
}

// wrangler types the binding of the example as a project of Cloudflare's.
func TestWranglerTypes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "types.d.ts")
	cmd := wrangler(t, "ai-demo", example(t, "ai-demo"), "types", "--include-runtime=false", out)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	types, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(types), "AI: Ai;") {
		t.Errorf("wrangler types says\n%s", types)
	}
}
