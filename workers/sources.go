package workers

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/evanw/esbuild/pkg/api"
)

// sourcePlugin notes the files that a build reads, and those that it looks for
// by a relative path: what fails to build is mended in one of them.
func (b *bundler) sourcePlugin() api.Plugin {
	source := func(path string) { b.note(func() { b.sources[path] = struct{}{} }) }
	return api.Plugin{Name: "sources", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `^\.`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			path := filepath.Join(args.ResolveDir, args.Path)
			source(path)
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				source(filepath.Join(path, "index"))
			}
			return api.OnResolveResult{}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "file"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			source(args.Path)
			return api.OnLoadResult{}, nil
		})
	}}
}

// inputs are the sources of the last build, good or not.
func (b *bundler) inputs() []string { return slices.Sorted(maps.Keys(b.sources)) }
