package nn

import "fmt"

// Sequences is the input of one forward pass of an encoder: any number of
// whole sequences, their rows one after another and nothing between them.
type Sequences struct {
	Tokens  []int32 // token of each row
	Types   []int32 // its token type; nil: 0 for all
	Lengths []int32 // rows of each sequence
}

// Reset empties s and keeps its memory.
func (s *Sequences) Reset() {
	s.Tokens, s.Types, s.Lengths = s.Tokens[:0], s.Types[:0], s.Lengths[:0]
}

// EncoderLimits is what an encoder can take in one forward pass.
type EncoderLimits struct {
	Rows    int // rows in all
	Context int // rows of a sequence
	Vocab   int // tokens
	Types   int // token types; 0: the network has none
}

// Check reports sequences that are malformed or beyond the limits.
func (s *Sequences) Check(l EncoderLimits) error {
	n := len(s.Tokens)
	if n == 0 || n > l.Rows {
		return fmt.Errorf("nn: %d rows, want 1 to %d", n, l.Rows)
	}
	if s.Types != nil && len(s.Types) != n {
		return fmt.Errorf("nn: %d tokens, %d token types", n, len(s.Types))
	}
	for i, length := range s.Lengths {
		if length < 1 || int(length) > l.Context {
			return fmt.Errorf("nn: sequence %d has %d rows, want 1 to %d", i, length, l.Context)
		}
		n -= int(length)
	}
	if n != 0 {
		return fmt.Errorf("nn: %d rows in sequences that have %d", len(s.Tokens), len(s.Tokens)-n)
	}
	for i, token := range s.Tokens {
		if token < 0 || int(token) >= l.Vocab {
			return fmt.Errorf("nn: row %d: token %d outside the vocabulary of %d", i, token, l.Vocab)
		}
	}
	for i, kind := range s.Types {
		if kind < 0 || int(kind) >= max(l.Types, 1) {
			return fmt.Errorf("nn: row %d: token type %d of %d", i, kind, l.Types)
		}
	}
	return nil
}
