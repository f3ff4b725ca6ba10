package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"plexus/catalog"
	"plexus/fleet"
	"plexus/gateway"
	"plexus/kernel"
	"plexus/textgen"
)

// engineFlags say which models there are, and what they may use.
type engineFlags struct {
	Model   []string      `help:"Run FILE, in GGUF, or a folder in Hugging Face's layout, as model NAME: a new name, or one of the catalog. Repeatable." name:"model" placeholder:"NAME=FILE" sep:"none"`
	Quant   string        `help:"Precision of models in folders: ${enum}. 'keep' is their own." enum:"keep,f32,bf16,q8" default:"q8"`
	Threads int           `help:"Threads that compute. Default: one for each processor." placeholder:"N"`
	Memory  size          `help:"Memory for weights and caches, as in 8GiB. Default: three quarters of the machine's." placeholder:"SIZE"`
	Idle    time.Duration `help:"Unload a model that nobody used for so long." default:"10m"`
	Queue   int           `help:"Requests that may wait for a model before it answers 429." default:"256"`
}

// engine is the whole path of a request, in this process.
type engine struct {
	catalog *catalog.Catalog
	fleet   *fleet.Fleet
	gateway *gateway.Gateway
}

// open builds the engine. Nothing is loaded until it is asked for.
func (f *engineFlags) open(g *globals, missing gateway.Missing, log *slog.Logger) (*engine, error) {
	c := catalog.New()
	for _, m := range f.Model {
		name, path, ok := strings.Cut(m, "=")
		if !ok {
			return nil, fmt.Errorf("--model %s: want NAME=FILE, as in --model my-llama=./llama.gguf", m)
		}
		if err := install(c, name, path); err != nil {
			return nil, err
		}
	}
	fl := fleet.New(fleet.Config{
		DataDir:  g.Data,
		Memory:   int64(f.Memory),
		Idle:     f.Idle,
		Threads:  f.Threads,
		Text:     textgen.Options{Queue: f.Queue},
		Quant:    precisions[f.Quant],
		Progress: packingProgress(os.Stderr),
		Log:      log,
	})
	gw, err := gateway.New(c, fl, missing, log)
	if err != nil {
		return nil, errors.Join(err, fl.Close())
	}
	return &engine{c, fl, gw}, nil
}

// unsafeInName is what a file's name may hold and a model's may not.
var unsafeInName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// precisions are the values of --quant.
var precisions = map[string]kernel.Format{"f32": kernel.F32, "bf16": kernel.BF16, "q8": kernel.Q8}

// install makes the weights at path those of model name.
func install(c *catalog.Catalog, name, path string) error {
	task, form, err := fleet.Inspect(path)
	if err != nil {
		return fmt.Errorf("model %s: %w", name, err)
	}
	return c.Install(name, path, task, form)
}

// install makes weights given by their path a model, and returns its name.
func (e *engine) install(path string) (string, error) {
	base := strings.TrimSuffix(filepath.Base(path), ".gguf")
	name := "local/" + strings.Trim(unsafeInName.ReplaceAllString(base, "-"), "-._")
	if !catalog.ValidID(name) {
		name = "local/model"
	}
	return name, install(e.catalog, name, path)
}

// size is a number of bytes, as in "512MiB" or "8GB".
type size int64

var units = []struct {
	suffix string
	bytes  float64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
	{"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"t", 1 << 40},
	{"b", 1}, {"", 1},
}

// UnmarshalText reads a flag.
func (s *size) UnmarshalText(text []byte) error {
	lower := strings.ToLower(string(text))
	for _, u := range units {
		number, ok := strings.CutSuffix(lower, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(n >= 0 && n*u.bytes < 1<<62) {
			return fmt.Errorf("%q is not a size: write 8GiB or 512MiB", text)
		}
		*s = size(n * u.bytes)
		return nil
	}
	return nil // not reached: the last unit has no suffix
}
