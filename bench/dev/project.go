package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// question is what every call asks: as little work for the model as there is.
const question = `{"prompt":"hi","max_tokens":1}`

// project is the Worker that all tools serve.
type project struct {
	dir     string
	version int
}

const config = `{
  "name": "bench",
  "main": "index.js",
  "compatibility_date": "2025-01-01",
  "unsafe": { "bindings": [{ "name": "AI", "type": "ai", "dev": {
    "plugin": { "package": "plexus-miniflare", "name": "plexus-ai" },
    "options": { "address": %q }
  } }] }
}
`

const source = `const version = %q;
export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/version") return new Response(version);
    return Response.json(await env.AI.run("@pocket/chat", %s));
  },
};
`

func newProject(parent, api string) (*project, error) {
	p := &project{dir: filepath.Join(parent, "project")}
	if err := os.Mkdir(p.dir, 0o755); err != nil {
		return nil, err
	}
	if err := os.Symlink(*modules, filepath.Join(p.dir, "node_modules")); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(p.dir, "wrangler.jsonc"), fmt.Appendf(nil, config, api), 0o644); err != nil {
		return nil, err
	}
	_, err := p.edit()
	return p, err
}

// edit saves a new version, and returns its name.
func (p *project) edit() (string, error) {
	p.version++
	name := fmt.Sprintf("version %d.", p.version)
	return name, os.WriteFile(filepath.Join(p.dir, "index.js"), fmt.Appendf(nil, source, name, question), 0o644)
}

// until asks until the answer has some text.
func until(url, text string) error {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		body, err := post(url)
		if err == nil && strings.Contains(body, text) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s does not answer %s, but %q, %v", url, text, body, err)
		}
	}
}

func post(url string) (string, error) {
	res, err := http.Post(url, "application/json", strings.NewReader(question))
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}
