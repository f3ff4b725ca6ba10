package workers

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// bindings names the bindings that wrangler knows and Plexus does not serve.
var bindings = map[string]string{
	"ai_search":                 "AI Search",
	"ai_search_namespaces":      "AI Search",
	"analytics_engine_datasets": "Analytics Engine",
	"artifacts":                 "Artifacts",
	"browser":                   "Browser Rendering",
	"containers":                "Containers",
	"d1_databases":              "D1",
	"dispatch_namespaces":       "Workers for Platforms",
	"data_blobs":                "Data blob",
	"durable_objects":           "Durable Objects",
	"flagship":                  "Flagship",
	"hyperdrive":                "Hyperdrive",
	"images":                    "Images",
	"kv_namespaces":             "KV",
	"logfwdr":                   "Log forwarding",
	"media":                     "Media",
	"mtls_certificates":         "mTLS",
	"pipelines":                 "Pipelines",
	"queues":                    "Queues",
	"r2_buckets":                "R2",
	"ratelimits":                "Rate Limiting",
	"secrets_store_secrets":     "Secrets Store",
	"send_email":                "Email",
	"services":                  "Service",
	"site":                      "Workers Sites",
	"stream":                    "Stream",
	"streaming_tail_consumers":  "Tail Workers",
	"tail_consumers":            "Tail Workers",
	"text_blobs":                "Text blob",
	"unsafe_hello_world":        "Hello World",
	"vectorize":                 "Vectorize",
	"version_metadata":          "Version metadata",
	"vpc_networks":              "VPC",
	"vpc_services":              "VPC",
	"wasm_modules":              "Wasm module",
	"worker_loaders":            "Worker Loader",
	"workflows":                 "Workflows",
}

// settings names the other keys that would change what runs, had Plexus
// heeded them.
var settings = map[string]string{
	"base_dir":                "modules are found by the imports of the entry point",
	"find_additional_modules": "modules are found by the imports of the entry point",
	"jsx_factory":             "say it in tsconfig.json",
	"jsx_fragment":            "say it in tsconfig.json",
	"pages_build_output_dir":  "Pages projects are not served, Workers are",
	"triggers":                "scheduled events are not sent",
	"build":                   "run the command yourself, or as a watcher beside `plexus dev`",
	"no_bundle":               "the entry point is bundled all the same",
}

// unserved returns a warning for each key that has no effect here.
func unserved(keys map[string]json.RawMessage) []string {
	var warnings []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if empty(keys[key]) {
			continue
		}
		if name, ok := bindings[key]; ok {
			warnings = append(warnings, unservedBinding(name, key))
		}
		if hint, ok := settings[key]; ok {
			warnings = append(warnings, fmt.Sprintf("%q has no effect: %s.", key, hint))
		}
	}
	return warnings
}

func unservedBinding(name, key string) string {
	return fmt.Sprintf("%s bindings (%q) are not served by `plexus dev`, and are undefined in env. "+
		"Keep `wrangler dev` for them and take only env.AI from Plexus: see `plexus dev --print-wrangler`.", name, key)
}

// empty says whether a JSON value holds nothing that could be missed.
func empty(raw json.RawMessage) bool {
	var value any
	return json.Unmarshal(raw, &value) == nil && hollow(value)
}

func hollow(value any) bool {
	switch v := value.(type) {
	case []any:
		return !slices.ContainsFunc(v, func(v any) bool { return !hollow(v) })
	case map[string]any:
		for _, v := range v {
			if !hollow(v) {
				return false
			}
		}
		return true
	default:
		return v == nil || v == false || v == ""
	}
}
