package tokenizer

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// encodedCases are texts and their ids, framed.
type encodedCases struct {
	Cases []struct {
		Text string
		IDs  []int32
	}
}

// readModel reads a SentencePiece model of the vectors.
func readModel(t *testing.T, name ...string) Vocab {
	t.Helper()
	v, err := ReadSentencePiece(read(t, name...))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestXLMRobertaVectors(t *testing.T) {
	v, err := XLMRobertaVocab(readModel(t, "xlm_roberta_tokenizer", "sentencepiece.bpe.model"))
	if err != nil {
		t.Fatal(err)
	}
	checkCases(t, v, "xlm_roberta_tokenizer")
}

func TestT5Vectors(t *testing.T) {
	checkCases(t, T5Vocab(readModel(t, "t5", "spiece.model"), 100), "t5")
}

func checkCases(t *testing.T, v Vocab, dir string) {
	t.Helper()
	var want encodedCases
	readJSON(t, &want, dir, "tokens.json")
	tok, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range want.Cases {
		if got := tok.Encode(c.Text, EncodeOptions{AddSpecial: true, ParseSpecial: true}); !slices.Equal(got, c.IDs) {
			t.Errorf("%q:\n got %v\nwant %v", c.Text, got, c.IDs)
		}
	}
}

func TestM2M100Vectors(t *testing.T) {
	v := readModel(t, "m2m100", "sentencepiece.bpe.model")
	var want struct {
		Languages map[string]int32 `json:"lang_code_to_id"`
		Cases     []struct {
			Lang string
			Text string
			IDs  []int32
		}
		Decode []struct {
			IDs  []int32
			Text string `json:"skip_special"`
		}
	}
	readJSON(t, &want, "m2m100", "tokens.json")
	languages := slices.SortedFunc(maps.Keys(want.Languages), func(a, b string) int {
		return int(want.Languages[a] - want.Languages[b])
	})
	v, err := M2M100Vocab(v, read(t, "m2m100", "vocab.json"), languages)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range want.Cases {
		source, ok := tok.Special("__" + c.Lang + "__")
		if !ok || source != want.Languages[c.Lang] {
			t.Fatalf("language %s is %d", c.Lang, source)
		}
		got := append([]int32{source}, tok.Encode(c.Text, EncodeOptions{AddSpecial: true, ParseSpecial: true})...)
		if !slices.Equal(got, c.IDs) {
			t.Errorf("%q:\n got %v\nwant %v", c.Text, got, c.IDs)
		}
	}
	for _, d := range want.Decode {
		if got := strings.TrimSpace(tok.Decode(d.IDs)); got != d.Text { // which Hugging Face trims
			t.Errorf("%v decoded to %q, want %q", d.IDs, got, d.Text)
		}
	}
}
