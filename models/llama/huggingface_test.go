package llama

import (
	"reflect"
	"strings"
	"testing"

	"plexus/nn"
)

const qwen3Config = `{"model_type":"qwen3","hidden_size":1024,"num_hidden_layers":28,"num_attention_heads":16,"num_key_value_heads":8,
	"head_dim":128,"intermediate_size":3072,"max_position_embeddings":32768,"rms_norm_eps":1e-06,"rope_theta":1000000,
	"rope_scaling":null,"use_sliding_window":false,"hidden_act":"silu","tie_word_embeddings":true}`

func TestConfigMetadata(t *testing.T) {
	meta, err := ConfigMetadata([]byte(qwen3Config))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadConfig(meta)
	want := Config{Architecture: "qwen3", Hidden: 1024, Layers: 28, Heads: 16, KVHeads: 8, HeadDim: 128, FF: 3072, Context: 32768,
		Eps: 1e-6, Rope: nn.RopeConfig{Dims: 128, Base: 1e6, Scale: 1, Half: true}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	for _, tt := range []struct{ old, new, want string }{
		{`{`, `[`, "config.json"},
		{`"qwen3"`, `"llama"`, "model_type"},
		{`1024`, `-1`, "config.json"},
		{`"rope_scaling":null`, `"rope_scaling":{"type":"yarn"}`, "rope_scaling"},
		{`"use_sliding_window":false`, `"use_sliding_window":true`, "sliding"},
		{`"silu"`, `"gelu"`, "activation"},
	} {
		if _, err := ConfigMetadata([]byte(strings.Replace(qwen3Config, tt.old, tt.new, 1))); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s for %s: got %v, want an error with %q", tt.new, tt.old, err, tt.want)
		}
	}
}

func TestTensorName(t *testing.T) {
	for name, want := range map[string]string{
		"embed_tokens.weight":                      "token_embd.weight",
		"model.embed_tokens.weight":                "token_embd.weight",
		"norm.weight":                              "output_norm.weight",
		"lm_head.weight":                           "output.weight",
		"layers.0.self_attn.q_proj.weight":         "blk.0.attn_q.weight",
		"layers.27.self_attn.k_norm.weight":        "blk.27.attn_k_norm.weight",
		"model.layers.3.self_attn.v_proj.bias":     "blk.3.attn_v.bias",
		"layers.1.post_attention_layernorm.weight": "blk.1.ffn_norm.weight",
		"layers.1.mlp.down_proj.weight":            "blk.1.ffn_down.weight",
		"layers.1.rotary_emb.inv_freq":             "",
		"layers.x.mlp.down_proj.weight":            "",
		"visual.patch_embed.weight":                "",
	} {
		if got := TensorName(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
