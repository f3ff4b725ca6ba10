package nn

import (
	"fmt"
	"slices"

	"plexus/kernel"
	"plexus/tensor"
	"plexus/weights/packed"
)

// Loader finds a network's tensors by name, checks their shapes and keeps the
// first error in Err.
type Loader struct {
	Weights *packed.Weights
	Err     error
}

// Linear finds NAME.weight of rows x cols and, if the file has one, NAME.bias;
// 0 rows is any number.
func (l *Loader) Linear(name string, rows, cols int) Linear {
	lin := Linear{Weight: l.Matrix(name+".weight", rows, cols)}
	if lin.Weight != nil && l.Weights.Has(name+".bias") {
		lin.Bias = l.Vector(name+".bias", lin.Weight.Rows)
	}
	return lin
}

// Matrix finds a matrix of rows x cols; 0 rows is any number.
func (l *Loader) Matrix(name string, rows, cols int) *kernel.Matrix {
	m, err := l.Weights.Matrix(name)
	if err == nil && (m.Cols != cols || rows != 0 && m.Rows != rows) {
		err = fmt.Errorf("%s is %d x %d, want %d x %d", name, m.Rows, m.Cols, rows, cols)
	}
	l.fail(err)
	return m
}

// Vector finds a vector of n numbers.
func (l *Loader) Vector(name string, n int) []float32 {
	v, err := l.Weights.Vector(name)
	if err == nil && len(v) != n {
		err = fmt.Errorf("%s has %d numbers, want %d", name, len(v), n)
	}
	l.fail(err)
	return v
}

func (l *Loader) fail(err error) {
	if err != nil && l.Err == nil {
		l.Err = err
	}
}

// NewInput makes an input of cols columns that all the maps can read.
func NewInput(rows, cols int, maps ...Linear) *kernel.Input {
	var formats []kernel.Format
	for _, m := range maps {
		if !slices.Contains(formats, m.Weight.Format) {
			formats = append(formats, m.Weight.Format)
		}
	}
	return kernel.NewInput(rows, cols, formats...)
}

// Buffer is work memory of so many numbers for each row of a pass.
type Buffer struct {
	To    *[]float32
	Width int
}

// Allocate makes buffers of the given number of rows, outside the Go heap and
// each on cache lines of its own.
func Allocate(rows int, buffers ...Buffer) (*tensor.Memory, error) {
	const align = 16 // numbers in a cache line
	total := 0
	for _, b := range buffers {
		total += (rows*b.Width + align - 1) / align * align
	}
	memory, err := tensor.Alloc(4 * total)
	if err != nil {
		return nil, fmt.Errorf("nn: work memory of %d rows: %w", rows, err)
	}
	rest := tensor.Floats(memory.Bytes())
	for _, b := range buffers {
		n := rows * b.Width
		*b.To = rest[:n:n]
		rest = rest[(n+align-1)/align*align:]
	}
	return memory, nil
}
