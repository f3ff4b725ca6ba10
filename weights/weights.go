// Package weights is what the readers of model files, weights/gguf and
// weights/safetensors, give to those that use them: files in place on the disk,
// and tensors whatever their encoding.
//
// It may hold what the formats share. It may not hold a format, nor anything
// about networks.
package weights

import (
	"iter"

	"plexus/kernel"
)

// Source is an open model.
type Source interface {
	// Files returns the path that the model was opened by, empty for one in
	// memory, and its files.
	Files() (path string, parts []Part)
	// All ranges over the weights by name, in the order of the files.
	All() iter.Seq2[string, Tensor]
}

// Tensor is one tensor of a model, in the file's own encoding.
type Tensor interface {
	Dims() int // number of dimensions
	Cols() int // length of a row
	Rows() int // product of all other dimensions
	// Format returns the packed format that Pack writes best: the one that
	// loses nothing.
	Format() (kernel.Format, error)
	// Floats writes every element to dst, of length Rows x Cols.
	Floats(dst []float32) error
	// Pack fills dst with rows from kernel.Panel*panel on.
	Pack(dst *kernel.Matrix, panel int) error
}
