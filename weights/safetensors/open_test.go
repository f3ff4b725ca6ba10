//go:build unix

package safetensors_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"plexus/kernel"
	"plexus/tensor"
	"plexus/weights"
	"plexus/weights/packed"
	"plexus/weights/safetensors"
)

// write writes a file of one tensor of two numbers, [n, 0.5].
func write(t *testing.T, path, name string, n float32) {
	t.Helper()
	b := file(fmt.Sprintf(`{%q:{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, name), 8)
	binary.LittleEndian.PutUint32(b[len(b)-8:], math.Float32bits(n))
	binary.LittleEndian.PutUint32(b[len(b)-4:], math.Float32bits(0.5))
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestShards(t *testing.T) {
	const a, b = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
	tests := []struct {
		name, index string
		want        string // in the error
	}{
		{"good", `{"metadata":{"total_size":16},"weight_map":{"x":"` + a + `","y":"` + b + `"}}`, ""},
		{"empty", `{}`, "0 shards"},
		{"not JSON", `x`, "invalid character"},
		{"no file", `{"weight_map":{"x":"` + a + `","y":"other.safetensors"}}`, "no such file"},
		{"a path up", `{"weight_map":{"x":"../` + a + `"}}`, "beside the index"},
		{"an absolute path", `{"weight_map":{"x":"/etc/passwd.safetensors"}}`, "beside the index"},
		{"a folder", `{"weight_map":{"x":".."}}`, "beside the index"},
		{"another kind of file", `{"weight_map":{"x":"model.bin"}}`, "beside the index"},
		{"tensor elsewhere", `{"weight_map":{"x":"` + b + `","y":"` + a + `"}}`, "not in the index"},
		{"tensor missing", `{"weight_map":{"x":"` + a + `","z":"` + a + `"}}`, `does not have tensor "z"`},
		{"tensor not named", `{"weight_map":{"x":"` + a + `"}}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, a), "x", 1)
			write(t, filepath.Join(dir, b), "y", 2)
			path := filepath.Join(dir, "model.safetensors.index.json")
			if err := os.WriteFile(path, []byte(tt.index), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := safetensors.Open(path)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("got %v, want an error with %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, parts := f.Files(); len(parts) != len(f.Tensors) {
				t.Errorf("%d files of %d tensors", len(parts), len(f.Tensors))
			}
			x := make([]float32, 2)
			if w, _ := f.Tensor("x"); w.Floats(x) != nil || x[0] != 1 || x[1] != 0.5 {
				t.Errorf("x is %v", x)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	fifo, empty := filepath.Join(dir, "fifo.safetensors"), filepath.Join(dir, "empty.safetensors")
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.WriteFile(empty, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		fifo: "not a regular file", empty: "empty file", dir: "not a regular file", dir + "/none": "no such file", "/dev/zero": "not a regular file",
	} {
		if _, err := safetensors.Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", path, err, want)
		}
	}
}

func TestTruncatedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.safetensors")
	b := file(`{"x":{"dtype":"F32","shape":[65536],"data_offsets":[0,262144]}}`, 1<<18)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	w, _ := f.Tensor("x")
	if err := w.Floats(make([]float32, 65536)); !errors.Is(err, tensor.ErrFault) {
		t.Errorf("got %v, want ErrFault", err)
	}
}

// A matrix packed in each format that floats can take, within the format's rounding.
func TestPackAs(t *testing.T) {
	const rows, cols = 70, 64
	var data []byte
	want := make([]float32, rows*cols)
	for i := range want {
		h := tensor.F16(float32(math.Sin(float64(i))) * float32(i%7))
		want[i] = tensor.FromF16(h)
		data = binary.LittleEndian.AppendUint16(data, h)
	}
	header := fmt.Sprintf(`{"w":{"dtype":"F16","shape":[%d,%d],"data_offsets":[0,%d]},"v":{"dtype":"BF16","shape":[1],"data_offsets":[%[3]d,%[4]d]}}`,
		rows, cols, len(data), len(data)+2)
	whole := append(file(header, 0), data...)
	f, err := safetensors.Parse(append(whole, 0x80, 0x3f))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		source    weights.Source
		format    kernel.Format
		tolerance float64 // of the largest number, 6
	}{
		{f, kernel.F16, 0},
		{weights.As(f, kernel.F32), kernel.F32, 0},
		{weights.As(f, kernel.BF16), kernel.BF16, 1.0 / 256},
		{weights.As(f, kernel.Q8), kernel.Q8, 1.01 / 254},
	} {
		w, err := packed.Open(context.Background(), "", tt.source, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		m, err := w.Matrix("w")
		if err != nil {
			t.Fatal(err)
		}
		if m.Format != tt.format {
			t.Errorf("packed as %v, want %v", m.Format, tt.format)
		}
		row := make([]float32, cols)
		for r := range rows {
			m.Row(row, r)
			for c, got := range row {
				if x := want[r*cols+c]; math.Abs(float64(got-x)) > 6*tt.tolerance {
					t.Fatalf("%v: row %d column %d is %g, want %g", tt.format, r, c, got, x)
				}
			}
		}
		if v, err := w.Vector("v"); err != nil || len(v) != 1 || v[0] != 1 {
			t.Errorf("vector %v, %v", v, err)
		}
	}
}

// The cache file of a model in one format is not taken for another's.
func TestCacheKnowsItsFormat(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.safetensors")
	if err := os.WriteFile(path, file(`{"w":{"dtype":"F16","shape":[4,64],"data_offsets":[0,512]}}`, 512), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, format := range []kernel.Format{kernel.F32, kernel.BF16, kernel.F32, kernel.F32} {
		w, err := packed.Open(context.Background(), dir, weights.As(f, format), nil)
		if err != nil {
			t.Fatal(err)
		}
		m, err := w.Matrix("w")
		if err != nil || m.Format != format {
			t.Errorf("format %v, %v, want %v", m.Format, err, format)
		}
		row := make([]float32, 64)
		m.Row(row, 3)
		if want := tensor.FromF16(0x8180); format == kernel.F32 && row[0] != want {
			t.Errorf("number %g, want %g", row[0], want)
		}
		w.Close()
	}
}

func TestPackRefuses(t *testing.T) {
	nan := file(`{"w":{"dtype":"F16","shape":[1,32],"data_offsets":[0,64]}}`, 64)
	nan[len(nan)-1] = 0x7e
	big := file(`{"w":{"dtype":"F32","shape":[1,32],"data_offsets":[0,128]}}`, 128)
	binary.LittleEndian.PutUint32(big[len(big)-4:], math.Float32bits(1e30))
	double := file(`{"w":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]}}`, 16)
	for want, data := range map[string][]byte{"not a number": nan, "too large": big, "type F64": double} {
		f, err := safetensors.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		_, err = packed.Open(context.Background(), "", weights.As(f, kernel.Q8), nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"w"`) {
			t.Errorf("got %v, want an error with %q that names the tensor", err, want)
		}
	}
}
