package encode

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"plexus"
	"plexus/nn"
	"plexus/tokenizer"
)

// letters is a tokenizer of single letters: a = 4, b = 5, ...
func letters(t *testing.T) *tokenizer.Tokenizer {
	t.Helper()
	text := "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nc\nd\n##a\n##b\n##c\n##d\n"
	v, err := tokenizer.ReadVocabTxt([]byte(text), true)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.New(v)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// counter is a network whose vector counts the tokens of a text, by id.
type counter struct{ width int }

func (c counter) Width() int   { return c.width }
func (c counter) Rows() int    { return 1000 }
func (c counter) Context() int { return 12 }

func (c counter) Encode(s *nn.Sequences, _ []Pooling) ([]float32, error) {
	var out []float32
	row := 0
	for _, n := range s.Lengths {
		v := make([]float32, c.width)
		for _, id := range s.Tokens[row:][:n] {
			if int(id) < c.width {
				v[id]++
			}
		}
		out = append(out, v...)
		row += int(n)
	}
	return out, nil
}

func TestForms(t *testing.T) {
	embeds := New(counter{8}, letters(t), Options{})
	defer embeds.Close()
	ranks := New(counter{1}, letters(t), Options{Labels: []string{"LABEL_0"}})
	defer ranks.Close()
	labels := New(counter{2}, letters(t), Options{Labels: []string{"NO", "YES"}})
	defer labels.Close()
	third, half := float32(1/math.Sqrt(3)), float32(0.5)
	for _, tt := range []struct {
		name   string
		engine *Engine
		form   plexus.Form
		inputs string
		dims   int
		want   string // JSON of the answer
	}{
		{"a text", embeds, "", `{"text":"a"}`, 0, `{"shape":[1,8],"data":[[0,0,T,T,T,0,0,0]],"pooling":"mean"}`},
		{"texts", embeds, "", `{"text":["a","b"],"pooling":"cls"}`, 0, `{"shape":[2,8],"data":[[0,0,T,T,T,0,0,0],[0,0,T,T,0,T,0,0]],"pooling":"cls"}`},
		{"an empty text", embeds, "", `{"text":""}`, 4, `{"shape":[1,4],"data":[[0,0,0.70710677,0.70710677]],"pooling":"mean"}`},
		{"dimensions", embeds, "", `{"text":"a"}`, 5, `{"shape":[1,5],"data":[[0,0,T,T,T]],"pooling":"mean"}`},
		{"texts alone", embeds, plexus.Plain, `{"text":"a"}`, 4, `{"shape":[1,4],"data":[[0,0,0.70710677,0.70710677]]}`},
		{"contexts", embeds, plexus.Contexts, `{"contexts":[{"text":"a"}]}`, 0, `{"response":[[0,0,T,T,T,0,0,0]],"shape":[1,8],"pooling":"mean"}`},
		{"documents", embeds, plexus.Instructed, `{"documents":["a","a"]}`, 4, `{"shape":[2,4],"data":[[0,0,0.70710677,0.70710677],[0,0,0.70710677,0.70710677]]}`},
		{"rerank", ranks, plexus.Rerank, `{"query":"a","contexts":[{"text":"b"},{"text":"a"}]}`, 0, `{"response":[{"id":0,"score":H},{"id":1,"score":H}]}`},
		{"the best", ranks, plexus.Rerank, `{"query":"a","contexts":[{"text":"b"},{"text":"a"}],"top_k":1}`, 0, `{"response":[{"id":0,"score":H}]}`},
		{"the best, as a float", ranks, plexus.Rerank, `{"query":"a","contexts":[{"text":"b"},{"text":"a"}],"top_k":1.0}`, 0, `{"response":[{"id":0,"score":H}]}`},
		{"more than there are", ranks, plexus.Rerank, `{"query":"a","contexts":[{"text":"b"},{"text":"a"}],"top_k":1e99}`, 0, `{"response":[{"id":0,"score":H},{"id":1,"score":H}]}`},
		{"labels", labels, "", `{"text":"a"}`, 0, `[{"label":"NO","score":H},{"label":"YES","score":H}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := tt.engine.Run(t.Context(), &plexus.Request{Form: tt.form, Inputs: json.RawMessage(tt.inputs), Dimensions: tt.dims})
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(res.Value)
			if err != nil {
				t.Fatal(err)
			}
			number := func(x float32) string { b, _ := json.Marshal(x); return string(b) }
			if want := strings.NewReplacer("T", number(third), "H", number(half)).Replace(tt.want); string(got) != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// A network that embeds ranks by cosine.
func TestCompare(t *testing.T) {
	e := New(counter{8}, letters(t), Options{})
	defer e.Close()
	for _, form := range []plexus.Form{plexus.Contexts, plexus.Rerank} {
		res, err := e.Run(t.Context(), &plexus.Request{Form: form, Inputs: json.RawMessage(`{"query":"a","contexts":[{"text":"b"},{"text":"a"}]}`)})
		if err != nil {
			t.Fatal(err)
		}
		r := res.Value.(*plexus.Ranking).Response
		if len(r) != 2 || r[0].ID != 1 || r[1].ID != 0 || math.Abs(float64(r[0].Score-1)) > 1e-6 || math.Abs(float64(r[1].Score-2.0/3)) > 1e-6 {
			t.Errorf("ranking %+v", r)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	embeds := New(counter{8}, letters(t), Options{})
	defer embeds.Close()
	labels := New(counter{2}, letters(t), Options{Labels: []string{"NO", "YES"}})
	defer labels.Close()
	nothing := New(counter{2}, letters(t), Options{}) // counts tokens that no text has
	defer nothing.Close()
	for _, tt := range []struct {
		name   string
		engine *Engine
		r      plexus.Request
		code   plexus.Code
		text   string
	}{
		{"no text", embeds, plexus.Request{Inputs: json.RawMessage(`{}`)}, plexus.CodeBadInput, "no text"},
		{"not inputs", embeds, plexus.Request{Inputs: json.RawMessage(`[]`)}, plexus.CodeBadInput, "schema"},
		{"a number", embeds, plexus.Request{Inputs: json.RawMessage(`{"text":5}`)}, plexus.CodeBadInput, "schema"},
		{"too many dimensions", embeds, plexus.Request{Inputs: json.RawMessage(`{"text":"a"}`), Dimensions: 9}, plexus.CodeBadInput, "<= 8"},
		{"too long", embeds, plexus.Request{Form: plexus.Contexts, Inputs: json.RawMessage(`{"text":"` + strings.Repeat("a ", 11) + `"}`)}, plexus.CodeBadInput, "13 tokens, the model takes 12"},
		{"a query for labels", labels, plexus.Request{Inputs: json.RawMessage(`{"query":"a","contexts":[]}`)}, plexus.CodeBadInput, "this form"},
		{"two texts to label", labels, plexus.Request{Inputs: json.RawMessage(`{"text":["a","b"]}`)}, plexus.CodeBadInput, "one text"},
		{"a vector of zeros", nothing, plexus.Request{Inputs: json.RawMessage(`{"text":"a"}`)}, plexus.CodeInternal, "Internal"},
	} {
		_, err := tt.engine.Run(t.Context(), &tt.r)
		var e *plexus.Error
		if !errors.As(err, &e) || e.Code != tt.code || !strings.Contains(e.Message, tt.text) {
			t.Errorf("%s: error %v, want %d with %q", tt.name, err, tt.code, tt.text)
		}
	}
}

// What stands in for a model that takes longer texts cuts them.
func TestTruncate(t *testing.T) {
	e := New(counter{8}, letters(t), Options{})
	defer e.Close()
	long := json.RawMessage(`{"text":"` + strings.Repeat("a ", 50) + `"}`)
	res, err := e.Run(t.Context(), &plexus.Request{Form: plexus.Contexts, Truncate: true, Inputs: long})
	if err != nil || res.Usage.PromptTokens != 12 {
		t.Errorf("%+v, %v", res, err)
	}
}

// Long texts are cut as transformers' "longest first" does.
func TestFrames(t *testing.T) {
	const cls, sep = 2, 3
	tok := letters(t)
	a := func(n int) []int32 { return slices.Repeat([]int32{4}, n) }
	b := func(n int) []int32 { return slices.Repeat([]int32{5}, n) }
	texts := func(letter string, n int) string { return strings.Repeat(letter+" ", n) }
	bert, roberta := newFramer(tok, 12, false), newFramer(tok, 12, true)
	if x, err := bert.one(texts("a", 50), true); err != nil || !slices.Equal(x.tokens, slices.Concat([]int32{cls}, a(10), []int32{sep})) {
		t.Errorf("a long text: %v, %v", x, err)
	}
	for _, tt := range []struct{ na, nb, a, b int }{
		{2, 3, 2, 3}, {20, 3, 6, 3}, {3, 20, 3, 6}, {20, 20, 5, 4}, {0, 20, 0, 9}, {6, 6, 5, 4},
	} {
		x, err := bert.pair(a(tt.na), texts("b", tt.nb))
		want := slices.Concat([]int32{cls}, a(tt.a), []int32{sep}, b(tt.b), []int32{sep})
		types := slices.Concat(make([]int32, tt.a+2), slices.Repeat([]int32{1}, tt.b+1))
		if err != nil || !slices.Equal(x.tokens, want) || !reflect.DeepEqual(x.types, types) {
			t.Errorf("%d and %d: %+v, %v, want %v", tt.na, tt.nb, x, err, want)
		}
	}
	x, err := roberta.pair(a(2), "b")
	if want := []int32{cls, 4, 4, sep, sep, 5, sep}; err != nil || !slices.Equal(x.tokens, want) || slices.Max(x.types) != 0 {
		t.Errorf("%+v, %v, want %v", x, err, want)
	}
}
