package workers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Config is what a wrangler configuration says about one environment of a
// project, as far as Plexus serves it. Paths are absolute.
// See https://developers.cloudflare.com/workers/wrangler/configuration/.
type Config struct {
	Dir  string // of the project
	Path string // of the configuration file

	Name               string
	Main               string // entry point; empty for a project of assets only
	CompatibilityDate  string
	CompatibilityFlags []string
	Vars               map[string]any // a string, or any other JSON value
	AI                 string         // name of the AI binding, or empty
	Assets             *Assets

	Define   map[string]string
	Alias    map[string]string
	TSConfig string
	Rules    []Rule

	// Files are the paths that decide over this Config, existing or not.
	Files []string
	// Warnings say, a sentence each, what of the configuration has no effect.
	Warnings []string
}

// Assets says which static files are served, and how.
// See https://developers.cloudflare.com/workers/static-assets/.
type Assets struct {
	Directory      string
	Binding        string
	HTML           string // html_handling
	NotFound       string // not_found_handling
	WorkerFirst    bool   // run_worker_first is true
	WorkerPatterns []string
}

// Rule says which imports become modules of their own, and of which type.
type Rule struct {
	Type  string   `json:"type"` // Text, Data or CompiledWasm
	Globs []string `json:"globs"`
}

// configNames are the file names of a wrangler configuration, in wrangler's
// order of preference.
var configNames = []string{"wrangler.json", "wrangler.jsonc", "wrangler.toml"}

// inherited are the keys that an environment takes over from the top level
// where it does not set them itself.
var inherited = []string{
	"name", "main", "compatibility_date", "compatibility_flags", "assets", "alias", "tsconfig", "rules",
	"base_dir", "build", "data_blobs", "find_additional_modules", "jsx_factory", "jsx_fragment", "logfwdr",
	"no_bundle", "pages_build_output_dir", "site", "text_blobs", "triggers", "wasm_modules",
}

// notInherited are the keys, beside the bindings that Plexus does not serve,
// of which wrangler warns if only the top level sets them.
var notInherited = []string{"ai", "define", "unsafe", "vars"}

// file is the configuration of one environment after inheritance.
type file struct {
	Name               string            `json:"name"`
	Main               string            `json:"main"`
	CompatibilityDate  string            `json:"compatibility_date"`
	CompatibilityFlags []string          `json:"compatibility_flags"`
	Vars               map[string]any    `json:"vars"`
	Define             map[string]string `json:"define"`
	Alias              map[string]string `json:"alias"`
	TSConfig           string            `json:"tsconfig"`
	Rules              []Rule            `json:"rules"`
	AI                 struct {
		Binding string `json:"binding"`
	} `json:"ai"`
	Unsafe struct {
		Bindings []unsafeBinding `json:"bindings"`
	} `json:"unsafe"`
	Assets *struct {
		Directory      string `json:"directory"`
		Binding        string `json:"binding"`
		HTML           string `json:"html_handling"`
		NotFound       string `json:"not_found_handling"`
		RunWorkerFirst any    `json:"run_worker_first"`
	} `json:"assets"`
}

// unsafeBinding is a binding that wrangler hands on as it is. One of the type
// "ai" is how wrangler dev takes env.AI from Plexus.
type unsafeBinding struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Load reads the wrangler configuration in dir for the environment env, or
// for the top level if env is empty, and the .dev.vars beside it.
func Load(dir, env string) (*Config, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	path, err := findConfig(dir)
	if err != nil {
		return nil, err
	}
	top, err := readConfig(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c := &Config{Dir: dir, Path: path}
	for _, name := range configNames {
		c.Files = append(c.Files, filepath.Join(dir, name))
	}
	keys, err := c.environment(top, env)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := c.apply(keys); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.Warnings = append(c.Warnings, unserved(keys)...)
	if err := c.readDevVars(env); err != nil {
		return nil, err
	}
	return c, nil
}

func findConfig(dir string) (string, error) {
	if _, err := os.Stat(dir); err != nil {
		return "", err
	}
	for _, name := range configNames {
		path := filepath.Join(dir, name)
		_, err := os.Stat(path)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("no %s in %s: name the folder of a Worker project, or start one there with `npm create cloudflare`",
		strings.Join(configNames, ", "), dir)
}

// environment returns the keys that hold for env: its own, and those that it
// inherits from the top level.
func (c *Config) environment(top map[string]json.RawMessage, env string) (map[string]json.RawMessage, error) {
	var envs map[string]map[string]json.RawMessage
	if raw, ok := top["env"]; ok {
		if err := json.Unmarshal(raw, &envs); err != nil {
			return nil, fmt.Errorf("env: %w", err)
		}
	}
	if env == "" {
		return top, nil
	}
	keys, ok := envs[env]
	if !ok {
		known := slices.Sorted(maps.Keys(envs))
		if len(known) == 0 {
			return nil, fmt.Errorf("there is no env.%s; the configuration has no environments", env)
		}
		return nil, fmt.Errorf("there is no env.%s; the environments are: %s", env, strings.Join(known, ", "))
	}
	keys = maps.Clone(keys)
	if keys == nil {
		keys = map[string]json.RawMessage{}
	}
	if _, ok := keys["name"]; !ok {
		var name string
		if raw, ok := top["name"]; ok && json.Unmarshal(raw, &name) == nil {
			keys["name"], _ = json.Marshal(name + "-" + env)
		}
	}
	for key, value := range top {
		if _, ok := keys[key]; ok {
			continue
		}
		if slices.Contains(inherited, key) {
			keys[key] = value
		} else if _, binding := bindings[key]; binding || slices.Contains(notInherited, key) {
			c.Warnings = append(c.Warnings, fmt.Sprintf(
				"%q is set at the top level, but not in env.%s, which does not inherit it: repeat it there if it should hold.", key, env))
		}
	}
	slices.Sort(c.Warnings)
	return keys, nil
}

// apply fills c from the keys of one environment.
func (c *Config) apply(keys map[string]json.RawMessage) error {
	joined, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	var f file
	if err := json.Unmarshal(joined, &f); err != nil {
		return err
	}
	c.Name, c.CompatibilityDate, c.CompatibilityFlags = f.Name, f.CompatibilityDate, f.CompatibilityFlags
	c.Vars, c.Define, c.Alias, c.Rules, c.AI = f.Vars, f.Define, f.Alias, f.Rules, f.AI.Binding
	for _, b := range f.Unsafe.Bindings {
		if b.Type == "ai" {
			c.AI = b.Name
		} else {
			c.Warnings = append(c.Warnings, unservedBinding("Unsafe", "unsafe.bindings"))
		}
	}
	if c.Vars == nil {
		c.Vars = map[string]any{}
	}
	c.Main, c.TSConfig = c.path(f.Main), c.path(f.TSConfig)
	if c.CompatibilityDate == "" {
		c.CompatibilityDate = "2025-01-01"
		c.Warnings = append(c.Warnings, `No "compatibility_date" is set; using `+c.CompatibilityDate+".")
	}
	if f.Assets != nil {
		a := &Assets{Directory: c.path(f.Assets.Directory), Binding: f.Assets.Binding, HTML: f.Assets.HTML, NotFound: f.Assets.NotFound}
		switch first := f.Assets.RunWorkerFirst.(type) {
		case bool:
			a.WorkerFirst = first
		case []any:
			for _, pattern := range first {
				a.WorkerPatterns = append(a.WorkerPatterns, fmt.Sprint(pattern))
			}
		}
		if a.Directory == "" {
			return errors.New(`"assets" needs a "directory"`)
		}
		c.Assets = a
	}
	if c.Main == "" && c.Assets == nil {
		return errors.New(`"main" is missing: the entry point of the Worker, like "src/index.ts"`)
	}
	return nil
}

func (c *Config) path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}

// flag says whether a compatibility flag is set.
func (c *Config) flag(name string) bool { return slices.Contains(c.CompatibilityFlags, name) }
