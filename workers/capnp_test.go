package workers

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWorkerdConfig(t *testing.T) {
	c := &Config{
		CompatibilityDate: "2025-01-01", CompatibilityFlags: []string{"nodejs_compat", "streams_enable_constructors"},
		Vars:   map[string]any{"TEXT": "a \"b\" \\ c\nd\x01é", "JSON": map[string]any{"a": []any{1.0, nil}}},
		AI:     "AI",
		Assets: &Assets{Binding: "ASSETS"},
	}
	b := &Bundle{Modules: []Module{{Name: entryName, Type: "ESModule"}, {Name: "./add.wasm", Type: "CompiledWasm"}}, Imports: []string{"cloudflare:sockets", "node:fs", "node:fs/promises", "node:path", "node:v8"}}
	got := workerdConfig(c, b, layout{Name: "worker-1", Worker: "/tmp/v1/http.sock", AI: "/tmp/ai", Assets: "/tmp/assets", Cache: "/tmp/cache"}, "2025-12-31")
	want, err := os.ReadFile("testdata/config.capnp")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
