package llama_test

import (
	"context"
	"testing"

	"plexus/kernel"
	"plexus/models/llama"
	"plexus/weights/gguf/gguftest"
	"plexus/weights/packed"
)

// A file that names a huge context costs no memory for positions that the cache
// cannot hold.
func TestContextIsTheCaches(t *testing.T) {
	file := open(t, gguftest.Spec{Context: 1 << 24})
	weights, err := packed.Open(context.Background(), "", file, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer weights.Close()
	pool := kernel.NewPool(1)
	defer pool.Close()
	for _, tt := range []struct{ blocks, context, want int }{
		{16, 0, 16 * kernel.KVPositions},
		{16, 100, 100},
		{1, 1 << 20, kernel.KVPositions},
	} {
		o := llama.Options{Rows: 32, Blocks: tt.blocks, Context: tt.context}
		m, err := llama.New(file.Meta, weights, pool, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Context(); got != tt.want {
			t.Errorf("%d blocks, context %d: %d positions, want %d", tt.blocks, tt.context, got, tt.want)
		}
		if n := m.WorkBytes(o, 1, m.Vocab()); n > 16<<20 {
			t.Errorf("%d blocks, context %d: %d bytes", tt.blocks, tt.context, n)
		}
		m.Close()
	}
}

// The figures of Llama 3.1 8B.
func TestWorkBytes(t *testing.T) {
	c := llama.Config{Hidden: 4096, Layers: 32, Heads: 32, KVHeads: 8, HeadDim: 128, FF: 14336, Context: 131072}
	none := c.WorkBytes(llama.Options{}, 0, 0)
	for _, tt := range []struct {
		name             string
		options          llama.Options
		workers, outputs int
		least, most      int64 // MiB
	}{
		{"activations", llama.Options{Rows: 512}, 0, 0, 120, 180},
		{"logits", llama.Options{}, 0, 64 * 128256, 31, 32},
		{"scores", llama.Options{Blocks: 4096}, 16, 0, 16384 + 96, 16384 + 97},
		{"scores of a short cache", llama.Options{Blocks: 64}, 16, 0, 256, 258},
	} {
		if n := (c.WorkBytes(tt.options, tt.workers, tt.outputs) - none) >> 20; n < tt.least || n > tt.most {
			t.Errorf("%s: %d MiB, want %d to %d", tt.name, n, tt.least, tt.most)
		}
	}
}
