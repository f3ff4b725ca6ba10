package encode

import (
	"slices"

	"plexus/tokenizer"
)

// framer turns texts and pairs of texts into the token sequences that a
// network was trained on.
type framer struct {
	tok           *tokenizer.Tokenizer
	before, after []int32 // around a text
	between       []int32 // of a pair
	secondType    int32   // token type of a pair's second text
	context       int
}

// newFramer frames as tok does. BERT puts one separator between the texts of a
// pair and tells them apart by type; XLM-RoBERTa puts two, and has one type.
func newFramer(tok *tokenizer.Tokenizer, context int, roberta bool) *framer {
	f := &framer{tok: tok, context: context}
	f.before, f.after = tok.Frame()
	f.between, f.secondType = f.after, 1
	if roberta {
		f.between = slices.Concat(f.after, f.after)
		f.secondType = 0
	}
	return f
}

// one is a text, cut to the context if need be; unless truncate, one that is
// too long is an error.
func (f *framer) one(s string, truncate bool) (*text, error) {
	ids := f.tok.Encode(s, tokenizer.EncodeOptions{})
	room := f.context - len(f.before) - len(f.after)
	if len(ids) > room {
		if !truncate || room < 0 {
			return nil, tooLong(len(ids)+len(f.before)+len(f.after), f.context)
		}
		ids = ids[:room]
	}
	t := &text{tokens: slices.Concat(f.before, ids, f.after)}
	return t, t.check()
}

// check refuses a text of no tokens, which would end the others in its pass: not
// every tokenizer frames, and spaces may be nothing.
func (t *text) check() error {
	if len(t.tokens) == 0 {
		return badInput("a text has no tokens")
	}
	return nil
}

// pair is two texts as one sequence. If they are too long together, the longer
// one is cut, to the length of the other and then both alike.
func (f *framer) pair(a []int32, second string) (*text, error) {
	b := f.tok.Encode(second, tokenizer.EncodeOptions{})
	room := f.context - len(f.before) - len(f.between) - len(f.after)
	if over := len(a) + len(b) - room; over > 0 {
		na, nb := len(a), len(b)
		if na > nb {
			na -= min(over, na-nb)
		} else {
			nb -= min(over, nb-na)
		}
		if over = na + nb - room; over > 0 { // now they are equally long
			na -= over / 2
			nb -= over - over/2
		}
		a, b = a[:na], b[:nb]
	}
	t := &text{}
	for _, ids := range [][]int32{f.before, a, f.between} {
		t.tokens = append(t.tokens, ids...)
	}
	t.types = make([]int32, len(t.tokens), len(t.tokens)+len(b)+len(f.after))
	for _, ids := range [][]int32{b, f.after} {
		t.tokens = append(t.tokens, ids...)
	}
	for len(t.types) < len(t.tokens) {
		t.types = append(t.types, f.secondType)
	}
	return t, t.check()
}

func tooLong(tokens, context int) error {
	return badInput("a text has %d tokens, the model takes %d: shorten it, or set truncate_inputs where that is an input", tokens, context)
}
