// Package packed gives a model's weights in the layout that the kernels want. They are repacked once,
// written to a cache file and mapped from there ever after, so that a second load takes milliseconds. It
// knows tensors by their names only: what they mean belongs to the networks, and the encodings they come
// in to the packages that read files.
package packed

import (
	"context"
	"fmt"

	"plexus/kernel"
	"plexus/tensor"
	"plexus/weights"
)

// Weights are the packed tensors of one model. They are read-only: most lie in a mapped file that cannot
// be written to.
type Weights struct {
	memory   *tensor.Memory
	matrices map[string]*kernel.Matrix
	vectors  map[string][]float32
}

// Progress is told how many bytes are packed so far and in all.
type Progress func(done, total int64)

// Open returns the packed weights of s, which may be closed afterwards. They come from the cache file in
// dir, which is made first where it is absent, damaged or of another model; with an empty dir they are
// packed into memory. Progress, which may be nil, is told only where there is something to pack.
//
// Any number of loads, in one process or in several, may open the same model at once: one packs and the
// others wait for it. A process that is killed leaves a partial file, which the next packing in dir removes.
func Open(ctx context.Context, dir string, s weights.Source, progress Progress) (*Weights, error) {
	l, err := newLayout(s)
	if err != nil {
		return nil, fmt.Errorf("packed: %w", err)
	}
	var memory *tensor.Memory
	if dir == "" {
		memory, err = l.packInMemory(ctx, progress)
	} else {
		memory, err = openCache(ctx, dir, s, l, progress)
	}
	if err != nil {
		return nil, fmt.Errorf("packed: %w", err)
	}
	w := &Weights{memory, map[string]*kernel.Matrix{}, map[string][]float32{}}
	for _, e := range l.entries {
		data := memory.Bytes()[e.offset:][:e.size]
		if e.format == 0 {
			w.vectors[e.name] = tensor.Floats(data)
		} else if w.matrices[e.name], err = kernel.NewMatrix(e.format, e.tensor.Rows(), e.tensor.Cols(), data); err != nil {
			memory.Free()
			return nil, fmt.Errorf("packed: tensor %q: %w", e.name, err)
		}
	}
	return w, nil
}

// Has reports whether the model has a tensor called name.
func (w *Weights) Has(name string) bool {
	return w.matrices[name] != nil || w.vectors[name] != nil
}

// Matrix returns a tensor of two dimensions or more; all but the first count as rows.
func (w *Weights) Matrix(name string) (*kernel.Matrix, error) {
	m, ok := w.matrices[name]
	if !ok {
		return nil, fmt.Errorf("packed: the model has no matrix %q", name)
	}
	return m, nil
}

// Vector returns a tensor of one dimension. It must not be written to.
func (w *Weights) Vector(name string) ([]float32, error) {
	v, ok := w.vectors[name]
	if !ok {
		return nil, fmt.Errorf("packed: the model has no vector %q", name)
	}
	return v, nil
}

// Bytes is the memory, or the address space of the mapped file, that the weights take.
func (w *Weights) Bytes() int64 { return int64(len(w.memory.Bytes())) }

// Close gives the memory back. No matrix or vector may be used after it.
func (w *Weights) Close() error {
	w.memory.Free()
	w.matrices, w.vectors = nil, nil
	return nil
}
