package safetensors_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"plexus/weights/safetensors"
)

// file is a file with the given header and n bytes of data.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	b = append(b, header...)
	for i := range n {
		b = append(b, byte(i))
	}
	return b
}

const good = `{"__metadata__":{"format":"pt"},` +
	`"b":{"dtype":"F16","shape":[2,3],"data_offsets":[8,20]},` +
	`"ids":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]},` +
	`"one":{"dtype":"F32","shape":[],"data_offsets":[20,24]},` +
	`"none":{"dtype":"F32","shape":[0,4],"data_offsets":[20,20]}}  `

func TestParse(t *testing.T) {
	f, err := safetensors.Parse(file(good, 24))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name := range f.All() {
		names = append(names, name)
	}
	if want := []string{"b", "one"}; !slices.Equal(names, want) {
		t.Errorf("weights %q, want %q: integers and empty tensors are none", names, want)
	}
	b, ok := f.Tensor("b")
	if !ok || b.Rows() != 2 || b.Cols() != 3 || b.Dims() != 2 || b.Data[0] != 8 {
		t.Errorf("tensor b is %+v", b)
	}
	one, _ := f.Tensor("one")
	if one.Rows() != 1 || one.Cols() != 1 || one.Dims() != 0 {
		t.Errorf("tensor one is %+v", one)
	}
	if _, ok := f.Tensor("c"); ok {
		t.Error("found a tensor that is not there")
	}
}

func TestParseRefuses(t *testing.T) {
	entry := func(dtype, shape, offsets string) string {
		return fmt.Sprintf(`{"a":{"dtype":%q,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets)
	}
	length := func(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "too short"},
		{"seven bytes", make([]byte, 7), "too short"},
		{"header of 2^64-1 bytes", length(1<<64 - 1), "header of"},
		{"header of 2^63-1 bytes", length(1<<63 - 1), "header of"},
		{"header one byte beyond the file", append(length(3), "{}"...), "header of 3 bytes"},
		{"header beyond the limit", append(length(100_000_001), make([]byte, 100_000_010)...), "header of"},
		{"no header", length(0), "not a JSON object"},
		{"header an array", file(`[]`, 0), "not a JSON object"},
		{"header cut short", file(`{"a":{"dtype":"F32"`, 0), "header"},
		{"header not closed", file(entry("F32", "[1]", "[0,4]")[:42], 4), "header"},
		{"two values", file(`{}{}`, 0), "more than one"},
		{"a bomb of depth", file(`{"a":`+strings.Repeat("[", 100_000), 0), "header"},
		{"a bomb of depth in metadata", file(`{"__metadata__":`+strings.Repeat(`{"a":`, 100_000), 0), "__metadata__"},
		{"metadata twice", file(`{"__metadata__":{},"__metadata__":{}}`, 0), "appears twice"},
		{"metadata of numbers", file(`{"__metadata__":{"a":1}}`, 0), "__metadata__"},
		{"a name twice", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), `"a" appears twice`},
		{"an escaped name twice", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "appears twice"},
		{"entry a number", file(`{"a":1}`, 0), `tensor "a"`},
		{"unknown dtype", file(entry("F33", "[1]", "[0,4]"), 4), "unknown dtype"},
		{"no dtype", file(`{"a":{"shape":[1],"data_offsets":[0,4]}}`, 4), "unknown dtype"},
		{"no shape", file(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4), "no shape"},
		{"no offsets", file(`{"a":{"dtype":"F32","shape":[1]}}`, 4), "0 data offsets"},
		{"one offset", file(entry("F32", "[1]", "[0]"), 4), "1 data offsets"},
		{"three offsets", file(entry("F32", "[1]", "[0,4,8]"), 4), "3 data offsets"},
		{"nine dimensions", file(entry("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4), "dimensions"},
		{"negative dimension", file(entry("F32", "[-1]", "[0,4]"), 4), `tensor "a"`},
		{"fraction of a dimension", file(entry("F32", "[1.5]", "[0,4]"), 4), `tensor "a"`},
		{"product that overflows to 0", file(entry("F32", "[4294967296,4294967296]", "[0,0]"), 0), "too large"},
		{"product that overflows to 4", file(entry("U8", "[9223372036854775809,4]", "[0,4]"), 4), "too large"},
		{"dimension of 2^64", file(entry("F32", "[18446744073709551616]", "[0,0]"), 0), `tensor "a"`},
		{"huge dimension beside 0", file(entry("F32", "[0,18446744073709551615]", "[0,0]"), 0), "too large"},
		{"end before start", file(entry("F32", "[1]", "[4,0]"), 4), "outside the file"},
		{"beyond the file", file(entry("F32", "[2]", "[0,8]"), 4), "outside the file"},
		{"offset of 2^63", file(entry("F32", "[1]", "[9223372036854775808,9223372036854775812]"), 4), "outside the file"},
		{"too few bytes", file(entry("F32", "[2]", "[0,4]"), 4), "4 bytes for F32"},
		{"too many bytes", file(entry("F32", "[1]", "[0,8]"), 8), "8 bytes for F32"},
		{"a hole at the start", file(entry("F32", "[1]", "[4,8]"), 8), "begins at byte 4"},
		{"a hole at the end", file(entry("F32", "[1]", "[0,4]"), 5), "the file has 5"},
		{"a hole", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`, 12), "begins at byte 8"},
		{"an overlap", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), "begins at byte 4"},
		{"the same bytes twice", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), "begins at byte 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := safetensors.Parse(tt.data)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
		})
	}
}

func TestParseTruncated(t *testing.T) {
	whole := file(good, 24)
	for n := range whole {
		if _, err := safetensors.Parse(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes were accepted", n, len(whole))
		}
	}
}

// Whatever is accepted can be read.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good), 24)
	f.Add([]byte(`{"a":{"dtype":"BF16","shape":[33,2],"data_offsets":[0,132]}}`), 132)
	f.Add([]byte(`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`), 8)
	f.Fuzz(func(t *testing.T, header []byte, n int) {
		m, err := safetensors.Parse(file(string(header), n&0xffff))
		if err != nil {
			return
		}
		for _, w := range m.All() {
			_, unsupported := w.Format()
			if err := w.Floats(make([]float32, w.Rows()*w.Cols())); (err == nil) != (unsupported == nil) {
				t.Errorf("floats: %v, format: %v", err, unsupported)
			}
		}
	})
}
