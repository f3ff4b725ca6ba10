package tokenizer

import (
	"slices"
	"testing"
)

func TestWordPieceVectors(t *testing.T) {
	for _, dir := range []string{"bert", "bert_tokenizer_real"} {
		t.Run(dir, func(t *testing.T) {
			var want struct {
				Strings []string
				IDs     [][]int32
			}
			readJSON(t, &want, dir, "tokens.json")
			v, err := ReadVocabTxt(read(t, dir, "vocab.txt"), true)
			if err != nil {
				t.Fatal(err)
			}
			tok, err := New(v)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range want.Strings {
				if got := tok.Encode(s, EncodeOptions{AddSpecial: true, ParseSpecial: true}); !slices.Equal(got, want.IDs[i]) {
					t.Errorf("%q:\n got %v\nwant %v", s, got, want.IDs[i])
				}
			}
		})
	}
}
