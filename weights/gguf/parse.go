package gguf

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"unicode/utf8"

	"plexus/weights"
)

const (
	magic            = "GGUF"
	defaultAlignment = 32
	maxDims          = 4
	maxName          = 64 << 10   // bytes of a key or a tensor's name
	maxArray         = 10_000_000 // elements of a metadata array; the largest vocabularies have some 300,000
)

// parse reads a header as laid out in https://github.com/ggml-org/ggml/blob/master/docs/gguf.md:
//
//	magic u32, version u32, tensor count u64, metadata count u64
//	metadata: key string, type u32, value
//	tensors:  name string, dimension count u32, dimensions u64, type u32, offset u64
//	padding to the alignment, then the data that the offsets count from
//
// Versions 2 and 3 differ only in that 3 may be big-endian. Every count is checked against the bytes left
// before anything is allocated for it.
func parse(data []byte) (*File, error) {
	r := &reader{data: data}
	if string(r.take(len(magic))) != magic {
		return nil, fmt.Errorf("not a GGUF file: it does not start with %q", magic)
	}
	switch version := r.u32(); {
	case r.err != nil:
	case version&0xffff == 0:
		return nil, fmt.Errorf("a big-endian file: convert it to little-endian")
	case version != 2 && version != 3:
		return nil, fmt.Errorf("GGUF version %d: versions 2 and 3 are supported", version)
	}
	tensors, keys := r.u64(), r.u64()

	f := &File{Meta: Metadata{}, index: map[string]int{}}
	for i := uint64(0); i < keys && r.err == nil; i++ {
		r.metadata(f.Meta)
	}
	var offsets []uint64
	for i := uint64(0); i < tensors && r.err == nil; i++ {
		t, offset := r.tensor()
		if _, twice := f.index[t.Name]; twice {
			r.failf("tensor %q appears twice", t.Name)
		}
		f.index[t.Name] = len(f.Tensors)
		f.Tensors = append(f.Tensors, t)
		offsets = append(offsets, offset)
	}
	if r.err != nil {
		return nil, r.err
	}

	alignment, err := f.Meta.alignment()
	if err != nil {
		return nil, err
	}
	start := (uint64(r.pos) + alignment - 1) &^ (alignment - 1)
	start = min(start, uint64(len(data))) // a file without tensors may end unpadded
	if err := f.place(data[start:], offsets, alignment); err != nil {
		return nil, err
	}
	f.Parts = []weights.Part{{Bytes: data, Header: int(start)}}
	return f, nil
}

// place gives every tensor its bytes: aligned, inside data, and shared with no other tensor.
func (f *File) place(data []byte, offsets []uint64, alignment uint64) error {
	for i := range f.Tensors {
		t, offset := &f.Tensors[i], offsets[i]
		size := uint64(t.Rows()) * uint64(t.rowSize())
		if offset%alignment != 0 {
			return fmt.Errorf("tensor %q: offset %d is not a multiple of %d", t.Name, offset, alignment)
		}
		if offset > uint64(len(data)) || size > uint64(len(data))-offset {
			return fmt.Errorf("tensor %q: %d bytes at offset %d lie outside the file, which has %d bytes of data",
				t.Name, size, offset, len(data))
		}
		t.Data = data[offset : offset+size : offset+size]
	}
	order := make([]int, len(offsets))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(offsets[a], offsets[b]) })
	for i := 1; i < len(order); i++ {
		a, b := order[i-1], order[i]
		if offsets[a]+uint64(len(f.Tensors[a].Data)) > offsets[b] {
			return fmt.Errorf("tensors %q and %q overlap", f.Tensors[a].Name, f.Tensors[b].Name)
		}
	}
	return nil
}

// tensor reads the description of one tensor and the offset of its data.
func (r *reader) tensor() (t Tensor, offset uint64) {
	t.Name = r.name("tensor name")
	n := r.u32()
	if r.err == nil && (n == 0 || n > maxDims) {
		r.failf("tensor %q has %d dimensions: 1 to %d are allowed", t.Name, n, maxDims)
	}
	elements := uint64(1)
	for i := uint32(0); i < n && r.err == nil; i++ {
		dim := r.u64()
		hi, lo := bits.Mul64(elements, dim)
		if r.err == nil && (dim == 0 || hi != 0 || lo > 1<<48) {
			r.failf("tensor %q: dimension %d is %d: zero, or too many elements", t.Name, i, dim)
		}
		elements = lo
		t.Shape = append(t.Shape, int(dim))
	}
	t.Type = Type(r.u32())
	offset = r.u64()
	if r.err != nil {
		return t, 0
	}
	if _, err := t.Type.RowSize(t.Shape[0]); err != nil {
		r.failf("tensor %q: %w", t.Name, err)
	}
	return t, offset
}

// name reads a metadata key or a tensor name.
func (r *reader) name(what string) string {
	n := r.u64()
	if r.err == nil && (n == 0 || n > maxName) {
		r.failf("%s of %d bytes: 1 to %d are allowed", what, n, maxName)
	}
	s := string(r.take(int(n)))
	if r.err == nil && !utf8.ValidString(s) {
		r.failf("%s %q is not UTF-8", what, s)
	}
	return s
}
