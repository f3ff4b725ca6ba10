package gguftest

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"plexus/weights/gguf"
)

// Spec describes a random model of the Llama family. Zero values of the numbers stand for those of a tiny
// model; see withDefaults.
type Spec struct {
	Arch string // llama (also if empty), qwen2 or qwen3

	Hidden, Layers, Heads, KVHeads, HeadDim, FF, Context int
	Vocab                                                int // at least what the tokeniser needs
	RopeBase, Eps                                        float32
	Rope                                                 Rope

	Type gguf.Type // of all matrices, unless Mix
	Mix  bool      // Q4_K_M: Q6_K for the output and for attn_v and ffn_down in half of the layers, else Q4_K
	Tied bool      // no output matrix: the embedding serves

	Tokenizer string // llama (SentencePiece; also if empty) or gpt2 (byte-level BPE)
	Pre       string // of gpt2: the name of its pre-tokeniser, such as llama-bpe or qwen2

	Seed uint64
}

// Rope is how positions are stretched beyond the context that a model was first trained with.
type Rope string

// The ways of stretching that models come with.
const (
	RopePlain  Rope = ""
	RopeLinear Rope = "linear" // positions divided by 4
	RopeLlama3 Rope = "llama3" // frequencies divided by the factors in rope_freqs.weight, as Llama 3.1 does
)

func (s Spec) withDefaults() Spec {
	for _, field := range []struct {
		p *int
		v int
	}{{&s.Hidden, 256}, {&s.Layers, 2}, {&s.Heads, 8}, {&s.KVHeads, 4}, {&s.FF, 512}, {&s.Context, 512}, {&s.Vocab, 512}} {
		if *field.p == 0 {
			*field.p = field.v
		}
	}
	if s.HeadDim == 0 {
		s.HeadDim = s.Hidden / s.Heads
	}
	if s.Arch == "" {
		s.Arch = "llama"
	}
	if s.RopeBase == 0 {
		s.RopeBase = 10000
	}
	if s.Eps == 0 {
		s.Eps = 1e-5
	}
	return s
}

// TinyLlama is the shape of TinyLlama 1.1B.
func TinyLlama(kind gguf.Type) Spec {
	return Spec{Hidden: 2048, Layers: 22, Heads: 32, KVHeads: 4, FF: 5632, Vocab: 32000, Context: 2048, Type: kind}
}

// Llama writes the model that s describes. The same spec gives the same bytes.
func Llama(w io.Writer, s Spec) error {
	s = s.withDefaults()
	meta, err := s.meta()
	if err != nil {
		return err
	}
	return Write(w, meta, s.tensors())
}

// LlamaFile writes the model that s describes to a file that lives as long as the test, and returns its path.
func LlamaFile(t testing.TB, s Spec) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.gguf")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := Llama(file, s); err != nil {
		t.Fatal(err)
	}
	return path
}

// meta returns the metadata under the keys of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
func (s Spec) meta() ([]KV, error) {
	arch := func(key string, value any) KV { return KV{s.Arch + "." + key, value} }
	meta := []KV{
		{"general.architecture", s.Arch},
		{"general.name", fmt.Sprintf("random %s %v", s.Arch, s.Type)},
		{"general.alignment", uint32(alignment)},
		{"general.quantization_version", uint32(2)},
		arch("context_length", uint32(s.Context)),
		arch("embedding_length", uint32(s.Hidden)),
		arch("block_count", uint32(s.Layers)),
		arch("feed_forward_length", uint32(s.FF)),
		arch("vocab_size", uint32(s.Vocab)),
		arch("attention.head_count", uint32(s.Heads)),
		arch("attention.head_count_kv", uint32(s.KVHeads)),
		arch("attention.key_length", uint32(s.HeadDim)),
		arch("attention.value_length", uint32(s.HeadDim)),
		arch("attention.layer_norm_rms_epsilon", s.Eps),
		arch("rope.dimension_count", uint32(s.HeadDim)),
		arch("rope.freq_base", s.RopeBase),
	}
	if s.Rope == RopeLinear {
		meta = append(meta, arch("rope.scaling.type", "linear"), arch("rope.scaling.factor", float32(4)))
	}
	tokenizer, err := s.tokenizer()
	return append(meta, tokenizer...), err
}

func (s Spec) tensors() []Tensor {
	var list []Tensor
	matrix := func(name string, layer, rows, cols int) {
		list = append(list, Random(s.Seed, name, s.kind(name, layer, cols), 1/math.Sqrt(float64(cols)), cols, rows))
	}
	vector := func(name string, n int, mean, deviation float64) {
		t := Random(s.Seed, name, gguf.F32, deviation, n)
		if mean != 0 {
			t.Data = &shifted{t.Data, float32(mean)}
		}
		list = append(list, t)
	}
	// An embedding of unit variance drowns neither in the layers' sums nor they in it; a tied one is the
	// output matrix too, whose logits would then be far apart.
	embedding := 1.0
	if s.Tied {
		embedding = 1 / math.Sqrt(float64(s.Hidden))
	}
	list = append(list, Random(s.Seed, "token_embd.weight", s.kind("token_embd.weight", 0, s.Hidden), embedding, s.Hidden, s.Vocab))
	if s.Rope == RopeLlama3 {
		list = append(list, Floats("rope_freqs.weight", llama3Factors(s.HeadDim, float64(s.RopeBase)), s.HeadDim/2))
	}
	for i := range s.Layers {
		blk := fmt.Sprintf("blk.%d.", i)
		vector(blk+"attn_norm.weight", s.Hidden, 1, 0.1)
		matrix(blk+"attn_q.weight", i, s.Heads*s.HeadDim, s.Hidden)
		matrix(blk+"attn_k.weight", i, s.KVHeads*s.HeadDim, s.Hidden)
		matrix(blk+"attn_v.weight", i, s.KVHeads*s.HeadDim, s.Hidden)
		matrix(blk+"attn_output.weight", i, s.Hidden, s.Heads*s.HeadDim)
		switch s.Arch {
		case "qwen2":
			vector(blk+"attn_q.bias", s.Heads*s.HeadDim, 0, 0.5)
			vector(blk+"attn_k.bias", s.KVHeads*s.HeadDim, 0, 0.5)
			vector(blk+"attn_v.bias", s.KVHeads*s.HeadDim, 0, 0.5)
		case "qwen3":
			vector(blk+"attn_q_norm.weight", s.HeadDim, 1, 0.1)
			vector(blk+"attn_k_norm.weight", s.HeadDim, 1, 0.1)
		}
		vector(blk+"ffn_norm.weight", s.Hidden, 1, 0.1)
		matrix(blk+"ffn_gate.weight", i, s.FF, s.Hidden)
		matrix(blk+"ffn_up.weight", i, s.FF, s.Hidden)
		matrix(blk+"ffn_down.weight", i, s.Hidden, s.FF)
	}
	vector("output_norm.weight", s.Hidden, 1, 0.1)
	if !s.Tied {
		matrix("output.weight", 0, s.Vocab, s.Hidden)
	}
	return list
}

// kind is the type of a matrix: the wanted one, or where its blocks do not divide the columns, as llama.cpp
// chooses, one with smaller blocks.
func (s Spec) kind(name string, layer, cols int) gguf.Type {
	kind := s.Type
	if s.Mix {
		kind = gguf.Q4_K
		half := strings.Contains(name, "attn_v") || strings.Contains(name, "ffn_down")
		if half && layer%2 == 0 || name == "output.weight" || name == "token_embd.weight" && s.Tied {
			kind = gguf.Q6_K
		}
	}
	for _, kind := range []gguf.Type{kind, gguf.Q8_0} {
		if _, err := kind.RowSize(cols); err == nil {
			return kind
		}
	}
	return gguf.F16
}

// llama3Factors are what Llama 3.1 divides the rotary frequencies by: high ones are kept, low ones divided
// by 8, and those between (wavelengths of 1/4 to 1 of the original context) blended.
// https://github.com/huggingface/transformers/blob/main/src/transformers/modeling_rope_utils.py
func llama3Factors(headDim int, base float64) []float32 {
	const factor, low, high, context = 8, 1, 4, 64 // Llama 3.1's context is 8192: a test stays within 64 or so
	factors := make([]float32, headDim/2)
	for i := range factors {
		wavelength := 2 * math.Pi * math.Pow(base, float64(2*i)/float64(headDim))
		switch {
		case wavelength < context/high:
			factors[i] = 1
		case wavelength > context/low:
			factors[i] = factor
		default:
			smooth := (context/wavelength - low) / (high - low)
			factors[i] = float32(1 / ((1-smooth)/factor + smooth))
		}
	}
	return factors
}

// shifted adds a constant to float32 values.
type shifted struct {
	io.Reader
	by float32
}

func (s *shifted) Read(p []byte) (int, error) {
	n, err := io.ReadFull(s.Reader, p[:len(p)&^3])
	for i := 0; i < n; i += 4 {
		le.PutUint32(p[i:], math.Float32bits(math.Float32frombits(le.Uint32(p[i:]))+s.by))
	}
	return n, err
}
