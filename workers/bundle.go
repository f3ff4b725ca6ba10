package workers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// entryName is the module name of the bundled entry point.
const entryName = "worker.js"

// Bundle is a Worker ready to run.
type Bundle struct {
	Modules   []Module // the entry point first
	SourceMap []byte   // of the entry point
	Imports   []string // the modules of the runtime, as "node:fs"
	Warnings  string   // of the build, for a terminal; usually empty
}

// Module is one file of a Worker. Type is wrangler's word for it.
type Module struct {
	Name string
	Type string // ESModule, Text, Data or CompiledWasm
	Data []byte
}

// BuildError says why a project could not be bundled.
type BuildError struct {
	Problems []api.Message
}

// Error is the first problem, on one line.
func (e *BuildError) Error() string {
	first := e.Problems[0]
	if l := first.Location; l != nil {
		return fmt.Sprintf("%s:%d:%d: %s", l.File, l.Line, l.Column+1, first.Text)
	}
	return first.Text
}

// Format shows every problem with file, line and excerpt.
func (e *BuildError) Format(color bool) string { return format(e.Problems, api.ErrorMessage, color) }

func format(problems []api.Message, kind api.MessageKind, color bool) string {
	return strings.Join(api.FormatMessages(problems, api.FormatMessagesOptions{Kind: kind, Color: color}), "")
}

// bundler builds one configuration over and over, reusing what has not
// changed.
type bundler struct {
	config  *Config
	context api.BuildContext

	mu      sync.Mutex          // esbuild calls the plugins at once
	modules map[string]Module   // of the current build, beside the entry point
	sources map[string]struct{} // of the current build, the files that it is made of, or lacks
	imports map[string]struct{}
}

func (b *bundler) note(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// newBundler prepares the bundling of c.Main with the options that wrangler
// gives to esbuild.
func newBundler(c *Config) (*bundler, error) {
	b := &bundler{config: c}
	rules, err := b.modulePlugin()
	if err != nil {
		return nil, err
	}
	define := map[string]string{
		"process.env.NODE_ENV":            `"development"`,
		"global.process.env.NODE_ENV":     `"development"`,
		"globalThis.process.env.NODE_ENV": `"development"`,
	}
	for name, value := range c.Define {
		define[name] = value
	}
	context, failed := api.Context(api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{{InputPath: c.Main, OutputPath: strings.TrimSuffix(entryName, ".js")}},
		AbsWorkingDir:       c.Dir,
		Outdir:              c.Dir,
		Bundle:              true,
		Format:              api.FormatESModule,
		Target:              api.ES2024,
		Supported:           map[string]bool{"import-source": true},
		Platform:            api.PlatformBrowser,
		Conditions:          []string{"workerd", "worker", "browser"},
		External:            []string{"__STATIC_CONTENT_MANIFEST"},
		Loader:              map[string]api.Loader{".js": api.LoaderJSX, ".mjs": api.LoaderJSX, ".cjs": api.LoaderJSX},
		Define:              define,
		Alias:               c.Alias,
		Tsconfig:            c.TSConfig,
		KeepNames:           true,
		Sourcemap:           api.SourceMapExternal,
		Metafile:            true,
		Plugins:             []api.Plugin{b.sourcePlugin(), rules, b.runtimePlugin(c.flag("nodejs_compat") || c.flag("nodejs_compat_v2"))},
		LogLevel:            api.LogLevelSilent,
	})
	if failed != nil {
		return nil, &BuildError{failed.Errors}
	}
	b.context = context
	return b, nil
}

func (b *bundler) close() { b.context.Dispose() }

// metafile is what is read of esbuild's account of a build.
type metafile struct {
	Outputs map[string]struct {
		Exports    []string `json:"exports"`
		EntryPoint string   `json:"entryPoint"`
	} `json:"outputs"`
}

// build bundles the sources as they are now. The error is a *BuildError.
func (b *bundler) build() (*Bundle, error) {
	b.modules, b.sources, b.imports = map[string]Module{}, map[string]struct{}{}, map[string]struct{}{}
	result := b.context.Rebuild()
	if len(result.Errors) > 0 {
		return nil, &BuildError{b.explain(result.Errors)}
	}
	var meta metafile
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return nil, fmt.Errorf("esbuild's metafile: %w", err)
	}
	if err := checkExports(b.config, meta); err != nil {
		return nil, err
	}
	bundle := &Bundle{
		Imports:  slices.Sorted(maps.Keys(b.imports)),
		Warnings: format(result.Warnings, api.WarningMessage, false),
	}
	for _, out := range result.OutputFiles {
		switch filepath.Base(out.Path) {
		case entryName + ".map":
			bundle.SourceMap = out.Contents
		case entryName:
			bundle.Modules = append(bundle.Modules, Module{entryName, "ESModule", out.Contents})
		} // what else there is, as the styles that a script imports, nobody asks for
	}
	if len(bundle.Modules) != 1 {
		return nil, errors.New("esbuild did not write exactly one module")
	}
	for _, m := range b.modules {
		bundle.Modules = append(bundle.Modules, m)
	}
	slices.SortFunc(bundle.Modules[1:], func(x, y Module) int { return cmp.Compare(x.Name, y.Name) })
	return bundle, nil
}

// uninstalled is esbuild's error about a package, not about a file.
var uninstalled = regexp.MustCompile(`^Could not resolve "([^./"][^"]*)"$`)

// explain replaces esbuild's advice, which is for its own command line.
func (b *bundler) explain(problems []api.Message) []api.Message {
	for i, p := range problems {
		if m := uninstalled.FindStringSubmatch(p.Text); m != nil {
			problems[i].Notes = []api.Note{{Text: fmt.Sprintf("Is the package installed? Run `npm install` in %s.", b.config.Dir)}}
		}
	}
	return problems
}

// checkExports refuses what workerd would refuse with a less helpful text.
func checkExports(c *Config, meta metafile) error {
	for _, out := range meta.Outputs {
		if out.EntryPoint != "" && !slices.Contains(out.Exports, "default") {
			return &BuildError{[]api.Message{{
				Text:     "The entry point has no default export. A Worker is an ES module with `export default { fetch(request, env, ctx) { ... } }`; the older service worker format is not served.",
				Location: &api.Location{File: out.EntryPoint, Line: 1},
			}}}
		}
	}
	return nil
}

// same says whether two bundles run alike, down to the places in their stacks.
func (b *Bundle) same(other *Bundle) bool {
	return bytes.Equal(b.SourceMap, other.SourceMap) && slices.EqualFunc(b.Modules, other.Modules, func(x, y Module) bool {
		return x.Name == y.Name && x.Type == y.Type && bytes.Equal(x.Data, y.Data)
	})
}
