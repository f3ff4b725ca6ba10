package encode

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"plexus/tokenizer"
)

// encodedPair is two texts, and what transformers makes of them.
type encodedPair struct {
	A, B  string
	IDs   []int32
	Types []int32 `json:"type_ids"`
}

// pairsOf are those of BertTokenizer.
func pairsOf(t *testing.T, path string) []encodedPair {
	t.Helper()
	var file struct{ Pairs []encodedPair }
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	return file.Pairs
}

// Pairs are the tokens that transformers makes of them.
func TestPairVectors(t *testing.T) {
	for _, tt := range []struct {
		name, vocab string
		read        func([]byte) (tokenizer.Vocab, error)
		roberta     bool
		pairs       []encodedPair
	}{
		{"BERT", "../tokenizer/testdata/bert/vocab.txt", func(data []byte) (tokenizer.Vocab, error) {
			return tokenizer.ReadVocabTxt(data, true)
		}, false, pairsOf(t, "../tokenizer/testdata/bert/tokens.json")},
		{"BERT's tokenizer.json", "../tokenizer/testdata/bert/tokenizer.json", tokenizer.ReadTokenizerJSON,
			false, pairsOf(t, "../tokenizer/testdata/bert/tokens.json")},
		{"XLM-RoBERTa", "../models/bert/testdata/xlm_roberta/sentencepiece.bpe.model", func(data []byte) (tokenizer.Vocab, error) {
			v, err := tokenizer.ReadSentencePiece(data)
			if err != nil {
				return v, err
			}
			return tokenizer.XLMRobertaVocab(v)
		}, true, []encodedPair{ // of XLMRobertaTokenizer
			{"what is a panda?", "The giant panda is a bear", []int32{0, 206, 60, 113, 123, 37, 4, 17, 245, 13, 801, 2, 2, 211, 558, 439, 4, 17, 245, 13, 123, 37, 80, 47, 2}, nil},
			{"你好", "世界", []int32{0, 4, 3, 2, 2, 4, 3, 2}, nil},
			{"", "", []int32{0, 2, 2, 2}, nil},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := os.ReadFile(tt.vocab)
			if err != nil {
				t.Fatal(err)
			}
			v, err := tt.read(data)
			if err != nil {
				t.Fatal(err)
			}
			tok, err := tokenizer.New(v)
			if err != nil {
				t.Fatal(err)
			}
			if len(tt.pairs) < 3 {
				t.Errorf("%d pairs", len(tt.pairs))
			}
			f := newFramer(tok, 512, tt.roberta)
			for _, p := range tt.pairs {
				if p.Types == nil {
					p.Types = make([]int32, len(p.IDs))
				}
				x, err := f.pair(tok.Encode(p.A, tokenizer.EncodeOptions{}), p.B)
				if err != nil || !slices.Equal(x.tokens, p.IDs) || !slices.Equal(x.types, p.Types) {
					t.Errorf("%q, %q: %+v, %v\nwant %v of types %v", p.A, p.B, x, err, p.IDs, p.Types)
				}
			}
		})
	}
}

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

// A context that is shorter than a text's frame takes no text.
func TestNoRoom(t *testing.T) {
	if x, err := newFramer(letters(t), 1, false).one("a", true); err == nil {
		t.Errorf("%v", x.tokens)
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
	f := newFramer(tok, 10, false)
	if _, err := f.one(" ", true); err == nil {
		t.Error("a text: no error")
	}
	if _, err := f.pair(nil, " "); err == nil {
		t.Error("a pair: no error")
	}
}
