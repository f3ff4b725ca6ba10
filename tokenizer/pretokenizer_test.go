package tokenizer

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestPreTokenizers compares with the words that the patterns themselves find:
// testdata/pretokenizers.json was made with JavaScript's regular expressions,
// \s spelled \p{White_Space} and Unicode case folding spelled out.
func TestPreTokenizers(t *testing.T) {
	data, err := os.ReadFile("testdata/pretokenizers.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Strings []string
		Words   map[string][][]string
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for name, words := range want.Words {
		for i, s := range want.Strings {
			var got []string
			preTokenizers[name].split(s, func(w string) { got = append(got, w) })
			if !slices.Equal(got, words[i]) {
				t.Errorf("%s: %q:\n got %q\nwant %q", name, s, got, words[i])
			}
		}
	}
}

func FuzzPreTokenizers(f *testing.F) {
	f.Add("I'm  \r\n x1234/\xff\xc3 Ab\u0301中'ſ")
	f.Fuzz(func(t *testing.T, s string) {
		for name, pre := range preTokenizers {
			var b strings.Builder
			pre.split(s, func(w string) {
				if w == "" {
					t.Errorf("%s: %q has an empty word", name, s)
				}
				b.WriteString(w)
			})
			if b.String() != s {
				t.Errorf("%s: the words of %q are those of %q", name, s, b.String())
			}
		}
	})
}
