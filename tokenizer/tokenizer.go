package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Tokenizer encodes and decodes. It is safe for concurrent use.
type Tokenizer struct {
	vocab   Vocab
	model   encoder
	special *matcher // control, unknown and user-defined tokens
	user    *matcher // user-defined tokens only
	pieces  pieces
	end     map[int32]bool
}

// encoder is a tokenisation model: it appends the ids of plain text, in which
// special tokens have no meaning.
type encoder interface {
	encode(dst []int32, text string) []int32
}

// New makes a tokeniser. The vocabulary must not be changed afterwards.
func New(v Vocab) (*Tokenizer, error) {
	if err := v.validate(); err != nil {
		return nil, err
	}
	t := &Tokenizer{vocab: v, end: v.endIDs()}
	t.vocab.Types = v.correctedTypes(t.end)
	t.special = newMatcher(&t.vocab, Control, Unknown, UserDefined)
	t.user = newMatcher(&t.vocab, UserDefined)
	var err error
	switch v.Model {
	case SentencePiece:
		t.pieces = sentencePieces(&t.vocab)
		t.model = newSentencePiece(&t.vocab)
	case Unigram:
		t.pieces = sentencePieces(&t.vocab)
		t.model = newUnigram(&t.vocab)
	case ByteLevel:
		t.pieces = byteLevelPieces(&t.vocab)
		t.model, err = newByteLevel(&t.vocab, &t.pieces)
	case WordPiece:
		t.pieces = wordPieces(&t.vocab)
		t.model = newWordPiece(&t.vocab)
	default:
		err = fmt.Errorf("tokenizer: unknown model %q", v.Model)
	}
	if err != nil {
		return nil, err
	}
	t.vocab.Merges, t.vocab.Scores = nil, nil // the model has what it needs of them
	return t, nil
}

// EncodeOptions say how text is read.
type EncodeOptions struct {
	// AddSpecial adds BOS and EOS where the vocabulary asks for them. Many chat
	// templates spell out their own.
	AddSpecial bool
	// ParseSpecial reads the text of control tokens as these tokens. Without
	// it their text is plain text. User-defined tokens are always read.
	ParseSpecial bool
}

// Guard is a Unicode noncharacter that breaks up the text of special tokens
// in untrusted parts of a prompt. With ParseSpecial, Encode drops it.
const Guard = '\uFDD0'

// Encode returns the ids of text.
func (t *Tokenizer) Encode(text string, opts EncodeOptions) []int32 {
	ids := make([]int32, 0, len(text)/3+2)
	var before, after []int32
	if opts.AddSpecial {
		before, after = t.Frame()
	}
	ids = append(ids, before...)
	special := t.user
	if opts.ParseSpecial {
		special = t.special
	}
	for text != "" {
		start, end, id := special.find(text)
		plain := text[:start]
		if slices.Contains(t.vocab.TakesSpace, id) {
			plain = strings.TrimRightFunc(plain, unicode.IsSpace)
		}
		if opts.ParseSpecial {
			plain = strings.ReplaceAll(plain, string(Guard), "")
		}
		if plain != "" {
			ids = t.model.encode(ids, plain)
		}
		if id != None {
			ids = append(ids, id)
		}
		text = text[end:]
	}
	return append(ids, after...)
}

// Frame returns what AddSpecial puts before and after a text.
func (t *Tokenizer) Frame() (before, after []int32) {
	if t.vocab.AddBOS {
		before = []int32{t.vocab.BOS}
	}
	if t.vocab.AddEOS {
		after = []int32{t.vocab.EOS}
	}
	return before, after
}

// Decode returns the text of ids. Control tokens and ids outside the
// vocabulary have none. A sequence that ends within a character leaves the
// text ending within it.
func (t *Tokenizer) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		b.Write(t.Piece(id))
	}
	if t.vocab.AddSpacePrefix || t.vocab.Model == WordPiece {
		return strings.TrimPrefix(b.String(), " ")
	}
	return b.String()
}

// Piece returns the bytes of one token, which may be part of a UTF-8 sequence;
// nil for control tokens and ids outside the vocabulary. It must not be
// changed.
func (t *Tokenizer) Piece(id int32) []byte {
	if id < 0 || int(id) >= len(t.vocab.Tokens) {
		return nil
	}
	switch t.vocab.kind(id) {
	case Control, Unknown:
		return nil
	}
	return t.pieces.at(id)
}

// BOS is the token that begins a text, or None.
func (t *Tokenizer) BOS() int32 { return t.vocab.BOS }

// EOS is the token that ends a text, or None.
func (t *Tokenizer) EOS() int32 { return t.vocab.EOS }

// IsEnd reports whether a model that says id has ended its turn.
func (t *Tokenizer) IsEnd(id int32) bool { return t.end[id] }

// Size is the number of tokens.
func (t *Tokenizer) Size() int { return len(t.vocab.Tokens) - t.vocab.Hidden }

// Text is how the vocabulary spells id: "<|eot_id|>" for a control token;
// empty for ids outside the vocabulary.
func (t *Tokenizer) Text(id int32) string {
	if id < 0 || int(id) >= len(t.vocab.Tokens) {
		return ""
	}
	return t.vocab.Tokens[id]
}

// Special returns the id of a control, unknown or user-defined token.
func (t *Tokenizer) Special(text string) (int32, bool) {
	if start, end, id := t.special.find(text); id != None && start == 0 && end == len(text) {
		return id, true
	}
	return None, false
}

// Controls returns the texts of the tokens that only ParseSpecial reads: what
// untrusted parts of a prompt must not spell.
func (t *Tokenizer) Controls() []string {
	var texts []string
	for id, text := range t.vocab.Tokens {
		if k := t.vocab.kind(int32(id)); (k == Control || k == Unknown) && text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}
