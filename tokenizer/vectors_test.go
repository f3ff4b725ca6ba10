package tokenizer

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// read reads a file of reference encodings: from testdata, or from where those
// lie that cannot be part of this repository. Tests skip where it is in neither.
func read(t *testing.T, name ...string) []byte {
	t.Helper()
	path := filepath.Join(name...)
	data, err := os.ReadFile(filepath.Join("testdata", path))
	if errors.Is(err, fs.ErrNotExist) {
		data, err = os.ReadFile(filepath.Join("../../shared/vectors", path))
	}
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no reference vectors")
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// readJSON reads a JSON file of reference encodings into v.
func readJSON(t *testing.T, v any, name ...string) {
	t.Helper()
	if err := json.Unmarshal(read(t, name...), v); err != nil {
		t.Fatal(err)
	}
}

// tokenizerJSON is what the vectors use of Hugging Face's tokenizer.json.
type tokenizerJSON struct {
	AddedTokens []struct {
		ID      int32
		Content string
		Special bool
	} `json:"added_tokens"`
	Model struct {
		Vocab  map[string]int32
		Merges []string
	}
}

// vocab makes a Vocab of it. Pieces score by their ids: vocabularies of
// SentencePiece list merges best first.
func (f *tokenizerJSON) vocab(model Model, pre string) Vocab {
	n := len(f.Model.Vocab)
	for _, a := range f.AddedTokens {
		n = max(n, int(a.ID)+1)
	}
	v := Vocab{Model: model, Pre: pre, BOS: None, EOS: None, Unk: None,
		Tokens: make([]string, n), Types: slices.Repeat([]Type{Normal}, n)}
	for text, id := range f.Model.Vocab {
		v.Tokens[id] = text
	}
	for _, a := range f.AddedTokens {
		v.Tokens[a.ID] = a.Content
		v.Types[a.ID] = UserDefined
		if a.Special {
			v.Types[a.ID] = Control
		}
	}
	if model == ByteLevel {
		v.Merges = f.Model.Merges
		return v
	}
	v.Scores = make([]float32, n)
	for id, text := range v.Tokens {
		v.Scores[id] = -float32(id)
		if _, ok := parseByte(text); ok {
			v.Types[id] = Byte
		}
	}
	return v
}

func TestLlama3Vectors(t *testing.T) {
	var file tokenizerJSON
	var want struct {
		Strings []string
		IDs     [][]int32        `json:"ids_mini"`
		Special map[string]int32 `json:"special_mini"`
	}
	readJSON(t, &file, "llama_tokenizers", "llama3_mini_tokenizer.json")
	readJSON(t, &want, "llama_tokenizers", "llama3.json")
	v := file.vocab(ByteLevel, "llama-bpe")
	for text, id := range want.Special {
		v.Types[id] = Control
		if v.Tokens[id] != text {
			t.Fatalf("token %d is %q", id, v.Tokens[id])
		}
	}
	tok, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range want.Strings {
		got := tok.Encode(s, EncodeOptions{ParseSpecial: true})
		if !slices.Equal(got, want.IDs[i]) {
			t.Errorf("%q:\n got %v\nwant %v", s, got, want.IDs[i])
		}
		plain := tok.Encode(s, EncodeOptions{})
		if back := tok.Decode(plain); back != s {
			t.Errorf("%q decoded to %q", s, back)
		}
		if i := slices.IndexFunc(plain, func(id int32) bool { return v.Types[id] == Control }); i >= 0 {
			t.Errorf("%q became %s without ParseSpecial", s, tok.Text(plain[i]))
		}
	}
}

func TestMistralVectors(t *testing.T) {
	var file tokenizerJSON
	var want struct {
		Strings []string
		IDs     [][]int32 `json:"ids_mini"`
		Decode  []string  `json:"decode_mini"`
	}
	readJSON(t, &file, "llama_tokenizers", "mistral_mini_tokenizer.json")
	readJSON(t, &want, "llama_tokenizers", "mistral.json")
	v := file.vocab(SentencePiece, "")
	v.BOS, v.EOS, v.Unk = 1, 2, 0
	v.AddBOS, v.AddSpacePrefix = true, true
	tok, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range want.Strings {
		got := tok.Encode(s, EncodeOptions{AddSpecial: true, ParseSpecial: true})
		if !slices.Equal(got, want.IDs[i]) {
			t.Errorf("%q:\n got %v\nwant %v", s, got, want.IDs[i])
		}
		if back := tok.Decode(got); back != want.Decode[i] {
			t.Errorf("%q decoded to %q, want %q", s, back, want.Decode[i])
		}
	}
}
