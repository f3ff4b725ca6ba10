package workers

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// indifferent are the keys that change nothing of what runs on one machine:
// they are about deployment, about the wrangler that reads them, or about how
// the code looks.
var indifferent = []string{
	"$schema", "account_id", "cloudchamber", "compliance_region", "dev", "env", "first_party_worker", "keep_names",
	"keep_vars", "legacy_env", "limits", "logpush", "migrations", "minify", "observability", "placement",
	"preserve_file_names", "preview_urls", "previews", "python_modules", "route", "routes", "secrets", "send_metrics",
	"upload_source_maps", "workers_dev",
}

// Every key that wrangler knows is read, warned of, or known not to matter.
func TestUnservedKnowsWrangler(t *testing.T) {
	data, err := os.ReadFile("../examples/vitest/node_modules/wrangler/config-schema.json")
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
		t.Skip("needs wrangler, which `make tools` installs")
	}
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions map[string]struct {
			Properties map[string]struct {
				Description string `json:"description"`
			} `json:"properties"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	keys := schema.Definitions["RawConfig"].Properties
	if len(keys) < 50 {
		t.Fatalf("the schema of wrangler has %d keys", len(keys))
	}
	var read []string
	for field := range reflect.TypeFor[file]().Fields() {
		read = append(read, field.Tag.Get("json"))
	}
	for key, property := range keys {
		warned := len(unserved(map[string]json.RawMessage{key: json.RawMessage(`{"x": 1}`)})) > 0
		if !slices.Contains(read, key) && !slices.Contains(indifferent, key) && !warned {
			t.Errorf("%q is new: serve it, warn of it, or name it here", key)
		}
		inherits := !strings.Contains(property.Description, "not automatically inherited") && key != "version_metadata" // which forgets to say so
		if warned && slices.Contains(inherited, key) != inherits {
			t.Errorf("environments inherit %q: %t", key, inherits)
		}
	}
	for _, key := range indifferent {
		if _, ok := keys[key]; !ok {
			t.Errorf("wrangler no longer knows %q", key)
		}
	}
}

func TestUnserved(t *testing.T) {
	tests := []struct{ key, value, want string }{
		{"vpc_services", `[{"binding": "A"}]`, `VPC bindings ("vpc_services") are not served`},
		{"site", `{"bucket": "public"}`, `Workers Sites bindings ("site") are not served`},
		{"triggers", `{"crons": ["* * * * *"]}`, `"triggers" has no effect: scheduled events are not sent.`},
		{"jsx_factory", `"h"`, `"jsx_factory" has no effect: say it in tsconfig.json.`},
		{"kv_namespaces", `[]`, ""},
		{"no_bundle", `false`, ""},
		{"triggers", `{"crons": []}`, ""},
		{"durable_objects", `{"bindings": []}`, ""},
	}
	for _, test := range tests {
		got := strings.Join(unserved(map[string]json.RawMessage{test.key: json.RawMessage(test.value)}), "\n")
		if got != test.want && (test.want == "" || !strings.HasPrefix(got, test.want)) {
			t.Errorf("%s = %s warns %q, want %q", test.key, test.value, got, test.want)
		}
	}
}
