// Package safetensors reads models in safetensors files
// (https://github.com/huggingface/safetensors), whole or in shards. Files come
// from outside, so nothing in one is trusted: every length and offset is
// checked before it is used. Networks and the meaning of names belong
// elsewhere.
package safetensors

import (
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"plexus/tensor"
	"plexus/weights"
)

// File is a model: the tensors of one safetensors file, or of all the shards
// that an index names. Their data stays in the mapped files until it is read;
// it must not be used after Close.
type File struct {
	Path    string // as given to Open; empty for Parse
	Tensors []Tensor

	parts []weights.Part
	index map[string]int
}

// Open maps the model at path: a file of tensors, or the index of its shards,
// whose name ends in .json, with the shards beside it.
func Open(path string) (*File, error) {
	f := &File{Path: path, index: map[string]int{}}
	var err error
	if strings.HasSuffix(path, ".json") {
		err = f.openShards(path)
	} else {
		_, err = f.add(path)
	}
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", errors.Join(err, f.Close()))
	}
	return f, nil
}

// Parse reads a model that is already in memory and keeps referring to data.
func Parse(data []byte) (*File, error) {
	f := &File{index: map[string]int{}}
	if _, err := f.parse(weights.Part{Bytes: data}); err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	return f, nil
}

// add maps the file at path and returns its tensors, which are the last of f.
func (f *File) add(path string) ([]Tensor, error) {
	p, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	var added []Tensor
	err = tensor.CatchFault(func() (err error) { added, err = f.parse(*p); return err })
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return added, nil
}

// parse adds a file and its tensors.
func (f *File) parse(p weights.Part) ([]Tensor, error) {
	tensors, header, err := parse(p.Bytes)
	if err != nil {
		return nil, err
	}
	for i, t := range tensors {
		if _, twice := f.index[t.Name]; twice {
			return nil, fmt.Errorf("tensor %q is in two files", t.Name)
		}
		f.index[t.Name] = len(f.Tensors) + i
	}
	p.Header = header
	f.parts = append(f.parts, p)
	f.Tensors = append(f.Tensors, tensors...)
	return tensors, nil
}

// Tensor returns the tensor called name.
func (f *File) Tensor(name string) (*Tensor, bool) {
	i, ok := f.index[name]
	if !ok {
		return nil, false
	}
	return &f.Tensors[i], true
}

// Files returns the path that the model was opened by and its files.
func (f *File) Files() (path string, parts []weights.Part) { return f.Path, f.parts }

// All ranges over the weights by name: integers, which are buffers such as
// position ids, and tensors without elements are left out.
func (f *File) All() iter.Seq2[string, weights.Tensor] {
	return func(yield func(string, weights.Tensor) bool) {
		for i := range f.Tensors {
			t := &f.Tensors[i]
			if len(t.Data) > 0 && !dtypes[t.DType].integer && !yield(t.Name, t) {
				return
			}
		}
	}
}

// Close unmaps the files. No tensor may be read after it.
func (f *File) Close() error {
	var errs []error
	for i := range f.parts {
		errs = append(errs, f.parts[i].Close())
	}
	f.parts, f.Tensors, f.index = nil, nil, nil
	return errors.Join(errs...)
}
