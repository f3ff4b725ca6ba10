package nn

import (
	"strings"
	"testing"
)

func TestSequencesCheck(t *testing.T) {
	limits := EncoderLimits{Rows: 6, Context: 4, Vocab: 10, Types: 2}
	tests := []struct {
		name string
		s    Sequences
		want string // in the error; empty: none
	}{
		{"good", Sequences{Tokens: []int32{0, 9, 3}, Types: []int32{0, 1, 0}, Lengths: []int32{1, 2}}, ""},
		{"no types", Sequences{Tokens: []int32{0, 9, 3}, Lengths: []int32{3}}, ""},
		{"empty", Sequences{}, "0 rows"},
		{"too many rows", Sequences{Tokens: make([]int32, 7), Lengths: []int32{4, 3}}, "7 rows"},
		{"empty sequence", Sequences{Tokens: []int32{1}, Lengths: []int32{1, 0}}, "sequence 1 has 0 rows"},
		{"negative sequence", Sequences{Tokens: []int32{1}, Lengths: []int32{2, -1}}, "sequence 1 has -1 rows"},
		{"long sequence", Sequences{Tokens: make([]int32, 5), Lengths: []int32{5}}, "sequence 0 has 5 rows"},
		{"rows left over", Sequences{Tokens: make([]int32, 3), Lengths: []int32{2}}, "3 rows in sequences that have 2"},
		{"rows missing", Sequences{Tokens: make([]int32, 3), Lengths: []int32{2, 2}}, "3 rows in sequences that have 4"},
		{"token", Sequences{Tokens: []int32{10}, Lengths: []int32{1}}, "token 10 outside"},
		{"negative token", Sequences{Tokens: []int32{-1}, Lengths: []int32{1}}, "token -1 outside"},
		{"type", Sequences{Tokens: []int32{1}, Types: []int32{2}, Lengths: []int32{1}}, "token type 2 of 2"},
		{"types missing", Sequences{Tokens: []int32{1, 2}, Types: []int32{1}, Lengths: []int32{2}}, "1 token types"},
	}
	for _, tt := range tests {
		err := tt.s.Check(limits)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	if err := (&Sequences{Tokens: []int32{1}, Types: []int32{0}, Lengths: []int32{1}}).Check(EncoderLimits{1, 1, 2, 0}); err != nil {
		t.Errorf("type 0 of a network without types: %v", err)
	}
}
