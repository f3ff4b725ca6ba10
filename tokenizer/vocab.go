package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Model says how text becomes tokens.
type Model string

// The models, by the names that GGUF files use.
const (
	SentencePiece Model = "llama" // merges chosen by the score of the merged piece, byte fallback
	ByteLevel     Model = "gpt2"  // pre-tokenised words, merges from a ranked list, bytes as the alphabet
	WordPiece     Model = "bert"  // words cut into the longest pieces from the left
	Unigram       Model = "t5"    // SentencePiece's other model: the most probable pieces
)

// Type is the kind of a token; the values are those of GGUF's
// tokenizer.ggml.token_type.
type Type int8

// The types of tokens.
const (
	Normal      Type = 1
	Unknown     Type = 2 // stands for text that has no token
	Control     Type = 3 // has a meaning, no text: <s>, <|eot_id|>
	UserDefined Type = 4 // text that is always one token
	Unused      Type = 5
	Byte        Type = 6 // one byte, spelled <0x0A>
)

// None is the id of a token that a vocabulary does not have.
const None int32 = -1

// Vocab is all that a tokeniser is made of.
type Vocab struct {
	Model  Model
	Tokens []string // by id; ByteLevel: spelled in GPT-2's byte alphabet
	Types  []Type   // by id; empty: all Normal

	Scores []float32 // by id; SentencePiece: the higher merges first; Unigram: log probabilities
	Merges []string  // ByteLevel: "left right", the earlier merges first
	Pre    string    // ByteLevel: name of the pre-tokeniser, as tokenizer.ggml.pre

	BOS, EOS, Unk  int32   // None where there is none
	End            []int32 // ids that end a generation, beside EOS and the well-known ones
	AddBOS, AddEOS bool
	Fold           bool    // WordPiece: lower case, no accents
	AddSpacePrefix bool    // SentencePiece, Unigram: text starts with a space that is not there
	TakesSpace     []int32 // special tokens that take the white space before them, as <mask> may
	Hidden         int     // SentencePiece: so many tokens at the end only merge; text that stays one of them is unknown

	Normalizer *Normalizer // SentencePiece, Unigram: what text goes through first; nil: nothing
}

// maxTokens bounds a vocabulary: the largest in use have 2^18 tokens.
const maxTokens = 1 << 22

func (v *Vocab) validate() error {
	n := len(v.Tokens)
	switch {
	case n == 0:
		return errors.New("tokenizer: no tokens")
	case n > maxTokens:
		return fmt.Errorf("tokenizer: %d tokens are too many", n)
	case v.Hidden < 0 || v.Hidden >= n:
		return fmt.Errorf("tokenizer: %d of %d tokens are hidden", v.Hidden, n)
	case len(v.Types) != 0 && len(v.Types) != n:
		return fmt.Errorf("tokenizer: %d token types for %d tokens", len(v.Types), n)
	case (v.Model == SentencePiece || v.Model == Unigram) && len(v.Scores) != n:
		return fmt.Errorf("tokenizer: %d scores for %d tokens", len(v.Scores), n)
	case (v.Model == WordPiece || v.Model == Unigram) && v.Unk == None:
		return errors.New("tokenizer: no unknown token")
	case v.AddBOS && v.BOS == None:
		return errors.New("tokenizer: asks for a BOS token and has none")
	case v.AddEOS && v.EOS == None:
		return errors.New("tokenizer: asks for an EOS token and has none")
	}
	for _, id := range slices.Concat([]int32{v.BOS, v.EOS, v.Unk}, v.End, v.TakesSpace) {
		if id < None || int(id) >= n {
			return fmt.Errorf("tokenizer: special token %d is outside the vocabulary of %d", id, n)
		}
	}
	for id, s := range v.Scores {
		if math.IsNaN(float64(s)) {
			return fmt.Errorf("tokenizer: the score of token %d is not a number", id)
		}
	}
	return nil
}

func (v *Vocab) kind(id int32) Type {
	if len(v.Types) == 0 {
		return Normal
	}
	return v.Types[id]
}
