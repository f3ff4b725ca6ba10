package gguf_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// header builds a file by hand: its magic and version, then the given values, strings with their length.
func header(values ...any) []byte {
	b := []byte("GGUF\x03\x00\x00\x00")
	for _, v := range values {
		if s, ok := v.(string); ok {
			b = binary.LittleEndian.AppendUint64(b, uint64(len(s)))
			b = append(b, s...)
			continue
		}
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	return b
}

// raw is bytes that header writes as they are.
type raw = []byte

const (
	u32 = uint32(0)
	u64 = uint64(0)
)

// oneTensor returns a file with one F32 tensor "t" of the given dimensions and 64 bytes of data at offset.
func oneTensor(kind uint32, offset uint64, dims ...uint64) []byte {
	b := header(uint64(1), uint64(0), "t", uint32(len(dims)), dims, kind, offset)
	b = append(b, make([]byte, -len(b)&31)...)
	return append(b, make([]byte, 64)...)
}

func TestParseRefuses(t *testing.T) {
	const huge = uint64(1<<63 - 1)
	key := func(kind uint32, value ...any) []byte {
		return header(append([]any{uint64(0), uint64(1), "k", kind}, value...)...)
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "not a GGUF file"},
		{"other magic", []byte("GGML\x03\x00\x00\x00"), "not a GGUF file"},
		{"big-endian", []byte("GGUF\x00\x00\x00\x03\x00\x00\x00\x00"), "big-endian"},
		{"version 1", []byte("GGUF\x01\x00\x00\x00"), "version 1"},
		{"version 4", []byte("GGUF\x04\x00\x00\x00"), "version 4"},
		{"huge tensor count", header(huge, uint64(0)), "file ends"},
		{"huge key count", header(uint64(0), huge), "file ends"},
		{"huge key", header(uint64(0), uint64(1), huge), "metadata key of"},
		{"empty key", header(uint64(0), uint64(1), ""), "metadata key of 0 bytes"},
		{"key not UTF-8", header(uint64(0), uint64(1), "a\xff", uint32(0), raw{1}), "not UTF-8"},
		{"key twice", header(uint64(0), uint64(2), "k", uint32(0), raw{1}, "k", uint32(0), raw{1}), "twice"},
		{"unknown value type", key(13), "unknown type 13"},
		{"huge string", key(8, huge), "a string of"},
		{"string past the end", key(8, uint64(9), raw("12345678")), "file ends"},
		{"huge array", key(9, uint32(0), huge), "at most"},
		{"array past the end", key(9, uint32(10), uint64(1000)), "file ends"},
		{"strings past the end", key(9, uint32(8), uint64(1000)), "file ends"},
		{"huge string in an array", key(9, uint32(8), uint64(1), huge), "a string of"},
		{"more tokens than any model", key(9, uint32(8), uint64(10_000_001)), "at most"},
		{"nested array", key(9, uint32(9), uint64(1), uint32(0), uint64(1), raw{1}), "nested"},
		{"array of unknown type", key(9, uint32(99), uint64(1)), "unknown type 99"},
		{"alignment 0", header(uint64(0), uint64(1), "general.alignment", uint32(4), uint32(0)), "power of two"},
		{"alignment 24", header(uint64(0), uint64(1), "general.alignment", uint32(4), uint32(24)), "power of two"},
		{"alignment a string", header(uint64(0), uint64(1), "general.alignment", uint32(8), "32"), "power of two"},
		{"no dimensions", oneTensor(0, 0), "0 dimensions"},
		{"5 dimensions", oneTensor(0, 0, 1, 1, 1, 1, 1), "5 dimensions"},
		{"2^32-1 dimensions", header(uint64(1), uint64(0), "t", uint32(1<<32-1)), "4294967295 dimensions"},
		{"dimension 0", oneTensor(0, 0, 4, 0), "dimension 1 is 0"},
		{"negative dimension", oneTensor(0, 0, 1<<64-4), "too many elements"},
		{"overflow to 0 elements", oneTensor(0, 0, 1<<32, 1<<32), "too many elements"},
		{"overflow in bytes", oneTensor(0, 0, 1<<62), "too many elements"},
		{"type that is gone", oneTensor(4, 0, 16), "type 4 is not supported"},
		{"type without decoder", oneTensor(10, 0, 256), "Q2_K is not supported"},
		{"row not whole blocks", oneTensor(8, 0, 31), "blocks of 32"},
		{"rows not whole blocks, product is", oneTensor(8, 0, 16, 2), "blocks of 32"},
		{"data too large", oneTensor(0, 0, 17), "outside the file"},
		{"offset past the end", oneTensor(0, 96, 1), "outside the file"},
		{"offset near 2^64", oneTensor(0, 1<<64-32, 16), "outside the file"},
		{"offset unaligned", oneTensor(0, 4, 1), "not a multiple of 32"},
		{"tensor twice", append(header(uint64(2), uint64(0), "t", uint32(1), uint64(4), u32, u64,
			"t", uint32(1), uint64(4), u32, uint64(32)), make([]byte, 128)...), "twice"},
		{"overlap", append(header(uint64(2), uint64(0), "a", uint32(1), uint64(9), u32, u64,
			"b", uint32(1), uint64(1), u32, uint64(32)), make([]byte, 128)...), "overlap"},
		{"same place", append(header(uint64(2), uint64(0), "a", uint32(1), uint64(8), u32, u64,
			"b", uint32(1), uint64(8), u32, u64), make([]byte, 128)...), "overlap"},
		{"a shard", header(uint64(0), uint64(1), "split.count", uint32(2), uint16(2)), "split model"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := gguf.Parse(tt.data)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got error %v, want one with %q", err, tt.want)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
				t.Errorf("%d bytes were allocated for a file of %d", n, len(tt.data))
			}
		})
	}
}

func small(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	err := gguftest.Write(&b, []gguftest.KV{
		{Key: "general.architecture", Value: "llama"},
		{Key: "llama.block_count", Value: uint32(2)},
		{Key: "llama.eps", Value: float32(1e-5)},
		{Key: "f64", Value: float64(0.5)},
		{Key: "i8", Value: int8(-1)},
		{Key: "i64", Value: int64(7)},
		{Key: "yes", Value: true},
		{Key: "tokens", Value: []string{"a", "", "\xff"}},
		{Key: "scores", Value: []float32{0, -1}},
		{Key: "types", Value: []int32{1, 3}},
	}, []gguftest.Tensor{
		{Name: "norm", Shape: []int{3}, Type: gguf.F32, Data: bytes.NewReader([]byte("\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x00"))},
		{Name: "w", Shape: []int{32, 2}, Type: gguf.Q8_0, Data: bytes.NewReader(make([]byte, 68))},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestParse(t *testing.T) {
	for _, version := range []byte{2, 3} {
		data := small(t)
		data[4] = version
		f, err := gguf.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := f.Meta.String("general.architecture"); !ok || s != "llama" {
			t.Errorf("String: %q, %v", s, ok)
		}
		if n, ok := f.Meta.Uint("llama.block_count"); !ok || n != 2 {
			t.Errorf("Uint: %d, %v", n, ok)
		}
		if _, ok := f.Meta.Uint("i8"); ok {
			t.Error("Uint of -1 is ok")
		}
		if n, ok := f.Meta.Uint("i64"); !ok || n != 7 {
			t.Errorf("Uint of int64: %d, %v", n, ok)
		}
		if x, ok := f.Meta.Float("f64"); !ok || x != 0.5 {
			t.Errorf("Float: %v, %v", x, ok)
		}
		if x, ok := f.Meta.Float("llama.eps"); !ok || float32(x) != 1e-5 {
			t.Errorf("Float: %v, %v", x, ok)
		}
		if b, ok := f.Meta.Bool("yes"); !ok || !b {
			t.Errorf("Bool: %v, %v", b, ok)
		}
		if _, ok := f.Meta.Bool("tokens"); ok {
			t.Error("Bool of strings is ok")
		}
		if s, ok := f.Meta.Strings("tokens"); !ok || strings.Join(s, "|") != "a||\xff" {
			t.Errorf("Strings: %q, %v", s, ok)
		}
		if x, ok := f.Meta.Floats("scores"); !ok || len(x) != 2 || x[1] != -1 {
			t.Errorf("Floats: %v, %v", x, ok)
		}
		if n, ok := f.Meta.Ints("types"); !ok || len(n) != 2 || n[1] != 3 {
			t.Errorf("Ints: %v, %v", n, ok)
		}
		norm, ok := f.Tensor("norm")
		if !ok || norm.Rows() != 1 || norm.Cols() != 3 {
			t.Fatalf("tensor norm: %v, %v", norm, ok)
		}
		x := make([]float32, 3)
		if err := norm.Floats(x); err != nil || x[0] != 1 || x[1] != -2 {
			t.Errorf("Floats of norm: %v, %v", x, err)
		}
		if w, ok := f.Tensor("w"); !ok || w.Rows() != 2 || w.Cols() != 32 || len(w.Data) != 68 {
			t.Errorf("tensor w: %v, %v", w, ok)
		}
		if _, ok := f.Tensor("v"); ok {
			t.Error("there is a tensor v")
		}
	}
}

func TestParseTruncated(t *testing.T) {
	data := small(t)
	end := len(data) - 96 + 68 // the data of the last tensor, less its padding
	for n := range end {
		if _, err := gguf.Parse(data[:n]); err == nil {
			t.Errorf("%d of %d bytes are a model", n, len(data))
		}
	}
	if _, err := gguf.Parse(data[:end]); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(small(f))
	f.Add(oneTensor(0, 0, 16))
	f.Add(oneTensor(14, 0, 256, 1<<20))
	f.Add(header(uint64(1<<63-1), uint64(1<<63-1)))
	f.Add(header(uint64(0), uint64(1), "k", uint32(9), uint32(8), uint64(1<<63-1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := gguf.Parse(data)
		if err != nil {
			return
		}
		for i := range m.Tensors {
			w := &m.Tensors[i]
			if len(w.Data) == 0 || w.Rows() < 1 || w.Cols() < 1 {
				t.Fatalf("tensor %q: shape %v with %d bytes", w.Name, w.Shape, len(w.Data))
			}
			if err := w.Floats(make([]float32, w.Rows()*w.Cols())); err != nil {
				t.Fatal(err)
			}
			pack(t, w) // it may refuse scales
		}
	})
}
