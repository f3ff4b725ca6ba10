package nn

import (
	"strings"
	"testing"
)

func TestBatchCheck(t *testing.T) {
	limits := Limits{Rows: 4, Context: 64, Blocks: 3, Vocab: 10}
	good := func() *Batch {
		return &Batch{
			Tokens: []int32{1, 2, 3},
			Pos:    []int32{31, 32, 0},
			Seq:    []int32{0, 0, 1},
			Tables: [][]int32{{2, 0}, {1}},
			Out:    []int32{1, 2},
		}
	}
	if err := good().Check(limits); err != nil {
		t.Fatalf("a good batch: %v", err)
	}
	tests := []struct {
		name  string
		spoil func(*Batch)
		want  string
	}{
		{"empty", func(b *Batch) { b.Reset() }, "batch of 0 rows"},
		{"too many rows", func(b *Batch) { b.Tokens = make([]int32, 5) }, "batch of 5 rows"},
		{"uneven", func(b *Batch) { b.Pos = b.Pos[:2] }, "2 positions"},
		{"token", func(b *Batch) { b.Tokens[0] = 10 }, "token 10 outside"},
		{"negative token", func(b *Batch) { b.Tokens[0] = -1 }, "token -1 outside"},
		{"position", func(b *Batch) { b.Pos[2] = 64 }, "position 64 outside"},
		{"sequence", func(b *Batch) { b.Seq[2] = 2 }, "sequence 2 of 2"},
		{"short table", func(b *Batch) { b.Tables[0] = b.Tables[0][:1] }, "beyond its block table"},
		{"gap", func(b *Batch) { b.Pos[1] = 33 }, "position 33 follows 31"},
		{"block", func(b *Batch) { b.Tables[1][0] = 3 }, "block 3 of 3"},
		{"output", func(b *Batch) { b.Out[1] = 3 }, "output row 3"},
		{"output twice", func(b *Batch) { b.Out[1] = 1 }, "output row 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := good()
			tt.spoil(b)
			err := b.Check(limits)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}
