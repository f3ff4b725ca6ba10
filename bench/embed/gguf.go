package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"plexus/bench/llamacpp"
	"plexus/nn"
	"plexus/tensor"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// ggufNames turns transformers' names into libllama's, longer ones first.
var ggufNames = strings.NewReplacer(
	"embeddings.word_embeddings", "token_embd",
	"embeddings.position_embeddings", "position_embd",
	"embeddings.token_type_embeddings", "token_types",
	"embeddings.LayerNorm", "token_embd_norm",
	"encoder.layer.", "blk.",
	"attention.self.query", "attn_q",
	"attention.self.key", "attn_k",
	"attention.self.value", "attn_v",
	"attention.output.dense", "attn_output",
	"attention.output.LayerNorm", "attn_output_norm",
	"intermediate.dense", "ffn_up",
	"output.dense", "ffn_down",
	"output.LayerNorm", "layer_output_norm",
)

// gguf writes the network for libllama, the matrices of its layers as kind: F32
// or Q8_0.
func (n *network) gguf(path string, kind gguf.Type) error {
	var words []string
	for i := range vocabulary {
		words = append(words, "▁"+word(i))
	}
	meta := []gguftest.KV{
		{Key: "general.architecture", Value: "bert"},
		{Key: "bert.block_count", Value: uint32(n.Layers)},
		{Key: "bert.context_length", Value: uint32(n.Positions)},
		{Key: "bert.embedding_length", Value: uint32(n.Hidden)},
		{Key: "bert.feed_forward_length", Value: uint32(n.FF)},
		{Key: "bert.attention.head_count", Value: uint32(n.Heads)},
		{Key: "bert.attention.layer_norm_epsilon", Value: float32(n.Eps)},
		{Key: "bert.attention.causal", Value: false},
		{Key: "tokenizer.ggml.model", Value: "bert"},
		{Key: "tokenizer.ggml.token_type_count", Value: uint32(n.Types)},
		{Key: "tokenizer.ggml.tokens", Value: words},
	}
	var tensors []gguftest.Tensor
	for _, t := range n.tensors {
		out := gguftest.Tensor{Name: ggufNames.Replace(t.name), Type: gguf.F32, Data: bytes.NewReader(bytesOf(t.data))}
		for i := len(t.shape) - 1; i >= 0; i-- {
			out.Shape = append(out.Shape, t.shape[i])
		}
		if kind == gguf.Q8_0 && len(t.shape) == 2 && strings.HasPrefix(out.Name, "blk.") {
			out.Type, out.Data = kind, q8(t.data)
		}
		tensors = append(tensors, out)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := gguftest.Write(file, meta, tensors); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// q8 rounds x to Q8_0: blocks of 32 numbers of 8 bits with a scale of 16.
func q8(x []float32) io.Reader {
	var b []byte
	for ; len(x) > 0; x = x[32:] {
		top := float32(0)
		for _, v := range x[:32] {
			top = max(top, v, -v)
		}
		b = binary.LittleEndian.AppendUint16(b, tensor.F16(top/127))
		for _, v := range x[:32] {
			b = append(b, byte(int8(math.RoundToEven(float64(v*127/top)))))
		}
	}
	return bytes.NewReader(b)
}

// libllama runs a batch in passes of 512 tokens, as its server does.
func (n *network) libllama(path string, kind gguf.Type, threads int) (engine, func(), error) {
	if err := n.gguf(path, kind); err != nil {
		return engine{}, nil, err
	}
	m, err := llamacpp.Load(path)
	if err != nil {
		return engine{}, nil, err
	}
	enc, err := m.NewEncoder(threads, passRows)
	if err != nil {
		m.Close()
		return engine{}, nil, err
	}
	run := inPasses(func(s *nn.Sequences, out []float32) ([]float32, error) { return enc.Encode(s, out) })
	timed := func(texts int, tokens []int32, times int) ([]float64, []float32, error) {
		defer enc.Rest() // else its threads spin into the next engine's turn
		return run(texts, tokens, times)
	}
	name := fmt.Sprintf("libllama %s", strings.ToLower(kind.String()))
	return engine{name, timed}, func() { enc.Close(); m.Close() }, nil
}
