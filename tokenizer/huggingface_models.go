package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// tokens sets the tokens of {text: id} and the added ones.
func (f *huggingFace) tokens(v *Vocab) error {
	var ids map[string]int32
	if err := json.Unmarshal(f.Model.Vocab, &ids); err != nil {
		return err
	}
	v.Tokens = make([]string, len(ids))
	for text, id := range ids {
		if err := v.put(id, text, Normal); err != nil {
			return err
		}
	}
	return f.added(v)
}

func (f *huggingFace) added(v *Vocab) error {
	for _, a := range f.AddedTokens {
		kind := UserDefined
		if a.Special {
			kind = Control
		}
		if err := v.put(a.ID, a.Content, kind); err != nil {
			return err
		}
		if a.LStrip {
			v.TakesSpace = append(v.TakesSpace, a.ID)
		}
	}
	return nil
}

// put sets a token, making room for it. Ids that nothing is put at are unused.
func (v *Vocab) put(id int32, text string, kind Type) error {
	if id < 0 || id >= maxTokens {
		return fmt.Errorf("token %q has id %d", text, id)
	}
	if n := int(id) + 1 - len(v.Tokens); n > 0 {
		v.Tokens = append(v.Tokens, make([]string, n)...)
	}
	if n := len(v.Tokens) - len(v.Types); n > 0 {
		v.Types = append(v.Types, slices.Repeat([]Type{Unused}, n)...)
	}
	v.Tokens[id], v.Types[id] = text, kind
	return nil
}

func (f *huggingFace) byteLevel(v *Vocab) error {
	v.Model, v.Merges = ByteLevel, f.Model.Merges
	nfc := false
	for _, n := range f.Normalizer.steps() {
		if n.Type != "NFC" {
			return unsupported(n)
		}
		nfc = true
	}
	regex, digits, bytes, own := "", false, false, false
	for _, p := range f.PreTokenizer.steps() {
		switch {
		case p.Type == "Split" && regex == "":
			regex = p.Pattern.Regex
		case p.Type == "Digits" && p.Individual:
			digits = true
		case p.Type == "ByteLevel" && (p.AddPrefixSpace == nil || !*p.AddPrefixSpace):
			bytes, own = true, p.UseRegex == nil || *p.UseRegex
		default:
			return unsupported(p)
		}
	}
	pre, ok := patterns[regex]
	switch {
	case !ok:
		return fmt.Errorf("unknown pattern %q", regex)
	case !bytes:
		return errors.New("BPE that is neither byte-level nor has byte fallback")
	case own != (regex == ""):
		return errors.New("byte-level BPE that splits by two patterns, or by none, is not supported")
	case digits && regex == "":
		pre = "smollm"
	}
	// Of the patterns, only Qwen's comes with NFC, and others share it without.
	switch {
	case nfc && pre == "qwen2" || !nfc && pre != "qwen2":
	case pre == "qwen2":
		pre = "deepseek-r1-qwen"
	default:
		return errors.New("NFC is not supported with this pattern")
	}
	v.Pre = pre
	return f.tokens(v)
}

// patterns are the names of the pre-tokenisers by their patterns.
var patterns = map[string]string{
	"": "gpt-2", // ByteLevel's own
	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`:                                                                                                 "llama-bpe",
	`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`:                                                                                                      "qwen2",
	`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`: "tekken",
}

// sentencePiece scores pieces by the first merge that makes them.
func (f *huggingFace) sentencePiece(v *Vocab) error {
	v.Model = SentencePiece
	for _, n := range slices.Concat(f.Normalizer.steps(), f.PreTokenizer.steps()) {
		switch {
		case n.Type == "Prepend", n.Type == "Metaspace" && n.PrependScheme != "never":
			v.AddSpacePrefix = true
		case n.Type == "Replace" && n.Pattern.String == " " && n.Content == space, n.Type == "Metaspace":
		default:
			return unsupported(n)
		}
	}
	if err := f.tokens(v); err != nil {
		return err
	}
	scores := make(map[string]float32, len(f.Model.Merges))
	for i, m := range f.Model.Merges {
		piece := strings.Replace(m, " ", "", 1)
		if _, ok := scores[piece]; !ok {
			scores[piece] = -float32(i)
		}
	}
	v.Scores = make([]float32, len(v.Tokens))
	for id, text := range v.Tokens {
		score, ok := scores[text]
		if !ok {
			score = -float32(len(f.Model.Merges))
		}
		v.Scores[id] = score
		if _, ok := parseByte(text); ok {
			v.Types[id] = Byte
		}
	}
	return nil
}

func (f *huggingFace) wordPiece(v *Vocab) error {
	v.Model = WordPiece
	for _, n := range f.Normalizer.steps() {
		switch {
		case n.Type != "BertNormalizer", n.StripAccents != nil && *n.StripAccents != n.Lowercase:
			return unsupported(n)
		case n.CleanText != nil && !*n.CleanText, n.ChineseChars != nil && !*n.ChineseChars:
			return unsupported(n) // these are always done
		}
		v.Fold = n.Lowercase
	}
	for _, p := range f.PreTokenizer.steps() {
		if p.Type != "BertPreTokenizer" {
			return unsupported(p)
		}
	}
	return f.tokens(v)
}

func (f *huggingFace) unigram(v *Vocab) error {
	v.Model = Unigram
	var charsmap []byte
	for _, n := range slices.Concat(f.Normalizer.steps(), f.PreTokenizer.steps()) {
		switch {
		case n.Type == "Precompiled":
			charsmap = n.Charsmap
		case n.Type == "Metaspace":
			v.AddSpacePrefix = n.PrependScheme != "never" && (n.AddPrefixSpace == nil || *n.AddPrefixSpace)
		// The ways of taking out spaces, as the normalizer does anyway.
		case n.Type == "WhitespaceSplit", n.Type == "Strip" && n.StripRight:
		case n.Type == "Replace" && n.Pattern.Regex == " {2,}" && (n.Content == " " || n.Content == space):
		default:
			return unsupported(n)
		}
	}
	var err error
	if v.Normalizer, err = newNormalizer(charsmap, true); err != nil {
		return err
	}
	var pieces [][2]json.RawMessage
	if err := json.Unmarshal(f.Model.Vocab, &pieces); err != nil {
		return err
	}
	v.Scores = make([]float32, len(pieces))
	for i, p := range pieces {
		var text string
		if err := errors.Join(json.Unmarshal(p[0], &text), json.Unmarshal(p[1], &v.Scores[i])); err != nil {
			return err
		}
		if err := v.put(int32(i), text, Normal); err != nil {
			return err
		}
	}
	if err := f.added(v); err != nil {
		return err
	}
	v.Scores = append(v.Scores, make([]float32, len(v.Tokens)-len(v.Scores))...)
	if f.Model.UnkID != nil && *f.Model.UnkID >= 0 && int(*f.Model.UnkID) < len(v.Tokens) {
		v.Unk = *f.Model.UnkID
	}
	return nil
}
