package llama

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"plexus/weights/gguf"
)

// ConfigMetadata reads a config.json of Hugging Face's transformers as the
// metadata that a GGUF file of the model has. It knows qwen2 and qwen3, whose
// rows GGUF keeps in the same order; that of "llama" is another.
func ConfigMetadata(data []byte) (gguf.Metadata, error) {
	var c struct {
		ModelType   string          `json:"model_type"`
		Hidden      uint64          `json:"hidden_size"`
		Layers      uint64          `json:"num_hidden_layers"`
		Heads       uint64          `json:"num_attention_heads"`
		KVHeads     uint64          `json:"num_key_value_heads"`
		HeadDim     uint64          `json:"head_dim"`
		FF          uint64          `json:"intermediate_size"`
		Context     uint64          `json:"max_position_embeddings"`
		Eps         float64         `json:"rms_norm_eps"`
		RopeTheta   float64         `json:"rope_theta"`
		RopeScaling json.RawMessage `json:"rope_scaling"`
		Window      bool            `json:"use_sliding_window"`
		Act         string          `json:"hidden_act"`
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("llama: config.json: %w", err)
	}
	switch {
	case c.ModelType != "qwen2" && c.ModelType != "qwen3":
		return nil, fmt.Errorf("llama: model_type %.40q is not one of qwen2, qwen3", c.ModelType)
	case len(c.RopeScaling) > 0 && string(c.RopeScaling) != "null":
		return nil, fmt.Errorf("llama: rope_scaling is not supported")
	case c.Window:
		return nil, fmt.Errorf("llama: use_sliding_window is not supported")
	case c.Act != "silu":
		return nil, fmt.Errorf("llama: activation %.40q is not supported", c.Act)
	}
	meta := gguf.Metadata{"general.architecture": c.ModelType}
	for key, n := range map[string]uint64{
		"embedding_length": c.Hidden, "block_count": c.Layers, "attention.head_count": c.Heads,
		"attention.head_count_kv": c.KVHeads, "attention.key_length": c.HeadDim, "attention.value_length": c.HeadDim,
		"feed_forward_length": c.FF, "context_length": c.Context,
	} {
		if n > 0 {
			meta[c.ModelType+"."+key] = n
		}
	}
	for key, x := range map[string]float64{"attention.layer_norm_rms_epsilon": c.Eps, "rope.freq_base": c.RopeTheta} {
		if x != 0 {
			meta[c.ModelType+"."+key] = x
		}
	}
	return meta, nil
}

var layerName = regexp.MustCompile(`^layers\.(\d+)\.([a-z_.]+)\.(weight|bias)$`)

// layerParts are the tensors of a layer, by transformers' names.
var layerParts = map[string]string{
	"input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
	"self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
	"self_attn.k_norm": "attn_k_norm", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate",
	"mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}

// TensorName is the name that GGUF gives a tensor of transformers; empty if it
// has none.
func TensorName(name string) string {
	name = strings.TrimPrefix(name, "model.")
	switch name {
	case "embed_tokens.weight":
		return "token_embd.weight"
	case "norm.weight":
		return "output_norm.weight"
	case "lm_head.weight":
		return "output.weight"
	}
	m := layerName.FindStringSubmatch(name)
	if m == nil || layerParts[m[2]] == "" {
		return ""
	}
	return fmt.Sprintf("blk.%s.%s.%s", m[1], layerParts[m[2]], m[3])
}
