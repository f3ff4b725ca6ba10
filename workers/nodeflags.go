package workers

import (
	"slices"
	"strings"
)

// A nodeFlag turns on a module of Node.js that the runtime has, but by itself
// only from a date on.
type nodeFlag struct{ name, date string }

// nodeFlags are the flags by module. Where a project's date is older, wrangler
// bundles a polyfill; here the runtime's own module takes its place.
// See https://github.com/cloudflare/workerd, src/workerd/io/compatibility-date.capnp.
var nodeFlags = map[string][]nodeFlag{
	"child_process":  {{"enable_nodejs_child_process_module", "2026-03-17"}},
	"cluster":        {{"enable_nodejs_cluster_module", "2025-12-04"}},
	"console":        {{"enable_nodejs_console_module", "2025-09-21"}},
	"dgram":          {{"enable_nodejs_dgram_module", "2026-01-29"}},
	"domain":         {{"enable_nodejs_domain_module", "2025-12-04"}},
	"fs":             {{"enable_nodejs_fs_module", "2025-09-15"}},
	"http":           {{"enable_nodejs_http_modules", "2025-08-15"}, {"enable_nodejs_http_server_modules", "2025-09-01"}},
	"http2":          {{"enable_nodejs_http2_module", "2025-09-01"}},
	"https":          {{"enable_nodejs_http_modules", "2025-08-15"}, {"enable_nodejs_http_server_modules", "2025-09-01"}},
	"inspector":      {{"enable_nodejs_inspector_module", "2026-01-29"}},
	"os":             {{"enable_nodejs_os_module", "2025-09-15"}},
	"perf_hooks":     {{"enable_nodejs_perf_hooks_module", "2026-03-17"}},
	"punycode":       {{"enable_nodejs_punycode_module", "2025-12-04"}},
	"readline":       {{"enable_nodejs_readline_module", "2026-03-17"}},
	"repl":           {{"enable_nodejs_repl_module", "2026-03-17"}},
	"sqlite":         {{"enable_nodejs_sqlite_module", "2026-01-29"}},
	"trace_events":   {{"enable_nodejs_trace_events_module", "2025-12-04"}},
	"tty":            {{"enable_nodejs_tty_module", "2026-03-17"}},
	"v8":             {{"enable_nodejs_v8_module", "2026-03-17"}},
	"vm":             {{"enable_nodejs_vm_module", "2025-10-01"}},
	"wasi":           {{"enable_nodejs_wasi_module", "2025-12-04"}},
	"worker_threads": {{"enable_nodejs_worker_threads_module", "2026-03-17"}},
}

// flagsFor returns the flags that the imports of a bundle need beside those of
// c, as far as a runtime of that date knows them.
func flagsFor(c *Config, imports []string, runtimeDate string) []string {
	var flags []string
	for _, path := range imports {
		module, _, _ := strings.Cut(strings.TrimPrefix(path, "node:"), "/")
		for _, f := range nodeFlags[module] {
			disabled := c.flag("disable" + strings.TrimPrefix(f.name, "enable"))
			if c.CompatibilityDate < f.date && f.date <= runtimeDate && !disabled && !c.flag(f.name) && !slices.Contains(flags, f.name) {
				flags = append(flags, f.name)
			}
		}
	}
	return flags
}
