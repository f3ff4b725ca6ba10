package workers_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plexus/workers"
)

func TestLoad(t *testing.T) {
	full := workers.Config{
		Name: "demo", Main: "src/index.ts", CompatibilityDate: "2025-01-01", CompatibilityFlags: []string{"nodejs_compat"},
		Vars: map[string]any{"HOST": "example.com", "LIMIT": 3.0}, AI: "AI",
		Assets: &workers.Assets{Directory: "public", Binding: "ASSETS", NotFound: "404-page", WorkerFirst: true},
	}
	tests := []struct {
		name  string
		files map[string]string
		env   string
		want  workers.Config
	}{
		{"jsonc", map[string]string{"wrangler.jsonc": `{
			"name": "demo", // a comment
			"main": "src/index.ts", "compatibility_date": "2025-01-01", "compatibility_flags": ["nodejs_compat"],
			"vars": {"HOST": "example.com", "LIMIT": 3}, "ai": {"binding": "AI"},
			"assets": {"directory": "./public", "binding": "ASSETS", "not_found_handling": "404-page", "run_worker_first": true},
			"kv_namespaces": [],
		}`}, "", full},
		{"toml", map[string]string{"wrangler.toml": `
			name = "demo"
			main = "src/index.ts"
			compatibility_date = "2025-01-01"
			compatibility_flags = ["nodejs_compat"]
			[vars]
			HOST = "example.com"
			LIMIT = 3
			[ai]
			binding = "AI"
			[assets]
			directory = "public"
			binding = "ASSETS"
			not_found_handling = "404-page"
			run_worker_first = true
		`}, "", full},
		{"json comes before the others", map[string]string{
			"wrangler.json":  `{"main": "a.js", "compatibility_date": "2025-01-01"}`,
			"wrangler.jsonc": `{"main": "b.js", "compatibility_date": "2025-01-01"}`,
			"wrangler.toml":  `main = "c.js"`,
		}, "", workers.Config{Main: "a.js", CompatibilityDate: "2025-01-01", Vars: map[string]any{}}},
		{"an environment inherits settings, not bindings and variables", map[string]string{"wrangler.json": `{
			"name": "demo", "main": "a.js", "compatibility_date": "2025-01-01", "ai": {"binding": "AI"}, "vars": {"A": "top"},
			"r2_buckets": [{"binding": "R2"}],
			"env": {"staging": {"vars": {"B": "staging"}, "compatibility_flags": ["x"]}}
		}`}, "staging", workers.Config{
			Name: "demo-staging", Main: "a.js", CompatibilityDate: "2025-01-01", CompatibilityFlags: []string{"x"}, Vars: map[string]any{"B": "staging"},
			Warnings: []string{
				`"ai" is set at the top level, but not in env.staging, which does not inherit it: repeat it there if it should hold.`,
				`"r2_buckets" is set at the top level, but not in env.staging, which does not inherit it: repeat it there if it should hold.`,
			},
		}},
		{"secrets of an environment", map[string]string{
			"wrangler.json":     `{"main": "a.js", "compatibility_date": "2025-01-01", "env": {"staging": {"name": "own"}}}`,
			".dev.vars":         "A=top",
			".dev.vars.staging": "B=staging",
		}, "staging", workers.Config{Name: "own", Main: "a.js", CompatibilityDate: "2025-01-01", Vars: map[string]any{"B": "staging"}}},
		{"the binding as wrangler dev gets it from Plexus", map[string]string{"wrangler.json": `{
			"main": "a.js", "compatibility_date": "2025-01-01", "unsafe": {"bindings": [{"name": "AI", "type": "ai", "dev": {}}]}
		}`}, "", workers.Config{Main: "a.js", CompatibilityDate: "2025-01-01", Vars: map[string]any{}, AI: "AI"}},
		{"what has no effect", map[string]string{"wrangler.json": `{
			"main": "a.js", "compatibility_date": "2025-01-01",
			"d1_databases": [{"binding": "DB"}], "queues": {}, "build": {"command": "make"}
		}`}, "", workers.Config{Main: "a.js", CompatibilityDate: "2025-01-01", Vars: map[string]any{}, Warnings: []string{
			`"build" has no effect: run the command yourself, or as a watcher beside ` + "`plexus dev`.",
			`D1 bindings ("d1_databases") are not served by ` + "`plexus dev`" + `, and are undefined in env. Keep ` + "`wrangler dev`" +
				` for them and take only env.AI from Plexus: see ` + "`plexus dev --print-wrangler`.",
		}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := files(t, test.files)
			got, err := workers.Load(dir, test.env)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range []*string{&got.Main, &got.Path} {
				*path, _ = filepath.Rel(dir, *path)
			}
			if got.Assets != nil {
				got.Assets.Directory, _ = filepath.Rel(dir, got.Assets.Directory)
			}
			got.Dir, got.Path, got.Files = "", "", nil
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	tests := []struct {
		name, file, text, env, want string
	}{
		{"no configuration", "README", "", "", "no wrangler.json, wrangler.jsonc, wrangler.toml in "},
		{"bad JSON", "wrangler.jsonc", "{\n  \"main\": oops\n}", "", "line 2"},
		{"bad TOML", "wrangler.toml", "main = \"a.js\"\nname = oops", "", "line 2"},
		{"wrong type", "wrangler.json", `{"main": 3}`, "", "main"},
		{"not an object", "wrangler.json", `[]`, "", "wrangler.json"},
		{"no entry point", "wrangler.json", `{"name": "x"}`, "", `"main" is missing`},
		{"no such environment", "wrangler.json", `{"main": "a.js", "env": {"b": {}, "a": {}}}`, "c", "there is no env.c; the environments are: a, b"},
		{"no environments", "wrangler.json", `{"main": "a.js"}`, "c", "there is no env.c; the configuration has no environments"},
		{"null", "wrangler.json", `null`, "", `"main" is missing`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := workers.Load(files(t, map[string]string{test.file: test.text}), test.env)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestDotenv(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.json": `{"main": "a.js", "compatibility_date": "2025-01-01"}`,
		".dev.vars": strings.Join([]string{
			"BARE=a b  # comment", "  export SPACED = x ", "SINGLE='a # $b \\n'", `DOUBLE="a\nb#"`, "BACK=`a \"b\" 'c'`",
			"EMPTY=", `NONE=""`, "# COMMENTED=1", "MANY=\"one", "two\"", "URL=http://x/?a=b", "TWICE=1", "TWICE=2", "not a line",
		}, "\r\n"),
	})
	c, err := workers.Load(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"BARE": "a b", "SPACED": "x", "SINGLE": `a # $b \n`, "DOUBLE": "a\nb#", "BACK": `a "b" 'c'`,
		"EMPTY": "", "NONE": "", "MANY": "one\r\ntwo", "URL": "http://x/?a=b", "TWICE": "2",
	}
	if diff := cmp.Diff(want, c.Vars); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
