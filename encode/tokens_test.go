package encode

import (
	"slices"
	"testing"

	"plexus/tokenizer"
)

// Texts are framed as the tokenizer says, also where one token begins and ends
// texts: Qwen3-Embedding's.
func TestFrameOfTheTokenizer(t *testing.T) {
	for _, c := range []struct {
		bos, eos bool
		want     []int32
	}{{false, true, []int32{4, 2}}, {true, false, []int32{2, 4}}, {true, true, []int32{2, 4, 2}}} {
		v, err := tokenizer.ReadVocabTxt([]byte("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n"), true)
		if err != nil {
			t.Fatal(err)
		}
		v.BOS, v.EOS, v.AddBOS, v.AddEOS = 2, 2, c.bos, c.eos
		tok, err := tokenizer.New(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := newFramer(tok, 10, false).one("a", false)
		if err != nil || !slices.Equal(got.tokens, c.want) {
			t.Errorf("%v, %v: %v, want %v", got, err, got.tokens, c.want)
		}
	}
}

// A text without tokens ends its own request, not those that share its pass.
func TestNoTokens(t *testing.T) {
	v, err := tokenizer.ReadVocabTxt([]byte("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n"), true)
	if err != nil {
		t.Fatal(err)
	}
	v.AddBOS, v.AddEOS = false, false
	tok, err := tokenizer.New(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newFramer(tok, 10, false).one(" ", true); err == nil {
		t.Error("no error")
	}
}
