// Package gguf reads models in GGUF files: their metadata and their tensors, dequantised to floats or
// repacked for the kernels. Files come from outside, so nothing in one is trusted: every length and offset
// is checked before it is used. Networks, tokenisers and the meaning of metadata keys belong elsewhere.
package gguf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"plexus/tensor"
)

// File is a model: the metadata and the tensors of one GGUF file, or of all the shards of a split one.
// Tensor data stays in the mapped file until it is read; it must not be used after Close.
type File struct {
	Path    string // as given to Open; empty for Parse
	Meta    Metadata
	Tensors []Tensor

	Parts []Part

	index map[string]int
}

// Part is one file of a model; a split model has several.
type Part struct {
	Bytes   []byte    // the whole file
	Header  int       // bytes before the data of tensors
	ModTime time.Time // zero for Parse

	file   *os.File       // nil for Parse, as is
	memory *tensor.Memory // what Bytes is mapped in
}

// ReadAt reads from the file itself. It suits bytes here and there, around which a mapped read would fetch
// megabytes from the disk.
func (p *Part) ReadAt(b []byte, offset int64) (int, error) {
	if p.file != nil {
		return p.file.ReadAt(b, offset)
	}
	return bytes.NewReader(p.Bytes).ReadAt(b, offset)
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
	// Without O_NONBLOCK opening a FIFO would wait for a writer.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	f, err := mapFile(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	f.Path = path
	return f, nil
}

func mapFile(file *os.File) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if info.Size() == 0 {
		return nil, errors.New("empty file")
	}
	memory, err := tensor.Map(file, int(info.Size()))
	if err != nil {
		return nil, err
	}
	var f *File
	err = tensor.CatchFault(func() (err error) { f, err = parse(memory.Bytes()); return err })
	if err != nil {
		memory.Free()
		return nil, err
	}
	p := &f.Parts[0]
	p.ModTime, p.file, p.memory = info.ModTime(), file, memory
	return f, nil
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
	for _, p := range f.Parts {
		if p.file != nil {
			p.memory.Free()
			errs = append(errs, p.file.Close())
		}
	}
	f.Parts, f.Tensors, f.index = nil, nil, nil
	return errors.Join(errs...)
}
