package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// The model families that use SentencePiece number its pieces in ways of their
// own. Each of these functions rearranges a vocabulary that ReadSentencePiece
// returned.

// XLMRobertaVocab numbers as fairseq did: <s> <pad> </s> <unk>, the pieces but
// for SentencePiece's first three, <mask>. Encodings are framed by <s> and
// </s>.
func XLMRobertaVocab(v Vocab) (Vocab, error) {
	if len(v.Tokens) < 3 {
		return Vocab{}, errors.New("tokenizer: a vocabulary without special tokens")
	}
	v.Tokens = slices.Concat([]string{"<s>", "<pad>", "</s>", "<unk>"}, v.Tokens[3:], []string{"<mask>"})
	v.Types = slices.Concat([]Type{Control, Control, Control, Unknown}, v.Types[3:], []Type{Control})
	v.Scores = slices.Concat(make([]float32, 4), v.Scores[3:], make([]float32, 1))
	v.BOS, v.EOS, v.Unk = 0, 2, 3
	v.AddBOS, v.AddEOS = true, true
	return v, nil
}

// T5Vocab adds the extra ids that T5 masks spans with, the last one first:
// <extra_id_99> ... <extra_id_0>. Encodings end with </s>.
func T5Vocab(v Vocab, extra int) Vocab {
	v.Tokens, v.Types, v.Scores = slices.Clone(v.Tokens), slices.Clone(v.Types), slices.Clone(v.Scores)
	for i := extra - 1; i >= 0; i-- {
		v.Tokens = append(v.Tokens, fmt.Sprintf("<extra_id_%d>", i))
		v.Types = append(v.Types, Control)
		v.Scores = append(v.Scores, 0)
	}
	v.AddEOS = true
	return v
}

// M2M100Vocab numbers the pieces by vocab.json and adds the tokens of the
// languages, "__en__" for "en", in their order. Pieces that vocab.json lacks
// are unknown. Encodings end with </s>; they start with the token of the
// source's language, which is the caller's to add.
func M2M100Vocab(v Vocab, vocabJSON []byte, languages []string) (Vocab, error) {
	var ids map[string]int
	if err := json.Unmarshal(vocabJSON, &ids); err != nil {
		return Vocab{}, fmt.Errorf("tokenizer: vocab.json: %w", err)
	}
	n := len(ids)
	out := v
	out.Tokens = make([]string, n, n+len(languages))
	for text, id := range ids {
		if id < 0 || id >= n || out.Tokens[id] != "" {
			return Vocab{}, fmt.Errorf("tokenizer: vocab.json: id %d of %q", id, text)
		}
		out.Tokens[id] = text
	}
	for _, l := range languages {
		out.Tokens = append(out.Tokens, "__"+l+"__")
	}
	out.Types = slices.Repeat([]Type{Control}, len(out.Tokens))
	out.Scores = make([]float32, len(out.Tokens))
	for i, text := range v.Tokens {
		id, ok := ids[text]
		if v.Types[i] != Normal {
			continue
		}
		if !ok {
			id = len(out.Tokens)
			out.Hidden++
			out.Tokens, out.Types, out.Scores = append(out.Tokens, text), append(out.Types, Normal), append(out.Scores, 0)
		}
		out.Types[id], out.Scores[id] = Normal, v.Scores[i]
	}
	special := func(text string) int32 {
		if id, ok := ids[text]; ok {
			return int32(id)
		}
		return None
	}
	out.BOS, out.EOS, out.Unk = special("<s>"), special("</s>"), special("<unk>")
	if out.EOS == None || out.Unk == None {
		return Vocab{}, errors.New("tokenizer: vocab.json lacks </s> or <unk>")
	}
	out.Types[out.Unk] = Unknown
	out.AddEOS = true
	return out, nil
}
