// Package gguf reads models in GGUF files: their metadata and their tensors, dequantised to floats or
// repacked for the kernels. Files come from outside, so nothing in one is trusted: every length and offset
// is checked before it is used. Networks, tokenisers and the meaning of metadata keys belong elsewhere.
package gguf

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"

	"plexus/tensor"
	"plexus/weights"
)

// File is a model: the metadata and the tensors of one GGUF file, or of all the shards of a split one.
// Tensor data stays in the mapped file until it is read; it must not be used after Close.
type File struct {
	Path    string // as given to Open; empty for Parse
	Meta    Metadata
	Tensors []Tensor

	Parts []weights.Part

	index map[string]int
}

// Open maps the model at path, which must be a regular file (or a link to one). Given the first shard of a
// split model (name-00001-of-0000N.gguf) it opens the others beside it and returns them as one File.
func Open(path string) (*File, error) {
	f, err := openOne(path)
	if err != nil {
		return nil, fmt.Errorf("gguf: %w", err)
	}
	if n, _ := f.Meta.Uint("split.count"); n > 1 {
		if err := f.openShards(n); err != nil {
			f.Close()
			return nil, fmt.Errorf("gguf: %s: %w", filepath.Base(path), err)
		}
	}
	return f, nil
}

// Parse reads a model that is already in memory and keeps referring to data.
func Parse(data []byte) (*File, error) {
	f, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("gguf: %w", err)
	}
	if n, _ := f.Meta.Uint("split.count"); n > 1 {
		return nil, fmt.Errorf("gguf: one of %d shards: open a split model by its path", n)
	}
	return f, nil
}

func openOne(path string) (*File, error) {
	p, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	var f *File
	err = tensor.CatchFault(func() (err error) { f, err = parse(p.Bytes); return err })
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	p.Header = f.Parts[0].Header
	f.Path, f.Parts[0] = path, *p
	return f, nil
}

// Files returns the path that the model was opened by and its files.
func (f *File) Files() (path string, parts []weights.Part) { return f.Path, f.Parts }

// All ranges over the tensors by name.
func (f *File) All() iter.Seq2[string, weights.Tensor] {
	return func(yield func(string, weights.Tensor) bool) {
		for i := range f.Tensors {
			if t := &f.Tensors[i]; !yield(t.Name, t) {
				return
			}
		}
	}
}

// Tensor returns the tensor called name.
func (f *File) Tensor(name string) (*Tensor, bool) {
	i, ok := f.index[name]
	if !ok {
		return nil, false
	}
	return &f.Tensors[i], true
}

// Close unmaps the file. No tensor may be read after it.
func (f *File) Close() error {
	var errs []error
	for i := range f.Parts {
		errs = append(errs, f.Parts[i].Close())
	}
	f.Parts, f.Tensors, f.index = nil, nil, nil
	return errors.Join(errs...)
}
