package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// models are the random weights by name.
var models = map[string]gguftest.Spec{
	"Q4_0":   sized(gguftest.Spec{Type: gguf.Q4_0}),
	"Q4_K_M": sized(gguftest.Spec{Mix: true}),
}

// sized gives the shape of Llama 3.2 1B, but for the vocabulary.
func sized(s gguftest.Spec) gguftest.Spec {
	s.Hidden, s.Layers, s.Heads, s.KVHeads, s.FF, s.Vocab, s.Context = 2048, 16, 32, 8, 8192, 32000, 2048
	s.RopeBase = 500000
	return s
}

// modelFile returns the path of a model, and writes the file the first time.
func modelFile(cache, name string) (string, error) {
	spec, ok := models[name]
	if !ok {
		return "", fmt.Errorf("no weights %q", name)
	}
	path := filepath.Join(cache, "llama-1.1b-"+name+".gguf")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(cache, "*.partial")
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name())
	if err := errors.Join(gguftest.Llama(file, spec), file.Close()); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	return path, os.Rename(file.Name(), path)
}

// bytesPerToken returns how many bytes of weights the decoding of one token
// reads: all but the embedding, of which it takes one row.
func bytesPerToken(path string) (float64, error) {
	file, err := gguf.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	sum := 0
	for _, tensor := range file.Tensors {
		if tensor.Name != "token_embd.weight" {
			sum += len(tensor.Data)
		}
	}
	return float64(sum), nil
}
