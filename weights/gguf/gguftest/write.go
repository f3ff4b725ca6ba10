// Package gguftest writes GGUF files for tests and benchmarks: given tensors, or whole random models that
// any engine loads. Nothing that ships may import it.
package gguftest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"plexus/weights/gguf"
)

const alignment = 32

// KV is one metadata entry. Value is of a type that gguf.Metadata may hold.
type KV struct {
	Key   string
	Value any
}

// Tensor is one tensor to write. Data gives its bytes, in the encoding of Type.
type Tensor struct {
	Name  string
	Shape []int // fastest-varying dimension first
	Type  gguf.Type
	Data  io.Reader
}

func (t *Tensor) size() (int64, error) {
	row, err := t.Type.RowSize(t.Shape[0])
	size := int64(row)
	for _, dim := range t.Shape[1:] {
		size *= int64(dim)
	}
	return size, err
}

// Write writes a GGUF version 3 file.
func Write(w io.Writer, meta []KV, tensors []Tensor) error {
	out := &writer{w: bufio.NewWriterSize(w, 1<<20)}
	out.bytes([]byte("GGUF"))
	out.number(uint32(3))
	out.number(uint64(len(tensors)))
	out.number(uint64(len(meta)))
	for _, kv := range meta {
		out.string(kv.Key)
		out.value(kv.Value)
	}
	offset := int64(0)
	for _, t := range tensors {
		out.string(t.Name)
		out.number(uint32(len(t.Shape)))
		for _, dim := range t.Shape {
			out.number(uint64(dim))
		}
		out.number(uint32(t.Type))
		out.number(uint64(offset))
		size, err := t.size()
		if err != nil {
			return fmt.Errorf("gguftest: tensor %q: %w", t.Name, err)
		}
		offset += pad(size)
	}
	out.bytes(make([]byte, pad(out.n)-out.n))
	for _, t := range tensors {
		size, _ := t.size()
		if _, err := io.CopyN(out.w, t.Data, size); err != nil {
			return fmt.Errorf("gguftest: tensor %q: %w", t.Name, err)
		}
		out.bytes(make([]byte, pad(size)-size))
	}
	if out.err != nil {
		return fmt.Errorf("gguftest: %w", out.err)
	}
	return out.w.Flush()
}

func pad(n int64) int64 { return (n + alignment - 1) &^ (alignment - 1) }

// writer counts what it writes and keeps the first error that bufio.Writer does not keep itself.
type writer struct {
	w   *bufio.Writer
	n   int64
	err error
}

func (w *writer) bytes(b []byte) {
	n, err := w.w.Write(b)
	w.n += int64(n)
	if w.err == nil {
		w.err = err
	}
}

// number writes a fixed-size value or a slice of them.
func (w *writer) number(v any) {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if w.err == nil {
		w.err = err
	}
	w.bytes(b)
}

func (w *writer) string(s string) {
	w.number(uint64(len(s)))
	w.bytes([]byte(s))
}

func (w *writer) value(v any) {
	switch v := v.(type) {
	case uint8:
		w.typed(0, v)
	case int8:
		w.typed(1, v)
	case uint16:
		w.typed(2, v)
	case int16:
		w.typed(3, v)
	case uint32:
		w.typed(4, v)
	case int32:
		w.typed(5, v)
	case float32:
		w.typed(6, v)
	case bool:
		w.typed(7, v)
	case string:
		w.number(uint32(8))
		w.string(v)
	case uint64:
		w.typed(10, v)
	case int64:
		w.typed(11, v)
	case float64:
		w.typed(12, v)
	case []string:
		w.array(8, len(v))
		for _, s := range v {
			w.string(s)
		}
	case []uint8:
		w.array(0, len(v))
		w.number(v)
	case []int32:
		w.array(5, len(v))
		w.number(v)
	case []float32:
		w.array(6, len(v))
		w.number(v)
	default:
		w.err = fmt.Errorf("metadata of type %T", v)
	}
}

func (w *writer) typed(kind uint32, v any) {
	w.number(kind)
	w.number(v)
}

func (w *writer) array(kind uint32, n int) {
	w.number(uint32(9))
	w.number(kind)
	w.number(uint64(n))
}
