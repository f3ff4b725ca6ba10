//go:build unix

package gguf_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	empty, fifo := filepath.Join(dir, "empty"), filepath.Join(dir, "fifo")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(fifo, link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		link:                          "not a regular file",
		empty:                         "empty file",
		fifo:                          "not a regular file",
		dir:                           "not a regular file",
		"/dev/zero":                   "not a regular file",
		filepath.Join(dir, "missing"): "no such file",
	} {
		if _, err := gguf.Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q): got %v, want an error with %q", path, err, want)
		}
	}
}

func TestOpenTruncatedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.gguf")
	var b bytes.Buffer
	const n = 1 << 16
	tensors := []gguftest.Tensor{{Name: "w", Shape: []int{n}, Type: gguf.F32, Data: bytes.NewReader(make([]byte, 4*n))}}
	if err := gguftest.Write(&b, nil, tensors); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Truncate(path, 4096); err != nil {
		t.Fatal(err)
	}
	w, _ := f.Tensor("w")
	if err := w.Floats(make([]float32, n)); err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("got %v, want an error that says truncated", err)
	}
}

// shard writes shard no (from 0) of count, with one tensor.
func shard(t *testing.T, dir string, no, count int, tensor string) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("m-%05d-of-%05d.gguf", no+1, count))
	var b bytes.Buffer
	err := gguftest.Write(&b, []gguftest.KV{
		{Key: "split.no", Value: uint16(no)},
		{Key: "split.count", Value: uint16(count)},
	}, []gguftest.Tensor{gguftest.Floats(tensor, []float32{float32(no)}, 1)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestShards(t *testing.T) {
	dir := t.TempDir()
	first := shard(t, dir, 0, 3, "a")
	shard(t, dir, 1, 3, "b")
	shard(t, dir, 2, 3, "c")
	f, err := gguf.Open(first)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, name := range []string{"a", "b", "c"} {
		w, ok := f.Tensor(name)
		x := make([]float32, 1)
		if !ok || w.Floats(x) != nil || x[0] != float32(i) {
			t.Errorf("tensor %q: %v, %v", name, w, x)
		}
	}
	if len(f.Parts) != 3 {
		t.Errorf("%d parts", len(f.Parts))
	}
}

func TestShardsRefused(t *testing.T) {
	const second = "m-00002-of-00002.gguf"
	for name, tt := range map[string]struct {
		spoil func(dir string) error
		path  string
		want  string
	}{
		"not the first": {func(string) error { return nil }, second, "open the first"},
		"renamed":       {func(dir string) error { return os.Rename(dir+"/m-00001-of-00002.gguf", dir+"/m.gguf") }, "m.gguf", "open the first"},
		"missing":       {func(dir string) error { return os.Remove(filepath.Join(dir, second)) }, "", "no such file"},
		"same tensor":   {func(dir string) error { shard(t, dir, 1, 2, "a"); return nil }, "", "twice"},
		"wrong number": {func(dir string) error {
			return os.Rename(shard(t, t.TempDir(), 0, 2, "b"), filepath.Join(dir, second))
		}, "", "is not its shard 2"},
		"too many": {func(dir string) error { shard(t, dir, 0, 1001, "a"); return nil }, "m-00001-of-01001.gguf", "at most 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := shard(t, dir, 0, 2, "a")
			shard(t, dir, 1, 2, "b")
			if err := tt.spoil(dir); err != nil {
				t.Fatal(err)
			}
			if tt.path != "" {
				path = filepath.Join(dir, tt.path)
			}
			if _, err := gguf.Open(path); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}
