package workers

import (
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// defaultRules are wrangler's.
// See https://developers.cloudflare.com/workers/wrangler/bundling/.
var defaultRules = []Rule{
	{Type: "Text", Globs: []string{"**/*.txt", "**/*.html", "**/*.sql"}},
	{Type: "Data", Globs: []string{"**/*.bin"}},
	{Type: "CompiledWasm", Globs: []string{"**/*.wasm", "**/*.wasm?module"}},
}

// resolving marks the imports that the module plugin itself resolves.
type resolving struct{}

// modulePlugin keeps the imports that a rule names out of the bundle, as
// modules beside it. A module is named by its content, so that a change of the
// content is a change of the bundle.
func (b *bundler) modulePlugin() (api.Plugin, error) {
	rules := append(append([]Rule{}, b.config.Rules...), defaultRules...)
	for _, rule := range rules {
		switch rule.Type {
		case "Text", "Data", "CompiledWasm", "ESModule", "CommonJS":
		default:
			return api.Plugin{}, fmt.Errorf("rules: there is no module type %q", rule.Type)
		}
	}
	setup := func(build api.PluginBuild) {
		for _, rule := range rules {
			if rule.Type == "ESModule" || rule.Type == "CommonJS" {
				continue // those are bundled anyway
			}
			for _, glob := range rule.Globs {
				build.OnResolve(api.OnResolveOptions{Filter: globPattern(glob)}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
					return b.module(build, rule.Type, args)
				})
			}
		}
	}
	return api.Plugin{Name: "module rules", Setup: setup}, nil
}

func (b *bundler) module(build api.PluginBuild, kind string, args api.OnResolveArgs) (api.OnResolveResult, error) {
	if _, ours := args.PluginData.(resolving); ours || args.Kind == api.ResolveEntryPoint {
		return api.OnResolveResult{}, nil
	}
	found := build.Resolve(strings.TrimSuffix(args.Path, "?module"), api.ResolveOptions{
		Importer: args.Importer, ResolveDir: args.ResolveDir, Kind: args.Kind, PluginData: resolving{},
	})
	if len(found.Errors) > 0 {
		return api.OnResolveResult{Errors: found.Errors}, nil
	}
	b.note(func() { b.sources[found.Path] = struct{}{} })
	data, err := os.ReadFile(found.Path)
	if err != nil {
		return api.OnResolveResult{}, err
	}
	name := fmt.Sprintf("./%x-%s", sha1.Sum(data), filepath.Base(found.Path))
	b.note(func() { b.modules[name] = Module{name, kind, data} })
	return api.OnResolveResult{Path: name, External: true}, nil
}

// globPattern is the regular expression of a glob with *, ** and literal
// characters, matched against the path as it is imported.
func globPattern(glob string) string {
	pattern := regexp.QuoteMeta(glob)
	pattern = strings.NewReplacer(`\*\*/`, `(?:.*/)?`, `\*\*`, `.*`, `\*`, `[^/]*`).Replace(pattern)
	return "^" + pattern + "$"
}
