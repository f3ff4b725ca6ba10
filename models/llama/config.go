package llama

import (
	"fmt"
	"slices"

	"plexus/nn"
	"plexus/weights/gguf"
)

// Config is the shape of a network of the Llama family.
type Config struct {
	Architecture string // "llama", "qwen2", "qwen3"

	Hidden  int     // width of the residual stream
	Layers  int     //
	Heads   int     // query heads
	KVHeads int     // key/value heads, a divisor of Heads
	HeadDim int     // numbers per head
	FF      int     // width of the feed-forward
	Context int     // positions the model was trained for
	Eps     float32 // of every RMSNorm
	Rope    nn.RopeConfig
}

// architectures are the GGUF names this package knows, and whether they pair
// rotary dimensions as GPT-NeoX does. Files of "llama" have their query and
// key rows reordered for adjacent pairs.
var architectures = map[string]struct{ ropeHalf bool }{
	"llama": {false},
	"qwen2": {true},
	"qwen3": {true},
}

// Architectures lists the GGUF architectures that this package loads.
func Architectures() []string {
	var names []string
	for name := range architectures {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ReadConfig reads the shape from a file's metadata, with the keys of
// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Values that no
// network could have are an error, never a later division by zero.
func ReadConfig(meta gguf.Metadata) (Config, error) {
	arch, _ := meta.String("general.architecture")
	known, ok := architectures[arch]
	if !ok {
		return Config{}, fmt.Errorf("llama: architecture %q is not one of %v", arch, Architectures())
	}
	r := reader{meta: meta, arch: arch}
	c := Config{
		Architecture: arch,
		Hidden:       r.count("embedding_length", 1<<17, 0),
		Layers:       r.count("block_count", 1<<10, 0),
		Heads:        r.count("attention.head_count", 1<<10, 0),
		FF:           r.count("feed_forward_length", 1<<19, 0),
		Context:      r.count("context_length", 1<<24, 0),
		Eps:          float32(r.number("attention.layer_norm_rms_epsilon", 1e-5)),
	}
	if r.err != nil {
		return Config{}, r.err
	}
	c.KVHeads = r.count("attention.head_count_kv", c.Heads, c.Heads)
	c.HeadDim = r.count("attention.key_length", 1<<10, c.Hidden/c.Heads)
	values := r.count("attention.value_length", 1<<10, c.HeadDim)
	c.Rope = nn.RopeConfig{
		Dims:  r.count("rope.dimension_count", 1<<10, c.HeadDim),
		Base:  r.number("rope.freq_base", 10000),
		Scale: 1 / r.number("rope.scale_linear", 1),
		Half:  known.ropeHalf,
	}
	switch kind, _ := meta.String(arch + ".rope.scaling.type"); kind {
	case "", "none":
	case "linear":
		c.Rope.Scale = 1 / r.number("rope.scaling.factor", 1)
	default:
		return Config{}, fmt.Errorf("llama: rope scaling %q is not supported", kind)
	}
	experts := r.count("expert_count", 1<<10, -1)
	switch {
	case r.err != nil:
		return Config{}, r.err
	case experts > 0:
		return Config{}, fmt.Errorf("llama: mixtures of experts are not supported (%d experts)", experts)
	case c.Heads%c.KVHeads != 0:
		return Config{}, fmt.Errorf("llama: %d heads do not share %d key/value heads evenly", c.Heads, c.KVHeads)
	case values != c.HeadDim:
		return Config{}, fmt.Errorf("llama: keys of %d numbers with values of %d are not supported", c.HeadDim, values)
	case c.Rope.Dims > c.HeadDim || c.Rope.Dims%2 != 0:
		return Config{}, fmt.Errorf("llama: %d rotary dimensions in heads of %d", c.Rope.Dims, c.HeadDim)
	}
	return c, nil
}

// reader reads "<arch>.<key>" values and keeps the first error.
type reader struct {
	meta gguf.Metadata
	arch string
	err  error
}

// count reads an integer from 1 to limit. A missing key gives fallback; with
// fallback 0 the key is required, and -1 lets the value be 0.
func (r *reader) count(key string, limit, fallback int) int {
	key = r.arch + "." + key
	v, ok := r.meta.Uint(key)
	switch {
	case !ok && fallback != 0:
		return fallback
	case !ok:
		r.fail("%s is missing", key)
	case v == 0 && fallback < 0:
		return 0
	case v == 0 || v > uint64(limit):
		r.fail("%s is %d, want 1 to %d", key, v, limit)
	default:
		return int(v)
	}
	return 1
}

// number reads a positive number.
func (r *reader) number(key string, fallback float64) float64 {
	key = r.arch + "." + key
	v, ok := r.meta.Float(key)
	if !ok {
		return fallback
	}
	if !(v > 0 && v < 1e12) {
		r.fail("%s is %v, want a positive number", key, v)
		return 1
	}
	return v
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("llama: "+format, args...)
	}
}
