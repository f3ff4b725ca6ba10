package textgen_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"plexus"
	"plexus/kernel"
	"plexus/models/llama"
	"plexus/textgen"
	"plexus/tokenizer"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
	"plexus/weights/packed"
)

// A real network has to keep what the engine builds on: blocks that are moved,
// shared and computed anew hold the same bits, so that texts do not depend on
// the company they are made in.
func TestLlamaGivesTheSameTextInAnyCompany(t *testing.T) {
	file, err := gguf.Open(gguftest.LlamaFile(t, gguftest.Spec{Type: gguf.Q4_0}))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	weights, err := packed.Open(t.Context(), "", file, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer weights.Close()
	tok, err := tokenizer.FromGGUF(file.Meta)
	if err != nil {
		t.Fatal(err)
	}
	pool := kernel.NewPool(1)
	defer pool.Close()

	const texts = 8
	request := func(i int) *plexus.Request {
		inputs, _ := json.Marshal(map[string]any{
			"prompt": strings.Repeat("the cloud ", 3*i+1), "max_tokens": 70, "seed": i, "top_p": 0.9, "repetition_penalty": 1.1,
		})
		return &plexus.Request{Account: fmt.Sprint(i % 2), Inputs: inputs}
	}
	run := func(options textgen.Options, rows, blocks, atOnce int) (all []any, stats textgen.Stats) {
		network, err := llama.New(file.Meta, weights, pool, llama.Options{Rows: rows, Blocks: blocks})
		if err != nil {
			t.Fatal(err)
		}
		defer network.Close()
		e := textgen.New(network, tok, nil, pool, options)
		defer e.Close()
		all = make([]any, texts)
		places := make(chan struct{}, atOnce)
		var wait sync.WaitGroup
		for i := range all {
			places <- struct{}{}
			wait.Go(func() {
				r, err := e.Run(context.Background(), request(i))
				if err != nil {
					t.Error(err)
				} else {
					all[i] = r.Value
				}
				<-places
			})
		}
		wait.Wait()
		return all, e.Stats()
	}
	alone, _ := run(textgen.Options{}, 200, 100, 1)
	crowd, _ := run(textgen.Options{Chunk: 7}, 64, 100, texts)
	if !reflect.DeepEqual(crowd, alone) {
		t.Error("eight at once: other texts")
	}
	squeezed, stats := run(textgen.Options{Chunk: 7}, 20, 12, texts)
	if !reflect.DeepEqual(squeezed, alone) {
		t.Error("eight at once in a small cache: other texts")
	}
	if stats.Preempted == 0 {
		t.Error("nothing was preempted: the cache is too large for this test")
	}
}
