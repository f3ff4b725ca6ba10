package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// huggingFace is what of a tokenizer.json is understood.
type huggingFace struct {
	AddedTokens []struct {
		ID      int32
		Content string
		Special bool
		LStrip  bool
	} `json:"added_tokens"`
	Normalizer    component
	PreTokenizer  component `json:"pre_tokenizer"`
	PostProcessor component `json:"post_processor"`
	Model         struct {
		Type         string
		Vocab        json.RawMessage // BPE, WordPiece: {text: id}; Unigram: [[text, score]]
		Merges       merges
		UnkToken     string `json:"unk_token"`
		UnkID        *int32 `json:"unk_id"`
		ByteFallback bool   `json:"byte_fallback"`
		IgnoreMerges bool   `json:"ignore_merges"`
	}
}

// component is a step of a pipeline, or a Sequence of steps.
type component struct {
	Type          string
	Normalizers   []component
	PreTokenizers []component
	Processors    []component

	Pattern        struct{ Regex, String string }
	Content        string
	Charsmap       []byte `json:"precompiled_charsmap"`
	Lowercase      bool
	StripAccents   *bool  `json:"strip_accents"`
	AddPrefixSpace *bool  `json:"add_prefix_space"`
	PrependScheme  string `json:"prepend_scheme"`
	UseRegex       *bool  `json:"use_regex"`
	Individual     bool   `json:"individual_digits"`

	Single   []struct{ SpecialToken struct{ ID string } }
	CLS, SEP frame
}

// steps are the components that are no sequences, in their order.
func (c component) steps() []component {
	if c.Type == "" {
		return nil
	}
	if c.Type != "Sequence" {
		return []component{c}
	}
	var all []component
	for _, s := range slices.Concat(c.Normalizers, c.PreTokenizers, c.Processors) {
		all = append(all, s.steps()...)
	}
	return all
}

// frame is a pair of a token's text and its id.
type frame string

func (f *frame) UnmarshalJSON(data []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil || len(pair) == 0 {
		return err
	}
	return json.Unmarshal(pair[0], (*string)(f))
}

// merges are pairs of tokens, "a b" or ["a", "b"].
type merges []string

func (m *merges) UnmarshalJSON(data []byte) error {
	var texts []string
	if json.Unmarshal(data, &texts) == nil {
		*m = texts
		return nil
	}
	var pairs [][2]string
	if err := json.Unmarshal(data, &pairs); err != nil {
		return err
	}
	for _, p := range pairs {
		*m = append(*m, p[0]+" "+p[1])
	}
	return nil
}

// ReadTokenizerJSON reads Hugging Face's tokenizer.json: byte-level BPE, BPE
// with byte fallback, WordPiece and Unigram. A pipeline that goes beyond what
// these need is an error. Encodings are framed as its post-processor says, if
// by no more than one token on either side.
func ReadTokenizerJSON(data []byte) (Vocab, error) {
	var f huggingFace
	if err := json.Unmarshal(data, &f); err != nil {
		return Vocab{}, fmt.Errorf("tokenizer.json: %w", err)
	}
	v, err := f.vocab()
	if err != nil {
		return Vocab{}, fmt.Errorf("tokenizer.json: %w", err)
	}
	return v, nil
}

func (f *huggingFace) vocab() (Vocab, error) {
	v := Vocab{BOS: None, EOS: None, Unk: None}
	var err error
	switch {
	case f.Model.Type == "Unigram":
		err = f.unigram(&v)
	case f.Model.Type == "WordPiece":
		err = f.wordPiece(&v)
	case f.Model.Type == "BPE" && f.Model.ByteFallback:
		err = f.sentencePiece(&v)
	case f.Model.Type == "BPE":
		err = f.byteLevel(&v)
	default:
		err = fmt.Errorf("unknown model %q", f.Model.Type)
	}
	if err != nil {
		return v, err
	}
	if f.Model.UnkToken != "" {
		v.Unk = int32(slices.Index(v.Tokens, f.Model.UnkToken))
	}
	if v.Unk != None {
		v.Types[v.Unk] = Unknown
	}
	return v, f.frame(&v)
}

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
	regex, digits, bytes := "", false, false
	for _, p := range f.PreTokenizer.steps() {
		switch {
		case p.Type == "Split" && regex == "":
			regex = p.Pattern.Regex
		case p.Type == "Digits" && p.Individual:
			digits = true
		case p.Type == "ByteLevel" && (p.AddPrefixSpace == nil || !*p.AddPrefixSpace):
			bytes = true
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
	"": "gpt-2", // ByteLevel brings it
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
		if n.Type != "BertNormalizer" || n.StripAccents != nil && *n.StripAccents != n.Lowercase {
			return unsupported(n)
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
		switch n.Type {
		case "Precompiled":
			charsmap = n.Charsmap
		case "Metaspace":
			v.AddSpacePrefix = n.PrependScheme != "never" && (n.AddPrefixSpace == nil || *n.AddPrefixSpace)
		case "Strip", "Replace", "WhitespaceSplit": // ways of taking out spaces
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

// frame sets the tokens that the post-processor puts around a text.
func (f *huggingFace) frame(v *Vocab) error {
	var before, after []string
	for _, p := range f.PostProcessor.steps() {
		switch p.Type {
		case "TemplateProcessing":
			side := &before
			for _, s := range p.Single {
				if s.SpecialToken.ID == "" {
					side = &after
				} else {
					*side = append(*side, s.SpecialToken.ID)
				}
			}
		case "RobertaProcessing", "BertProcessing":
			before, after = []string{string(p.CLS)}, []string{string(p.SEP)}
		case "ByteLevel":
		default:
			return unsupported(p)
		}
	}
	if len(before) > 1 || len(after) > 1 {
		return nil
	}
	for _, text := range before {
		v.BOS, v.AddBOS = int32(slices.Index(v.Tokens, text)), true
	}
	for _, text := range after {
		v.EOS, v.AddEOS = int32(slices.Index(v.Tokens, text)), true
	}
	return nil
}

func unsupported(c component) error { return fmt.Errorf("%s is not supported", c.Type) }
