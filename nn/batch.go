package nn

import (
	"fmt"

	"plexus/kernel"
)

// Batch is the input of one forward pass of a decoder: rows of any number of
// sequences, each row one token at one position.
//
// Rows of one sequence are adjacent and their positions ascend by one. The
// keys and values of every earlier position must already be in the cache.
type Batch struct {
	Tokens []int32   // token of each row
	Pos    []int32   // its position in its sequence
	Seq    []int32   // its sequence: an index of Tables
	Tables [][]int32 // block ids of each sequence: block j holds positions 32j to 32j+31
	Out    []int32   // rows whose logits are wanted, ascending
}

// Reset empties b and keeps its memory.
func (b *Batch) Reset() {
	b.Tokens, b.Pos, b.Seq = b.Tokens[:0], b.Pos[:0], b.Seq[:0]
	b.Tables, b.Out = b.Tables[:0], b.Out[:0]
}

// Limits is what a network can take in one forward pass.
type Limits struct {
	Rows    int // rows of a batch
	Context int // positions of a sequence
	Blocks  int // blocks of the key/value cache
	Vocab   int // tokens
}

// Check reports a batch that is malformed or beyond the limits.
func (b *Batch) Check(l Limits) error {
	n := len(b.Tokens)
	if n == 0 || n > l.Rows {
		return fmt.Errorf("nn: batch of %d rows, want 1 to %d", n, l.Rows)
	}
	if len(b.Pos) != n || len(b.Seq) != n {
		return fmt.Errorf("nn: batch has %d tokens, %d positions, %d sequences", n, len(b.Pos), len(b.Seq))
	}
	for i, tok := range b.Tokens {
		pos, seq := b.Pos[i], b.Seq[i]
		switch {
		case tok < 0 || int(tok) >= l.Vocab:
			return fmt.Errorf("nn: row %d: token %d outside the vocabulary of %d", i, tok, l.Vocab)
		case pos < 0 || int(pos) >= l.Context:
			return fmt.Errorf("nn: row %d: position %d outside the context of %d", i, pos, l.Context)
		case seq < 0 || int(seq) >= len(b.Tables):
			return fmt.Errorf("nn: row %d: sequence %d of %d", i, seq, len(b.Tables))
		case int(pos)/kernel.KVPositions >= len(b.Tables[seq]):
			return fmt.Errorf("nn: row %d: position %d is beyond its block table", i, pos)
		case i > 0 && seq == b.Seq[i-1] && pos != b.Pos[i-1]+1:
			return fmt.Errorf("nn: row %d: position %d follows %d", i, pos, b.Pos[i-1])
		}
	}
	for _, table := range b.Tables {
		for _, id := range table {
			if id < 0 || int(id) >= l.Blocks {
				return fmt.Errorf("nn: block %d of %d", id, l.Blocks)
			}
		}
	}
	for i, r := range b.Out {
		if r < 0 || int(r) >= n || i > 0 && r <= b.Out[i-1] {
			return fmt.Errorf("nn: output row %d is out of order or range", r)
		}
	}
	return nil
}
