package workers

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// layout says where the parts of one running version meet: unix sockets, all
// in a folder that only this user can enter.
type layout struct {
	// Name is the Worker's. It is also the path of its inspector, which lets
	// whoever knows it run code: web pages must not guess it.
	Name   string
	Worker string // the Worker listens here
	AI     string // the fetcher behind env.AI
	Assets string // the fetcher behind the assets binding
	Cache  string // what the caches of the Worker ask
}

// workerdConfig is the configuration of the runtime for one version of a
// Worker, in Cap'n Proto text. The modules are expected in files beside it, as
// moduleFile names them. The date is the runtime's.
// See https://github.com/cloudflare/workerd, src/workerd/server/workerd.capnp.
func workerdConfig(c *Config, b *Bundle, l layout, date string) string {
	var modules []string
	for i, m := range b.Modules {
		modules = append(modules, fmt.Sprintf("(name = %s, %s = embed %s)", quote(m.Name), moduleKinds[m.Type], quote(moduleFile(i))))
	}
	var bound []string
	for _, name := range slices.Sorted(maps.Keys(c.Vars)) {
		bound = append(bound, fmt.Sprintf("(name = %s, %s)", quote(name), variable(c.Vars[name])))
	}
	services := []string{
		`(name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true)))`,
		external("cache", l.Cache),
	}
	if c.AI != "" {
		bound = append(bound, fmt.Sprintf(`(name = %s, wrapped = (moduleName = "cloudflare-internal:ai-api", innerBindings = [(name = "fetcher", service = "ai")]))`, quote(c.AI)))
		services = append(services, external("ai", l.AI))
	}
	if c.Assets != nil && c.Assets.Binding != "" {
		bound = append(bound, fmt.Sprintf(`(name = %s, service = "assets")`, quote(c.Assets.Binding)))
		services = append(services, external("assets", l.Assets))
	}
	var flags []string
	for _, flag := range slices.Concat(c.CompatibilityFlags, flagsFor(c, b.Imports, date)) {
		flags = append(flags, quote(flag))
	}
	return fmt.Sprintf(`using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  structuredLogging = true,
  sockets = [(name = "http", address = %s, service = %s, http = (cfBlobHeader = %s))],
  services = [
    (name = %s, worker = (
      compatibilityDate = %s,
      compatibilityFlags = [%s],
      modules = [
        %s
      ],
      bindings = [
        %s
      ],
      globalOutbound = "internet",
      cacheApiOutbound = "cache",
    )),
    %s
  ],
);
`, quote("unix:"+l.Worker), quote(l.Name), quote(cfHeader), quote(l.Name), quote(c.CompatibilityDate), strings.Join(flags, ", "),
		strings.Join(modules, ",\n        "), strings.Join(bound, ",\n        "), strings.Join(services, ",\n    "))
}

// moduleKinds are the runtime's words for wrangler's module types.
var moduleKinds = map[string]string{"ESModule": "esModule", "Text": "text", "Data": "data", "CompiledWasm": "wasm"}

// moduleFile is the file of a Bundle's i-th module.
func moduleFile(i int) string { return fmt.Sprintf("module%d", i) }

func external(name, socket string) string {
	return fmt.Sprintf(`(name = %s, external = (address = %s, http = ()))`, quote(name), quote("unix:"+socket))
}

// variable is the value of a binding: text as it is, all else as JSON.
func variable(value any) string {
	if text, ok := value.(string); ok {
		return "text = " + quote(text)
	}
	encoded, _ := json.Marshal(value) // cannot fail: it came from JSON
	return "json = " + quote(string(encoded))
}

// quote is a Cap'n Proto string literal. It knows fewer escapes than Go's.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
