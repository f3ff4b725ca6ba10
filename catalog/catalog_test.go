package catalog

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"plexus"
)

func TestEmbeddedCatalog(t *testing.T) {
	c := New()
	seen := map[string]bool{}
	for _, m := range c.Models() {
		if seen[m.ID] || seen[m.UUID] {
			t.Errorf("%s: id or uuid is used twice", m.ID)
		}
		seen[m.ID], seen[m.UUID] = true, true
		if !ValidID(m.ID) || m.Description == "" || m.CreatedAt == "" {
			t.Errorf("%s is not complete: %+v", m.ID, m)
		}
		if _, err := uuid.Parse(m.UUID); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
		if c.TaskOf(m).ID == "" {
			t.Errorf("%s: task %q is not in the list", m.ID, m.Task)
		}
		if m.Form != "" {
			if _, ok := SchemaOf(m.Task, m.Form); !ok {
				t.Errorf("%s: no schema for %s %s", m.ID, m.Task, m.Form)
			}
		}
		for _, p := range m.Prices {
			if p.Unit == "" || p.Neurons < 0 {
				t.Errorf("%s: %s costs %v neurons", m.ID, p.Unit, p.Neurons)
			}
		}
	}
	for alias, id := range c.aliases {
		if m, ok := c.Find(alias); !ok || m.ID != id || seen[alias] {
			t.Errorf("alias %s of %s finds %q", alias, id, m.ID)
		}
	}
}

// Names that tutorials and SDK examples use.
func TestFind(t *testing.T) {
	c := New()
	for id, form := range map[string]plexus.Form{
		"@cf/meta/llama-3.1-8b-instruct":           plexus.Native,
		"@cf/meta/llama-3.3-70b-instruct-fp8-fast": plexus.Native,
		"@cf/openai/gpt-oss-20b":                   plexus.ChatCompletion,
		"@cf/qwen/qwen3-30b-a3b-fp8":               plexus.ChatCompletion,
		"@hf/thebloke/neural-chat-7b-v3-1-awq":     plexus.Native,
		"@cf/moonshotai/kimi-k2.5":                 plexus.ChatCompletion,
		"@pocket/chat":                             plexus.Native,
	} {
		m, ok := c.Find(id)
		if !ok || m.Form != form || m.Task != plexus.TextGeneration {
			t.Errorf("%s: found %v, form %q, task %q", id, ok, m.Form, m.Task)
		}
		if s, ok := c.StandIn(m); !ok || s.ID != "@pocket/chat" {
			t.Errorf("%s: stand-in %q", id, s.ID)
		}
	}
	if _, ok := c.Find("@cf/meta/llama-9"); ok {
		t.Error("found a model that does not exist")
	}
	for id, want := range map[string]string{
		"@cf/baai/bge-base-en-v1.5": "@pocket/embed", "@cf/baai/bge-m3": "@pocket/embed", "@cf/qwen/qwen3-embedding-0.6b": "@pocket/embed",
		"@cf/baai/bge-reranker-base": "@pocket/embed", "@cf/huggingface/distilbert-sst-2-int8": "@pocket/sentiment",
	} {
		m, _ := c.Find(id)
		if s, ok := c.StandIn(m); !ok || s.ID != want {
			t.Errorf("%s: stand-in %q, want %s", id, s.ID, want)
		}
	}
	for _, id := range []string{"@cf/openai/whisper", "@cf/cloudflare/clef"} {
		m, _ := c.Find(id)
		if s, ok := c.StandIn(m); ok {
			t.Errorf("%s has the stand-in %s", id, s.ID)
		}
	}
}

func TestInstall(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tiny.gguf")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := New()
	for _, id := range []string{"mine", "@cf/meta/llama-3.2-1b-instruct", "@cf/moonshotai/kimi-k2.5"} {
		if err := c.Install(id, path, plexus.TextGeneration, plexus.Native); err != nil {
			t.Fatal(err)
		}
		if m, _ := c.Find(id); m.Weights != path || m.UUID == "" || m.Form == "" {
			t.Errorf("%s: %+v", id, m)
		}
	}
	if m, _ := New().Find("mine"); m.ID != "" {
		t.Error("an installed model leaked into another catalog")
	}
	for id, path := range map[string]string{
		"no-file":   filepath.Join(dir, "absent.gguf"),
		"device":    os.DevNull,
		"../climbs": path,
		"":          path,
	} {
		if err := c.Install(id, path, plexus.TextGeneration, plexus.Native); err == nil {
			t.Errorf("Install(%q, %q) did not fail", id, path)
		}
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"@cf/meta/llama-3.1-8b-instruct": true, "mine": true, "a:b+c_d": true,
		"": false, "..": false, "a/../b": false, "a//b": false, "/a": false, "a/": false, "@": false,
		"a b": false, "a\x00": false, "a%2fb": false, "é": false, strings.Repeat("a", 201): false,
	} {
		if ValidID(id) != want {
			t.Errorf("ValidID(%q) = %v", id, !want)
		}
	}
}

func TestSearch(t *testing.T) {
	c := New()
	for _, q := range []struct {
		query         Query
		with, without string
	}{
		{Query{}, "@pocket/chat", "@cf/meta/llama-3.1-8b-instruct"},
		{Query{IncludeDeprecated: true}, "@cf/meta/llama-3.1-8b-instruct", ""},
		{Query{Task: "text generation"}, "@cf/meta/llama-3.2-1b-instruct", "@cf/openai/whisper"},
		{Query{Task: "dfce1c48-2a81-462e-a7fd-de97ce985207"}, "@cf/openai/whisper", "@cf/meta/llama-3.2-1b-instruct"},
		{Query{Author: "openai"}, "@cf/openai/whisper", "@pocket/chat"},
		{Query{Source: HuggingFace, IncludeDeprecated: true}, "@hf/google/gemma-7b-it", "@pocket/chat"},
		{Query{Text: "WHISPER"}, "@cf/openai/whisper-tiny-en", "@pocket/chat"},
		{Query{HideExperimental: true}, "@pocket/chat", "@cf/llava-hf/llava-1.5-7b-hf"},
	} {
		has := func(id string) bool {
			return slices.ContainsFunc(c.Search(q.query), func(m plexus.Model) bool { return m.ID == id })
		}
		if !has(q.with) || has(q.without) {
			t.Errorf("%+v: %s found %v, %s found %v", q.query, q.with, has(q.with), q.without, has(q.without))
		}
	}
}

func TestNear(t *testing.T) {
	c := New()
	for id, want := range map[string]string{
		"llama-3.2-1b-instruct":          "@cf/meta/llama-3.2-1b-instruct",
		"@cf/meta/llama-3.2-1b-instrukt": "@cf/meta/llama-3.2-1b-instruct",
		"pocket":                         "@pocket/chat",
		"@pocket/chatt":                  "@pocket/chat",
	} {
		if got := c.Near(id); len(got) == 0 || got[0] != want {
			t.Errorf("Near(%q) = %v, want %s first", id, got, want)
		}
	}
	if got := c.Near(strings.Repeat("x", 1<<16)); got != nil {
		t.Errorf("Near of 64 KB = %v", got)
	}
}
