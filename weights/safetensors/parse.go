package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
)

const (
	maxHeader = 100_000_000 // bytes, as the reference implementation has it
	maxDims   = 8
)

// parse reads a file laid out as in
// https://github.com/huggingface/safetensors#format:
//
//	length u64, header of so many bytes, then the data that its offsets count from
//	header {"NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
//
// The tensors must cover the data without holes or overlaps, and no two have
// one name. It also returns how many bytes come before the data.
func parse(data []byte) (tensors []Tensor, header int, err error) {
	if len(data) < 8 {
		return nil, 0, errors.New("not a safetensors file: it is too short")
	}
	n := binary.LittleEndian.Uint64(data)
	if n > maxHeader || n > uint64(len(data)-8) {
		return nil, 0, fmt.Errorf("not a safetensors file: a header of %d bytes in a file of %d", n, len(data))
	}
	header = 8 + int(n)
	if tensors, err = parseHeader(data[8:header], data[header:]); err != nil {
		return nil, 0, err
	}
	return tensors, header, covered(tensors, len(data)-header)
}

// entry is a tensor in the header.
type entry struct {
	DType   string   `json:"dtype"`
	Shape   []uint64 `json:"shape"`
	Offsets []uint64 `json:"data_offsets"`
}

// parseHeader reads key by key, because a map would forget a name that is
// there twice.
func parseHeader(header, data []byte) ([]Tensor, error) {
	dec := json.NewDecoder(bytes.NewReader(header))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil, errors.New("not a safetensors file: its header is not a JSON object")
	}
	var tensors []Tensor
	names := map[string]bool{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("header: %w", err)
		}
		name := key.(string) // a key, or the decoder had failed
		if names[name] {
			return nil, fmt.Errorf("header: %q appears twice", name)
		}
		names[name] = true
		if name == "__metadata__" {
			var free map[string]string
			if err := dec.Decode(&free); err != nil {
				return nil, fmt.Errorf("header: %s: %w", name, err)
			}
			continue
		}
		var e entry
		if err := dec.Decode(&e); err != nil {
			return nil, fmt.Errorf("header: tensor %q: %w", name, err)
		}
		t, err := e.tensor(name, data)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors = append(tensors, t)
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, fmt.Errorf("header: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("header: more than one JSON value")
	}
	return tensors, nil
}

// tensor checks the entry against itself and the data.
func (e *entry) tensor(name string, data []byte) (Tensor, error) {
	t := Tensor{Name: name, DType: e.DType}
	d, ok := dtypes[e.DType]
	switch {
	case !ok:
		return t, fmt.Errorf("unknown dtype %.20q", e.DType)
	case e.Shape == nil:
		return t, errors.New("no shape")
	case len(e.Shape) > maxDims:
		return t, fmt.Errorf("%d dimensions: at most %d are allowed", len(e.Shape), maxDims)
	case len(e.Offsets) != 2:
		return t, fmt.Errorf("%d data offsets, want 2", len(e.Offsets))
	}
	size := uint64(d.size)
	for _, dim := range e.Shape {
		hi, lo := bits.Mul64(size, dim)
		if hi != 0 || lo > 1<<56 || dim > 1<<48 {
			return t, fmt.Errorf("a shape of %d is too large", e.Shape)
		}
		size = lo
		t.Shape = append(t.Shape, int(dim))
	}
	start, end := e.Offsets[0], e.Offsets[1]
	if start > end || end > uint64(len(data)) {
		return t, fmt.Errorf("bytes %d to %d lie outside the file, which has %d bytes of data", start, end, len(data))
	}
	if end-start != size {
		return t, fmt.Errorf("%d bytes for %s of shape %d, which takes %d", end-start, e.DType, e.Shape, size)
	}
	t.start, t.Data = int(start), data[start:end:end]
	return t, nil
}

// covered reports tensors that leave a hole in n bytes of data, or overlap.
func covered(tensors []Tensor, n int) error {
	order := make([]*Tensor, len(tensors))
	for i := range tensors {
		order[i] = &tensors[i]
	}
	slices.SortFunc(order, func(a, b *Tensor) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(len(a.Data), len(b.Data)))
	})
	at := 0
	for _, t := range order {
		if t.start != at {
			return fmt.Errorf("tensor %q begins at byte %d of the data, where %d is the next that is free", t.Name, t.start, at)
		}
		at += len(t.Data)
	}
	if at != n {
		return fmt.Errorf("the tensors take %d bytes of data, the file has %d", at, n)
	}
	return nil
}
