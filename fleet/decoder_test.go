package fleet

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plexus"
	"plexus/models/llama"
	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// A decoder embeds by its last token: the same alone and among others, and cut
// in several passes.
func TestDecoderEmbeddings(t *testing.T) {
	path := gguftest.LlamaFile(t, gguftest.Spec{Arch: "qwen3", Tokenizer: "gpt2", Pre: "qwen2", Tied: true, Type: gguf.Q8_0})
	f := encoderFleet(t, 0)
	m := plexus.Model{ID: "m", Weights: path, Task: plexus.TextEmbeddings, Form: plexus.Instructed}
	list := []string{"a", "the cloud", strings.Repeat("the cloud ", 300), "b"}
	res, err := encodeOn(t, f, m, marshal(t, map[string]any{"documents": list}))
	if err != nil {
		t.Fatal(err)
	}
	together := res.Value.(*plexus.Embeddings).Data
	if res.Usage.PromptTokens < rows/2 {
		t.Errorf("only %d tokens", res.Usage.PromptTokens)
	}
	for i, text := range list {
		res, err := encodeOn(t, f, m, marshal(t, map[string]any{"text": text}))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(res.Value.(*plexus.Embeddings).Data[0], together[i]) {
			t.Errorf("text %d: other bits among others", i)
		}
	}
	query, err := encodeOn(t, f, m, `{"queries":"a"}`)
	if err != nil {
		t.Fatal(err)
	}
	spelled, err := encodeOn(t, f, m, `{"text":"Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:a"}`)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(query.Value.(*plexus.Embeddings).Data[0], spelled.Value.(*plexus.Embeddings).Data[0]) {
		t.Error("a query is not put into its instruction")
	}
}

// A decoder's folder gives what its GGUF file does, bit for bit.
func TestDecoderFolder(t *testing.T) {
	path := gguftest.LlamaFile(t, gguftest.Spec{Arch: "qwen3", Tokenizer: "gpt2", Pre: "qwen2", Tied: true, Type: gguf.F32})
	dir := t.TempDir()
	if err := transcribe(path, dir); err != nil {
		t.Fatal(err)
	}
	task, form, err := Inspect(dir)
	if err != nil || task != plexus.TextEmbeddings || form != plexus.Instructed {
		t.Errorf("inspected as %q, %q, %v", task, form, err)
	}
	var vectors [2][][]float32
	for i, weights := range []string{path, dir} {
		m := plexus.Model{ID: "m", Weights: weights, Task: plexus.TextEmbeddings, Form: plexus.Instructed}
		res, err := encodeOn(t, encoderFleet(t, 0), m, `{"documents":["the cloud","hello world, and what they said"],"queries":"word"}`)
		if err != nil {
			t.Fatal(err)
		}
		vectors[i] = res.Value.(*plexus.Embeddings).Data
	}
	if fmt.Sprint(vectors[0]) != fmt.Sprint(vectors[1]) {
		t.Errorf("the file gives %v,\nthe folder %v", vectors[0], vectors[1])
	}
	if err := os.RemoveAll(filepath.Join(dir, "1_Pooling")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Inspect(dir); err == nil || !strings.Contains(err.Error(), "GGUF") {
		t.Errorf("a text generation model in a folder: %v", err)
	}
}

// transcribe writes the GGUF file of a tiny qwen3 as a folder of transformers.
func transcribe(path, dir string) error {
	f, err := gguf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	number := func(key string) uint64 { n, _ := f.Meta.Uint("qwen3." + key); return n }
	float := func(key string) float64 { x, _ := f.Meta.Float("qwen3." + key); return x }
	config := map[string]any{
		"architectures": []string{"Qwen3ForCausalLM"}, "model_type": "qwen3", "hidden_act": "silu",
		"hidden_size": number("embedding_length"), "num_hidden_layers": number("block_count"),
		"num_attention_heads": number("attention.head_count"), "num_key_value_heads": number("attention.head_count_kv"),
		"head_dim": number("attention.key_length"), "intermediate_size": number("feed_forward_length"),
		"max_position_embeddings": number("context_length"), "rms_norm_eps": float("attention.layer_norm_rms_epsilon"),
		"rope_theta": float("rope.freq_base"),
	}
	names := map[string]string{"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
	for i := range number("block_count") {
		for _, part := range []string{"input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
			"self_attn.q_norm", "self_attn.k_norm", "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"} {
			name := fmt.Sprintf("model.layers.%d.%s.weight", i, part)
			names[llama.TensorName(name)] = name
		}
	}
	header, data := map[string]any{}, []byte(nil)
	for _, w := range f.Tensors {
		shape := slices.Clone(w.Shape)
		slices.Reverse(shape)
		header[names[w.Name]] = map[string]any{"dtype": "F32", "shape": shape, "data_offsets": []int{len(data), len(data) + len(w.Data)}}
		data = append(data, w.Data...)
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	tokens, _ := f.Meta.Strings("tokenizer.ggml.tokens")
	merges, _ := f.Meta.Strings("tokenizer.ggml.merges")
	vocab := map[string]int{}
	for i, token := range tokens {
		vocab[token] = i
	}
	tok := map[string]any{
		"normalizer": map[string]any{"type": "NFC"},
		"pre_tokenizer": map[string]any{"type": "Sequence", "pretokenizers": []any{
			map[string]any{"type": "Split", "pattern": map[string]any{
				"Regex": `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`}},
			map[string]any{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false},
		}},
		"model": map[string]any{"type": "BPE", "vocab": vocab, "merges": merges},
	}
	err = os.Mkdir(filepath.Join(dir, "1_Pooling"), 0o700)
	for name, content := range map[string]any{
		"config.json": config, "tokenizer.json": tok, "1_Pooling/config.json": map[string]bool{"pooling_mode_lasttoken": true},
	} {
		encoded, bad := json.Marshal(content)
		err = errors.Join(err, bad, os.WriteFile(filepath.Join(dir, name), encoded, 0o600))
	}
	file := slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text, data)
	return errors.Join(err, os.WriteFile(filepath.Join(dir, "model.safetensors"), file, 0o600))
}
