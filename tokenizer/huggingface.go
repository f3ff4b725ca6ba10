package tokenizer

import (
	"encoding/json"
	"fmt"
	"slices"
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
	CleanText      *bool  `json:"clean_text"`
	ChineseChars   *bool  `json:"handle_chinese_chars"`
	StripRight     bool   `json:"strip_right"`
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
