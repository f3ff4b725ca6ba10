package workers

import (
	"fmt"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// nodeModules are the modules of Node.js that may be imported without "node:".
const nodeModules = "_http_agent|_http_client|_http_common|_http_incoming|_http_outgoing|_http_server|" +
	"_stream_duplex|_stream_passthrough|_stream_readable|_stream_transform|_stream_wrap|_stream_writable|" +
	"_tls_common|_tls_wrap|assert|assert/strict|async_hooks|buffer|child_process|cluster|console|constants|" +
	"crypto|dgram|diagnostics_channel|dns|dns/promises|domain|events|fs|fs/promises|http|http2|https|" +
	"inspector|inspector/promises|module|net|os|path|path/posix|path/win32|perf_hooks|process|punycode|" +
	"querystring|readline|readline/promises|repl|stream|stream/consumers|stream/promises|stream/web|" +
	"string_decoder|sys|timers|timers/promises|tls|trace_events|tty|url|util|util/types|v8|vm|wasi|" +
	"worker_threads|zlib"

// required is the namespace of the modules that stand between a require call
// and a module of the runtime, which can only be imported.
const required = "required-from-runtime"

// runtimePlugin leaves the modules of the runtime to the runtime: cloudflare:,
// workerd: and node:, and with nodejs_compat the names of Node.js without a
// prefix too.
func (b *bundler) runtimePlugin(nodejs bool) api.Plugin {
	external := func(args api.OnResolveArgs, path string) (api.OnResolveResult, error) {
		b.note(func() { b.imports[path] = struct{}{} })
		if args.Kind == api.ResolveJSRequireCall {
			return api.OnResolveResult{Path: path, Namespace: required}, nil
		}
		return api.OnResolveResult{Path: path, External: true}, nil
	}
	setup := func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `^(cloudflare|workerd|node):`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			return external(args, args.Path)
		})
		build.OnResolve(api.OnResolveOptions{Filter: "^(" + nodeModules + ")$"}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if nodejs {
				return external(args, "node:"+args.Path)
			}
			return withoutCompat(build, args)
		})
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: required}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			contents := fmt.Sprintf("import module_ from %q; module.exports = module_;", args.Path)
			return api.OnLoadResult{Contents: &contents, Loader: api.LoaderJS}, nil
		})
	}
	return api.Plugin{Name: "runtime modules", Setup: setup}
}

// withoutCompat resolves the name of a Node.js module to the npm package of
// that name, if there is one.
func withoutCompat(build api.PluginBuild, args api.OnResolveArgs) (api.OnResolveResult, error) {
	if _, ours := args.PluginData.(resolving); ours {
		return api.OnResolveResult{}, nil
	}
	found := build.Resolve(args.Path, api.ResolveOptions{
		Importer: args.Importer, ResolveDir: args.ResolveDir, Kind: args.Kind, PluginData: resolving{},
	})
	if len(found.Errors) == 0 {
		return api.OnResolveResult{Path: found.Path, Namespace: found.Namespace, SideEffects: sideEffects(found)}, nil
	}
	return api.OnResolveResult{Errors: []api.Message{{
		Text: fmt.Sprintf("%q is a module of Node.js. Add \"nodejs_compat\" to \"compatibility_flags\" to use it.", strings.TrimPrefix(args.Path, "node:")),
	}}}, nil
}

func sideEffects(found api.ResolveResult) api.SideEffects {
	if found.SideEffects {
		return api.SideEffectsTrue
	}
	return api.SideEffectsFalse
}
