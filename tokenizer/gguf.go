package tokenizer

import (
	"fmt"

	"plexus/weights/gguf"
)

// FromGGUF makes the tokeniser that a GGUF file describes. Keys and defaults
// are those of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md and,
// where that says nothing, of llama.cpp.
func FromGGUF(meta gguf.Metadata) (*Tokenizer, error) {
	model, _ := meta.String("tokenizer.ggml.model")
	v := Vocab{Model: Model(model), Unk: None}
	v.Tokens, _ = meta.Strings("tokenizer.ggml.tokens")
	v.Merges, _ = meta.Strings("tokenizer.ggml.merges")
	v.Scores, _ = meta.Floats("tokenizer.ggml.scores")
	v.Pre, _ = meta.String("tokenizer.ggml.pre")
	if types, ok := meta.Ints("tokenizer.ggml.token_type"); ok {
		v.Types = make([]Type, len(types))
		for i, t := range types {
			if v.Types[i] = Type(t); t < int64(Normal) || t > int64(Byte) {
				v.Types[i] = Normal
			}
		}
	}
	switch v.Model {
	case SentencePiece:
		v.BOS, v.EOS, v.Unk = 1, 2, 0
		v.AddBOS, v.AddSpacePrefix = true, true
	case ByteLevel:
		v.BOS, v.EOS = None, None
		v.AddBOS = preTokenizers[v.Pre].addBOS
	default:
		return nil, fmt.Errorf("tokenizer: unknown model %q", model)
	}
	v.BOS = special(meta, "bos", v.BOS, len(v.Tokens))
	v.EOS = special(meta, "eos", v.EOS, len(v.Tokens))
	v.Unk = special(meta, "unknown", v.Unk, len(v.Tokens))
	for _, name := range []string{"eot", "eom"} {
		if id := special(meta, name, None, len(v.Tokens)); id != None {
			v.End = append(v.End, id)
		}
	}
	flag(meta, "add_bos_token", &v.AddBOS)
	flag(meta, "add_eos_token", &v.AddEOS)
	flag(meta, "add_space_prefix", &v.AddSpacePrefix)
	v.AddBOS = v.AddBOS && v.BOS != None
	v.AddEOS = v.AddEOS && v.EOS != None
	t, err := New(v)
	if err != nil {
		return nil, fmt.Errorf("gguf: %w", err)
	}
	return t, nil
}

// special returns the id of tokenizer.ggml.NAME_token_id. One that is absent
// or outside the vocabulary is the default, and that None if it is outside too.
func special(meta gguf.Metadata, name string, id int32, size int) int32 {
	if n, ok := meta.Uint("tokenizer.ggml." + name + "_token_id"); ok && n < uint64(size) {
		return int32(n)
	}
	if int(id) >= size {
		return None
	}
	return id
}

func flag(meta gguf.Metadata, name string, dst *bool) {
	if b, ok := meta.Bool("tokenizer.ggml." + name); ok {
		*dst = b
	}
}
