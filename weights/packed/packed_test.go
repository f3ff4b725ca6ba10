package packed_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
	"plexus/weights/packed"
)

func open(t testing.TB, path string) *gguf.File {
	t.Helper()
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// load opens the weights of the model at path and reports whether they had to be packed.
func load(t testing.TB, dir, path string) (w *packed.Weights, packedNow bool) {
	t.Helper()
	f := open(t, path)
	last := int64(0)
	w, err := packed.Open(context.Background(), dir, f, func(done, total int64) {
		if done <= last || done > total {
			t.Errorf("progress went from %d to %d of %d", last, done, total)
		}
		last, packedNow = done, true
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	check(t, f, w)
	return w, packedNow
}

// check compares every tensor with its dequantised self.
func check(t testing.TB, f *gguf.File, w *packed.Weights) {
	t.Helper()
	for i := range f.Tensors {
		tensor := &f.Tensors[i]
		want := make([]float32, tensor.Rows()*tensor.Cols())
		if err := tensor.Floats(want); err != nil {
			t.Fatal(err)
		}
		if !w.Has(tensor.Name) {
			t.Fatalf("no tensor %q", tensor.Name)
		}
		got, err := w.Vector(tensor.Name)
		if len(tensor.Shape) > 1 {
			m, err := w.Matrix(tensor.Name)
			if err != nil {
				t.Fatal(err)
			}
			got = make([]float32, len(want))
			for row := range m.Rows {
				m.Row(got[row*m.Cols:], row)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if d := got[i] - want[i]; d > 4e-3 || d < -4e-3 { // K-quant scales are rounded
				t.Fatalf("%s, element %d: got %g, want %g", tensor.Name, i, got[i], want[i])
			}
		}
	}
}

func files(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func cacheFile(t testing.TB, dir string) string {
	t.Helper()
	names := files(t, dir)
	if len(names) != 1 || !strings.HasPrefix(names[0], "model-") || !strings.HasSuffix(names[0], ".packed") {
		t.Fatalf("files in the cache: %q, want one", names)
	}
	return filepath.Join(dir, names[0])
}

func TestOpen(t *testing.T) {
	for _, s := range []gguftest.Spec{{Mix: true}, {Type: gguf.Q5_0}, {Type: gguf.BF16, Hidden: 40, Heads: 2, KVHeads: 1, FF: 70}} {
		dir, path := filepath.Join(t.TempDir(), "not", "there"), gguftest.LlamaFile(t, s)
		if _, now := load(t, dir, path); !now {
			t.Error("packed weights came from nowhere")
		}
		before, err := os.Stat(cacheFile(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		w, now := load(t, dir, path)
		if now {
			t.Error("the second load packed again")
		}
		after, err := os.Stat(cacheFile(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		if !os.SameFile(before, after) || after.Size() != w.Bytes() {
			t.Errorf("the cache file changed, or does not have %d bytes", w.Bytes())
		}
		memory, now := load(t, "", path)
		if !now || memory.Bytes() != w.Bytes() {
			t.Errorf("%d bytes in memory, %d in the file", memory.Bytes(), w.Bytes())
		}
	}
}

func TestNames(t *testing.T) {
	w, _ := load(t, "", gguftest.LlamaFile(t, gguftest.Spec{Tied: true}))
	if w.Has("output.weight") {
		t.Error("a tied model has an output matrix")
	}
	if _, err := w.Matrix("output.weight"); err == nil {
		t.Error("Matrix of an absent name succeeds")
	}
	if _, err := w.Vector("token_embd.weight"); err == nil {
		t.Error("Vector of a matrix succeeds")
	}
	if _, err := w.Matrix("output_norm.weight"); err == nil {
		t.Error("Matrix of a vector succeeds")
	}
}

func TestDamagedCache(t *testing.T) {
	dir, path := t.TempDir(), gguftest.LlamaFile(t, gguftest.Spec{Type: gguf.Q4_0, Vocab: 8192}) // large enough to be sampled
	load(t, dir, path)
	cache := cacheFile(t, dir)
	size := func() int64 {
		info, err := os.Stat(cache)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if size() < 1<<20 {
		t.Fatalf("a cache of %d bytes is hashed whole", size())
	}
	good := size()
	flip := func(offset int64) func(*os.File) error {
		return func(f *os.File) error {
			var b [1]byte
			if _, err := f.ReadAt(b[:], offset); err != nil {
				return err
			}
			b[0] ^= 1
			_, err := f.WriteAt(b[:], offset)
			return err
		}
	}
	for name, damage := range map[string]func(f *os.File) error{
		"magic":      flip(0),
		"seal":       flip(40),
		"first byte": flip(4096),
		"last page":  flip(good - 4096),
		"hole":       func(f *os.File) error { _, err := f.WriteAt(make([]byte, good/4), good/2); return err },
		"zeros":      func(f *os.File) error { return errors.Join(f.Truncate(0), f.Truncate(good)) },
		"truncated":  func(f *os.File) error { return f.Truncate(good - 1) },
		"empty":      func(f *os.File) error { return f.Truncate(0) },
		"longer":     func(f *os.File) error { return f.Truncate(good + 1) },
	} {
		t.Run(name, func(t *testing.T) {
			f, err := os.OpenFile(cache, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(damage(f), f.Close()); err != nil {
				t.Fatal(err)
			}
			if _, now := load(t, dir, path); !now {
				t.Error("the damaged file was trusted")
			}
			if size() != good {
				t.Errorf("rebuilt with %d bytes, not %d", size(), good)
			}
		})
	}
}

// A new version of a model replaces the old one's cache; loaded weights of the old one stay as they are.
func TestChangedModel(t *testing.T) {
	dir, path := t.TempDir(), gguftest.LlamaFile(t, gguftest.Spec{Seed: 1})
	old, _ := load(t, dir, path)
	was, err := old.Vector("output_norm.weight")
	if err != nil {
		t.Fatal(err)
	}
	first := was[0]
	for name, change := range map[string]func() error{
		"other weights": func() error {
			var b bytes.Buffer
			return errors.Join(gguftest.Llama(&b, gguftest.Spec{Seed: 2}), os.Remove(path), os.WriteFile(path, b.Bytes(), 0o600))
		},
		"other time": func() error { return os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := change(); err != nil {
				t.Fatal(err)
			}
			if _, now := load(t, dir, path); !now {
				t.Error("the old cache was used")
			}
			cacheFile(t, dir)
		})
	}
	if was[0] != first {
		t.Error("the loaded weights changed")
	}
}

func TestConcurrentOpen(t *testing.T) {
	dir, path := t.TempDir(), gguftest.LlamaFile(t, gguftest.Spec{})
	var packers atomic.Int32
	var wait sync.WaitGroup
	for range 8 {
		f := open(t, path)
		wait.Go(func() {
			w, err := packed.Open(context.Background(), dir, f, func(done, total int64) {
				if done == total {
					packers.Add(1)
				}
			})
			if err != nil {
				t.Error(err)
				return
			}
			defer w.Close()
			check(t, f, w)
		})
	}
	wait.Wait()
	if n := packers.Load(); n != 1 {
		t.Errorf("%d of 8 loads packed", n)
	}
	cacheFile(t, dir)
}

func TestCancel(t *testing.T) {
	path := gguftest.LlamaFile(t, gguftest.Spec{})
	for _, dir := range []string{"", t.TempDir()} {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := packed.Open(ctx, dir, open(t, path), func(done, total int64) { cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("dir %q: got %v, want context.Canceled", dir, err)
		}
		if dir != "" && len(files(t, dir)) != 0 {
			t.Errorf("left behind: %q", files(t, dir))
		}
	}
}

// A scale that is no number ends packing with an error that names the tensor, and leaves nothing behind.
func TestBadWeights(t *testing.T) {
	var b bytes.Buffer
	block := append([]byte{0, 0x7e}, make([]byte, 32)...)
	err := gguftest.Write(&b, nil, []gguftest.Tensor{{Name: "bad", Shape: []int{32, 1}, Type: gguf.Q8_0, Data: bytes.NewReader(block)}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := packed.Open(context.Background(), dir, f, nil); err == nil || !strings.Contains(err.Error(), `"bad"`) {
		t.Errorf("got %v, want an error that names the tensor", err)
	}
	if len(files(t, dir)) != 0 {
		t.Errorf("left behind: %q", files(t, dir))
	}
}

func TestModelTruncatedWhileOpen(t *testing.T) {
	path, dir := gguftest.LlamaFile(t, gguftest.Spec{}), t.TempDir()
	f := open(t, path)
	if err := os.Truncate(path, 1<<16); err != nil {
		t.Fatal(err)
	}
	if _, err := packed.Open(context.Background(), dir, f, nil); err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("got %v, want an error that says truncated", err)
	}
	if len(files(t, dir)) != 0 {
		t.Errorf("left behind: %q", files(t, dir))
	}
}

func TestDirNotWritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, gguftest.LlamaFile(t, gguftest.Spec{}))
	if _, err := packed.Open(context.Background(), file, f, nil); err == nil {
		t.Error("a file served as a directory")
	}
}

func BenchmarkOpen(b *testing.B) {
	path := gguftest.LlamaFile(b, gguftest.Spec{Hidden: 2048, Layers: 2, Heads: 32, KVHeads: 4, FF: 5632, Vocab: 4096, Mix: true})
	f := open(b, path)
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("pack", func(b *testing.B) {
		b.SetBytes(info.Size())
		dir := b.TempDir()
		for b.Loop() {
			w, err := packed.Open(context.Background(), dir, f, nil)
			if err != nil {
				b.Fatal(err)
			}
			w.Close()
			os.RemoveAll(dir)
		}
	})
	b.Run("map", func(b *testing.B) {
		dir := b.TempDir()
		for b.Loop() {
			w, err := packed.Open(context.Background(), dir, f, nil)
			if err != nil {
				b.Fatal(err)
			}
			w.Close()
		}
	})
}
