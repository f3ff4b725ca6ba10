package parity

import (
	"slices"
	"testing"

	"plexus/bench/engine"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// TestLongContext compares the logits of a text of 900 tokens, far beyond where
// the scaled rotary embeddings begin to differ from the plain one, in floats.
func TestLongContext(t *testing.T) {
	for _, shape := range []string{"llama", "llama-linear", "llama-llama3", "qwen2", "qwen3"} {
		t.Run(shape, func(t *testing.T) {
			spec := shapes[shape]
			spec.Type, spec.Context = gguf.F32, 1024
			path := gguftest.LlamaFile(t, spec)
			o := engine.Options{Threads: 1, Context: 1024, Sequences: 1, Rows: 64}
			read := func(with opener) (logits [][]float32) {
				e := open(t, with, path, o)
				pos := 0
				for part := range slices.Chunk(randomTokens(8, 900), 60) {
					logits = append(logits, forward(t, e, rows{0, pos, part})...)
					pos += len(part)
				}
				return logits
			}
			plexus, libllama, reference := read(engine.Plexus), read(engine.Llamacpp), read(engine.Reference)
			judge(t, plexus, libllama, reference)
		})
	}
}
