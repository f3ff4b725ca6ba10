package parity

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"plexus/bench/engine"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// types are the tensor types that Plexus reads.
var types = []gguf.Type{
	gguf.F32, gguf.F16, gguf.BF16, gguf.Q8_0, gguf.Q4_0, gguf.Q4_1, gguf.Q5_0, gguf.Q5_1, gguf.Q4_K, gguf.Q5_K, gguf.Q6_K,
}

// shapes are the architectures, and what varies within them.
var shapes = map[string]gguftest.Spec{
	"llama":          {},
	"llama-mha":      {KVHeads: 8},
	"llama-mqa":      {KVHeads: 1, HeadDim: 64},
	"llama-tied":     {Tied: true, Heads: 4, KVHeads: 2},
	"llama-linear":   {Rope: gguftest.RopeLinear},
	"llama-llama3":   {Rope: gguftest.RopeLlama3, RopeBase: 500000, Heads: 4, KVHeads: 1, Tokenizer: "gpt2", Pre: "llama-bpe"},
	"llama-head128":  {Heads: 6, KVHeads: 2, HeadDim: 128, Eps: 1e-6},
	"qwen2":          {Arch: "qwen2", Heads: 4, KVHeads: 2, RopeBase: 1000000, Eps: 1e-6, Tokenizer: "gpt2", Pre: "qwen2"},
	"qwen2-tied":     {Arch: "qwen2", Tied: true, Tokenizer: "gpt2", Pre: "qwen2"},
	"qwen3":          {Arch: "qwen3", HeadDim: 64, RopeBase: 1000000, Eps: 1e-6, Tokenizer: "gpt2", Pre: "qwen2"},
	"qwen3-tied-128": {Arch: "qwen3", HeadDim: 128, Heads: 4, KVHeads: 1, Tied: true, Tokenizer: "gpt2", Pre: "qwen2"},
	"llama-odd":      {Hidden: 288, Heads: 6, KVHeads: 2, FF: 736, Vocab: 1021, Layers: 3},
	"qwen2-odd":      {Arch: "qwen2", Hidden: 160, Heads: 4, KVHeads: 4, FF: 416, Vocab: 777, Tokenizer: "gpt2", Pre: "qwen2"},
}

// eachModel runs f for every shape in every type and in the mix of Q4_K_M, with
// the name of the type and the path of the file.
func eachModel(t *testing.T, f func(t *testing.T, kind, path string)) {
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		eachType(t, name, f)
	}
}

// eachType is eachModel for one shape.
func eachType(t *testing.T, shape string, f func(t *testing.T, kind, path string)) {
	run := func(kind string, spec gguftest.Spec) {
		t.Run(shape+"/"+kind, func(t *testing.T) { f(t, kind, gguftest.LlamaFile(t, spec)) })
	}
	for seed, kind := range types {
		spec := shapes[shape]
		spec.Type, spec.Seed = kind, uint64(seed)
		run(kind.String(), spec)
	}
	spec := shapes[shape]
	spec.Mix = true
	run("Q4_K_M", spec)
}

// sizes fit most tests here. One thread each: a second one of libllama spins at
// its barriers, which takes minutes on a busy machine.
var sizes = engine.Options{Threads: 1, Context: 192, Sequences: 4, Rows: 64}

type opener = func(string, engine.Options) (engine.Engine, error)

func open(t *testing.T, with opener, path string, o engine.Options) engine.Engine {
	t.Helper()
	e, err := with(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// engines are those that a model is compared in.
type engines struct {
	plexus, libllama engine.Engine
	reference        engine.Engine // libllama on the same weights as floats
}

func openAll(t *testing.T, path string) engines {
	t.Helper()
	return engines{
		open(t, engine.Plexus, path, sizes),
		open(t, engine.Llamacpp, path, sizes),
		open(t, engine.Reference, dequantized(t, path), sizes),
	}
}

// dequantized writes the model at path again with every tensor in F32.
func dequantized(t *testing.T, path string) string {
	t.Helper()
	file, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var meta []gguftest.KV
	for _, key := range slices.Sorted(maps.Keys(file.Meta)) {
		meta = append(meta, gguftest.KV{Key: key, Value: file.Meta[key]})
	}
	var tensors []gguftest.Tensor
	for _, tensor := range file.Tensors {
		values := make([]float32, tensor.Rows()*tensor.Cols())
		if err := tensor.Floats(values); err != nil {
			t.Fatal(err)
		}
		tensors = append(tensors, gguftest.Floats(tensor.Name, values, tensor.Shape...))
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "f32.gguf"))
	if err != nil {
		t.Fatal(err)
	}
	if err := gguftest.Write(out, meta, tensors); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Name()
}
