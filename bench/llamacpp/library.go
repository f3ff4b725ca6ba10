// Package llamacpp binds the prebuilt llama.cpp libraries of the npm package
// @node-llama-cpp/linux-x64, the peer that Plexus is compared with. It may hold
// what a comparison needs (loading, forward passes, tokenising) and no
// comparison itself.
package llamacpp

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/ebitengine/purego"
	"github.com/hybridgroup/yzma/pkg/llama"
)

// ErrMissing says that the libraries are not installed here.
var ErrMissing = errors.New("llama.cpp's libraries are not installed: run `npm ci` in bench/ (Linux x64)")

// Open loads the libraries into the process, once, and silences their log.
var Open = sync.OnceValue(open)

func open() error {
	dir, err := find()
	if err != nil {
		return err
	}
	// The package names its libraries by version, the binding by their plain names.
	for _, name := range []string{"libggml", "libllama"} {
		err := os.Symlink(name+".v0.5.0.so", filepath.Join(dir, name+".so"))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("llamacpp: %w", err)
		}
	}
	if err := llama.Load(dir); err != nil {
		return fmt.Errorf("llamacpp: load %s: %w", dir, err)
	}
	llama.LogSet(llama.LogSilent())
	llama.Init()
	if ggmlBase, err = purego.Dlopen(filepath.Join(dir, "libggml-base.so"), purego.RTLD_NOW); err != nil {
		return fmt.Errorf("llamacpp: %w", err)
	}
	return threads.open()
}

// ggmlBase is the handle of a library that the binding covers in part.
var ggmlBase uintptr

// find returns the folder of the libraries, looking in node_modules of the
// working directory and of every folder above it.
func find() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("llamacpp: %w", err)
	}
	for {
		bins := filepath.Join(dir, "node_modules/@node-llama-cpp/linux-x64/bins/linux-x64")
		if _, err := os.Stat(bins); err == nil {
			return bins, nil
		}
		if dir == filepath.Dir(dir) {
			return "", ErrMissing
		}
		dir = filepath.Dir(dir)
	}
}

var variant = regexp.MustCompile(`(/\S*/libggml-cpu-(\w+)\.so)\n`)

// Variant returns the instruction set that ggml chose for this CPU, such as
// "zen4", and the library that holds it. Call it after Open.
func Variant() (name, path string) {
	maps, _ := os.ReadFile("/proc/self/maps")
	m := variant.FindSubmatch(maps)
	if m == nil {
		return "unknown", ""
	}
	return string(m[2]), string(m[1])
}
