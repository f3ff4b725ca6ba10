package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"plexus"
	"plexus/models/llama"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

func generate(f *Fleet, path string, inputs map[string]any) (*plexus.Generation, error) {
	data, err := json.Marshal(inputs)
	if err != nil {
		return nil, err
	}
	r, err := f.Run(context.Background(), plexus.Model{ID: path, Weights: path}, &plexus.Request{Form: plexus.ChatCompletion, Inputs: data})
	if err != nil {
		return nil, err
	}
	return r.Value.(*plexus.Generation), nil
}

// Files of every architecture, each by many at once and alone, with one worker
// and two, freshly packed and mapped: the same text for the same seed.
func TestTextFromFiles(t *testing.T) {
	for _, spec := range []gguftest.Spec{
		{Type: gguf.Q4_0},
		{Mix: true},
		{Arch: "qwen2", Tokenizer: "gpt2", Pre: "qwen2", Type: gguf.Q8_0},
		{Arch: "qwen3", Tokenizer: "gpt2", Pre: "qwen2", Tied: true, Type: gguf.BF16},
	} {
		t.Run(fmt.Sprint(spec.Arch, spec.Type), func(t *testing.T) {
			path, data := gguftest.LlamaFile(t, spec), t.TempDir()
			var first []*plexus.Generation
			for _, threads := range []int{1, 2} {
				f := New(Config{DataDir: data, Threads: threads, Log: slog.New(slog.DiscardHandler)})
				texts := make([]*plexus.Generation, 6)
				var all sync.WaitGroup
				for i := range texts {
					all.Go(func() {
						var err error
						texts[i], err = generate(f, path, map[string]any{
							"prompt": strings.Repeat("the cloud ", 10*i+1), "max_tokens": 20, "seed": i, "n": 1 + i%2,
						})
						if err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				if first == nil {
					first = texts
				}
				alone, err := generate(f, path, map[string]any{
					"prompt": strings.Repeat("the cloud ", 21), "max_tokens": 20, "seed": 2,
				})
				if err != nil || !reflect.DeepEqual(alone, first[2]) || !reflect.DeepEqual(texts, first) {
					t.Errorf("%d threads: other texts (%v)", threads, err)
				}
				if s := f.Loaded(); len(s) != 1 || s[0].Bytes == 0 || s[0].Stats.GeneratedTokens == 0 || s[0].Users != 0 {
					t.Errorf("loaded: %+v", s)
				}
				f.Close()
			}
		})
	}
}

func TestFilesThatAreNotModels(t *testing.T) {
	dir := t.TempDir()
	whole, err := os.ReadFile(gguftest.LlamaFile(t, gguftest.Spec{Type: gguf.Q4_0}))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("empty", nil)
	write("text", []byte("not a model"))
	write("cut", whole[:len(whole)/2])
	write("header", whole[:1000])
	write("heads", bytes.Replace(whole, []byte("llama.attention.head_count\x04\x00\x00\x00\x08"), []byte("llama.attention.head_count\x04\x00\x00\x00\x00"), 1))
	f := New(Config{Threads: 1, Log: slog.New(slog.DiscardHandler)})
	defer f.Close()
	for _, name := range []string{"empty", "text", "cut", "header", "heads", "missing", "."} {
		_, err := generate(f, filepath.Join(dir, name), map[string]any{"prompt": "hi"})
		if p := plexus.AsError(err); err == nil || p.Code != plexus.CodeInternal || strings.Contains(p.Message, dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(f.Loaded()) != 0 || f.used != 0 {
		t.Errorf("%v, %d bytes", f.Loaded(), f.used)
	}
}

func TestModelTooLarge(t *testing.T) {
	path := gguftest.LlamaFile(t, gguftest.Spec{Type: gguf.F16})
	f := New(Config{Memory: 1 << 20, Threads: 1, Log: slog.New(slog.DiscardHandler)})
	defer f.Close()
	_, err := generate(f, path, map[string]any{"prompt": "hi"})
	if p := plexus.AsError(err); p.Code != plexus.CodeNoCapacity || !strings.Contains(p.Message, "1 MiB are allowed") {
		t.Error(err)
	}
}

// What a model works in counts, and all that a file asks for stays within the
// memory that is allowed.
func TestWorkMemoryCounts(t *testing.T) {
	const memory = 256 << 20
	path := gguftest.LlamaFile(t, gguftest.Spec{Type: gguf.F16, Context: 1 << 24})
	for _, task := range []plexus.Task{plexus.TextGeneration, plexus.TextEmbeddings} {
		f := New(Config{Memory: memory, Threads: 2, Log: slog.New(slog.DiscardHandler)})
		defer f.Close()
		m := plexus.Model{ID: "m", Weights: path, Task: task, Form: plexus.ChatCompletion}
		if _, err := f.Run(t.Context(), m, &plexus.Request{Form: m.Form, Inputs: []byte(`{"prompt":"hi","text":"hi","max_tokens":1}`)}); err != nil {
			t.Fatal(err)
		}
		file, err := gguf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		config, err := llama.ReadConfig(file.Meta)
		if err != nil {
			t.Fatal(err)
		}
		cache := int64(cacheBlocks(config, 64, memory, 0)) * config.BlockBytes()
		if task == plexus.TextEmbeddings {
			cache = int64(blocksOf(decoderContext)) * config.BlockBytes()
		}
		least := cache + config.WorkBytes(llama.Options{Rows: rows}, 2, 0)
		if s := f.Loaded(); len(s) != 1 || s[0].Bytes < least || s[0].Bytes > memory {
			t.Errorf("%s: loaded %+v, want %d to %d bytes", task, s, least, memory)
		}
	}
}

func TestEmbeddedModel(t *testing.T) {
	f := New(Config{Log: slog.New(slog.DiscardHandler)})
	defer f.Close()
	g, err := generate(f, "embedded:chat", map[string]any{
		"messages":    []map[string]string{{"role": "user", "content": "What is edge computing?"}},
		"temperature": 0, "max_tokens": 60,
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := g.Choices[0]; c.Text == "" || c.FinishReason == "" {
		t.Errorf("%+v", c)
	}
	if _, err := generate(f, "embedded:nothing", nil); err == nil {
		t.Error("an unknown embedded model is loaded")
	}
}

func TestCacheSize(t *testing.T) {
	c := llama.Config{Layers: 16, KVHeads: 8, HeadDim: 64, Context: 8192} // 1 MiB a block
	small := c
	small.Context = 256
	for name, want := range map[string]struct {
		config    llama.Config
		sequences int
		memory    int64 // MiB
		weights   int64 // MiB
		blocks    int
	}{
		"plenty":                 {c, 16, 1 << 20, 1 << 10, 16 * 2048 / 32},
		"one sequence":           {c, 1, 1 << 20, 1 << 10, 8192 / 32},
		"a quarter":              {c, 16, 2000, 1000, 500},
		"what the weights leave": {c, 16, 2000, 1900, 100},
		"the least":              {c, 16, 2000, 1999, 16},
		"small context":          {small, 4, 2000, 1999, 8},
	} {
		if got := cacheBlocks(want.config, want.sequences, want.memory<<20, want.weights<<20); got != want.blocks {
			t.Errorf("%s: %d blocks, want %d", name, got, want.blocks)
		}
	}
}
