package gguftest_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

var types = []gguf.Type{gguf.F32, gguf.F16, gguf.BF16, gguf.Q8_0, gguf.Q4_0, gguf.Q4_1, gguf.Q5_0, gguf.Q5_1, gguf.Q4_K, gguf.Q5_K, gguf.Q6_K}

func TestRandom(t *testing.T) {
	const rows, cols, deviation = 64, 1024, 0.03
	for _, kind := range types {
		var b bytes.Buffer
		if err := gguftest.Write(&b, nil, []gguftest.Tensor{gguftest.Random(1, "w", kind, deviation, cols, rows)}); err != nil {
			t.Fatal(err)
		}
		f, err := gguf.Parse(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float32, rows*cols)
		if err := f.Tensors[0].Floats(x); err != nil {
			t.Fatal(err)
		}
		var sum, squares float64
		for _, v := range x {
			sum += float64(v)
			squares += float64(v) * float64(v)
		}
		mean, rms := sum/float64(len(x)), math.Sqrt(squares/float64(len(x)))
		if math.Abs(mean) > deviation/5 || math.Abs(rms-deviation) > deviation/5 {
			t.Errorf("%v: mean %.4f, root mean square %.4f: want 0 and %.4f", kind, mean, rms, deviation)
		}
	}
}

func TestLlama(t *testing.T) {
	specs := []gguftest.Spec{
		{Mix: true}, {Mix: true, Tied: true}, {Arch: "qwen2", Tied: true, Tokenizer: "gpt2", Pre: "qwen2"},
		{Arch: "qwen3", HeadDim: 64}, {Rope: gguftest.RopeLlama3, Tokenizer: "gpt2", Pre: "llama-bpe"}, {Rope: gguftest.RopeLinear},
		{Hidden: 96, Heads: 3, KVHeads: 1, FF: 160, Type: gguf.Q4_K}, {Hidden: 40, Heads: 2, KVHeads: 2, FF: 88, Type: gguf.Q4_0},
	}
	for _, kind := range types {
		specs = append(specs, gguftest.Spec{Type: kind})
	}
	for _, s := range specs {
		t.Run(fmt.Sprintf("%+v", s), func(t *testing.T) {
			var a, b bytes.Buffer
			if err := gguftest.Llama(&a, s); err != nil {
				t.Fatal(err)
			}
			if err := gguftest.Llama(&b, s); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Error("the same spec gave two different files")
			}
			f, err := gguf.Parse(a.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			tokens, _ := f.Meta.Strings("tokenizer.ggml.tokens")
			embedding, ok := f.Tensor("token_embd.weight")
			if !ok || embedding.Rows() != len(tokens) {
				t.Errorf("%d tokens, embedding %v", len(tokens), embedding)
			}
			if _, ok := f.Tensor("output.weight"); ok == s.Tied {
				t.Errorf("tied is %v, output.weight there: %v", s.Tied, ok)
			}
			if _, ok := f.Tensor("blk.1.attn_q.bias"); ok != (s.Arch == "qwen2") {
				t.Errorf("%s: attn_q.bias there: %v", s.Arch, ok)
			}
			if _, ok := f.Tensor("blk.1.attn_q_norm.weight"); ok != (s.Arch == "qwen3") {
				t.Errorf("%s: attn_q_norm.weight there: %v", s.Arch, ok)
			}
		})
	}
}

// Merging must be able to reach every word: SentencePiece joins any two neighbours that make a token.
func TestWordsReachable(t *testing.T) {
	var b bytes.Buffer
	if err := gguftest.Llama(&b, gguftest.Spec{}); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	tokens, _ := f.Meta.Strings("tokenizer.ggml.tokens")
	for _, want := range []string{"▁h", "▁he", "▁hello", "▁world", "<0x0A>", "<|im_end|>"} {
		if !strings.Contains("\x00"+strings.Join(tokens, "\x00")+"\x00", "\x00"+want+"\x00") {
			t.Errorf("no token %q", want)
		}
	}
}

func TestVocabTooSmall(t *testing.T) {
	if err := gguftest.Llama(&bytes.Buffer{}, gguftest.Spec{Vocab: 100}); err == nil {
		t.Error("100 tokens hold 256 bytes")
	}
}
