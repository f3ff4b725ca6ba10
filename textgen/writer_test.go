package textgen

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestWriter(t *testing.T) {
	for name, c := range map[string]struct {
		stops  []string
		pieces []string
		want   []string // shown after each piece, and at the end if it was not stopped
	}{
		"plain":                      {nil, []string{"Hello", " world"}, []string{"Hello", " world", ""}},
		"stop in a piece":            {[]string{"END"}, []string{"abENDcd"}, []string{"ab"}},
		"stop is a piece":            {[]string{"\n"}, []string{"ab", "\n"}, []string{"ab", ""}},
		"stop over three":            {[]string{"END"}, []string{"aE", "N", "D!"}, []string{"a", "", ""}},
		"partial is released":        {[]string{"END"}, []string{"aE", "N", "d"}, []string{"a", "", "ENd", ""}},
		"partial at the end":         {[]string{"END"}, []string{"aEN"}, []string{"a", "EN"}},
		"overlapping starts":         {[]string{"aab"}, []string{"a", "a", "a", "b"}, []string{"", "", "a", ""}},
		"earliest of several":        {[]string{"c", "bc"}, []string{"abc"}, []string{"a"}},
		"the first to complete":      {[]string{"abcd", "bc"}, []string{"ab", "c"}, []string{"", "a"}},
		"character in two pieces":    {nil, []string{"\xc3", "\xa9"}, []string{"", "é", ""}},
		"four bytes one by one":      {nil, []string{"\xf0", "\x9f", "\x98", "\x80"}, []string{"", "", "", "😀", ""}},
		"cut off character":          {nil, []string{"a\xf0\x9f"}, []string{"a", "\uFFFD\uFFFD"}},
		"broken character":           {nil, []string{"\xc3", "a"}, []string{"", "\uFFFDa", ""}},
		"no character at all":        {nil, []string{"\xff\xfe"}, []string{"\uFFFD\uFFFD", ""}},
		"stop of several bytes":      {[]string{"é"}, []string{"a\xc3", "\xa9b"}, []string{"a", ""}},
		"half a character, then end": {[]string{"é!"}, []string{"\xc3\xa9", "?"}, []string{"", "é?", ""}},
		"nothing":                    {nil, []string{"", ""}, []string{"", "", ""}},
	} {
		w := writer{}
		for _, s := range c.stops {
			w.stops = append(w.stops, []byte(s))
		}
		var got []string
		stopped := false
		for _, p := range c.pieces {
			var text []byte
			text, stopped = w.write([]byte(p), false)
			got = append(got, string(text))
		}
		if !stopped {
			text, _ := w.write(nil, true)
			got = append(got, string(text))
		}
		if strings.Join(got, "|") != strings.Join(c.want, "|") || len(got) != len(c.want) {
			t.Errorf("%s: showed %q, want %q", name, got, c.want)
		}
	}
}

// However a text is cut into tokens, what is shown is the text up to its first
// stop string.
func TestWriterDoesNotDependOnTokens(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	letters := []string{"a", "b", "é", "😀", "\n"}
	random := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	for range 5000 {
		text, stop := random(r.IntN(30)), random(1+r.IntN(3))
		w, got := writer{stops: [][]byte{[]byte(stop)}}, ""
		rest, stopped := text, false
		for len(rest) > 0 && !stopped {
			n := 1 + r.IntN(min(len(rest), 5))
			var shown []byte
			shown, stopped = w.write([]byte(rest[:n]), n == len(rest))
			got, rest = got+string(shown), rest[n:]
		}
		want, _, found := strings.Cut(text, stop)
		if got != want || stopped != found {
			t.Fatalf("%q with stop %q: showed %q, stopped %v; want %q, %v", text, stop, got, stopped, want, found)
		}
	}
}
