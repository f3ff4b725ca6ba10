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
func read(t testing.TB, name ...string) []byte {
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
func readJSON(t testing.TB, v any, name ...string) {
	t.Helper()
	if err := json.Unmarshal(read(t, name...), v); err != nil {
		t.Fatal(err)
	}
}

func TestLlama3Vectors(t *testing.T) {
	v, err := ReadTokenizerJSON(read(t, "llama_tokenizers", "llama3_mini_tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Strings []string
		IDs     [][]int32        `json:"ids_mini"`
		Special map[string]int32 `json:"special_mini"`
	}
	readJSON(t, &want, "llama_tokenizers", "llama3.json")
	for _, id := range want.Special {
		v.Types[id] = Control
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
	v, err := ReadTokenizerJSON(read(t, "llama_tokenizers", "mistral_mini_tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Strings []string
		IDs     [][]int32 `json:"ids_mini"`
		Decode  []string  `json:"decode_mini"`
	}
	readJSON(t, &want, "llama_tokenizers", "mistral.json")
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
