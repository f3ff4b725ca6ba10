package textgen

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"plexus"
	"plexus/kernel"
	"plexus/nn"
	"plexus/tokenizer"
)

const (
	fakeEOS   = 256
	fakeVocab = 260 // more than the tokenizer has, as in padded models
)

// bytesTokenizer has a token for each byte, and one that ends a turn.
func bytesTokenizer(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	v := tokenizer.Vocab{Model: tokenizer.ByteLevel, Pre: "default", BOS: tokenizer.None, EOS: fakeEOS, Unk: tokenizer.None}
	other := rune(256)
	for b := range 256 {
		r := rune(b)
		if b <= ' ' || b >= 127 && b <= 160 || b == 173 { // GPT-2's alphabet of bytes
			r, other = other, other+1
		}
		v.Tokens = append(v.Tokens, string(r))
		v.Types = append(v.Types, tokenizer.Normal)
	}
	v.Tokens = append(v.Tokens, "<|end|>")
	v.Types = append(v.Types, tokenizer.Control)
	tok, err := tokenizer.New(v)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func workers(t testing.TB) *kernel.Pool {
	pool := kernel.NewPool(2)
	t.Cleanup(pool.Close)
	return pool
}

// fake is a network whose logits are a function of all tokens of a sequence,
// read through its block table: a block that belongs to someone else, or holds
// what it should not, changes the text.
type fake struct {
	limits  nn.Limits
	think   func(history []int32, logits []float32)
	fail    func(b *nn.Batch) error // may also panic or wait
	kv      []int32                 // tokens, by block and position
	out     []float32
	history []int32
	rows    atomic.Int64 // computed so far
	widest  atomic.Int64 // sequences in a batch, at most
}

func newFake(think func([]int32, []float32), rows, context, blocks int) *fake {
	f := &fake{
		limits: nn.Limits{Rows: rows, Context: context, Blocks: blocks, Vocab: fakeVocab},
		think:  think,
		kv:     make([]int32, blocks*blockSize),
	}
	return f
}

func (f *fake) Vocab() int   { return f.limits.Vocab }
func (f *fake) Context() int { return f.limits.Context }
func (f *fake) Blocks() int  { return f.limits.Blocks }
func (f *fake) Rows() int    { return f.limits.Rows }

func (f *fake) Forward(b *nn.Batch) ([]float32, error) {
	if err := b.Check(f.limits); err != nil {
		return nil, err
	}
	if f.fail != nil {
		if err := f.fail(b); err != nil {
			return nil, err
		}
	}
	f.rows.Add(int64(len(b.Tokens)))
	f.widest.Store(max(f.widest.Load(), int64(len(b.Tables))))
	at := func(table []int32, pos int) *int32 {
		return &f.kv[int(table[pos/blockSize])*blockSize+pos%blockSize]
	}
	for i, token := range b.Tokens {
		*at(b.Tables[b.Seq[i]], int(b.Pos[i])) = token
	}
	f.out = slices.Grow(f.out[:0], len(b.Out)*fakeVocab)[:len(b.Out)*fakeVocab]
	clear(f.out)
	for i, row := range b.Out {
		f.history = f.history[:0]
		for pos := range int(b.Pos[row]) + 1 {
			f.history = append(f.history, *at(b.Tables[b.Seq[row]], pos))
		}
		f.think(f.history, f.out[i*fakeVocab:][:fakeVocab])
	}
	return f.out, nil
}

// babble prefers letters at random, as the whole history decides, and never
// ends by itself.
func babble(history []int32, logits []float32) {
	h := fnv.New64a()
	for _, t := range history {
		h.Write([]byte{byte(t), byte(t >> 8)})
	}
	r := rand.New(rand.NewPCG(h.Sum64(), 0))
	for i := range logits {
		logits[i] = -20
	}
	for i := 'a'; i <= 'z'; i++ {
		logits[i] = float32(2 * r.NormFloat64())
	}
}

// recite says text after any prompt of the given length, then ends its turn.
func recite(prompt int, text string) func([]int32, []float32) {
	return func(history []int32, logits []float32) {
		at := len(history) - prompt
		if at >= 0 && at < len(text) {
			logits[text[at]] = 50
		} else {
			logits[fakeEOS] = 50
		}
	}
}

// alone is what a request must generate whatever else goes on: the network and
// the sampler one after the other, without engine, cache or batch.
func alone(t testing.TB, tok *tokenizer.Tokenizer, think func([]int32, []float32), context int, r *plexus.Request) []plexus.Choice {
	t.Helper()
	in, err := decode(r.Form, r.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	choices := make([]plexus.Choice, in.choices)
	prompt := tok.Encode(in.prompt, tokenizer.EncodeOptions{AddSpecial: true, ParseSpecial: true})
	for i := range choices {
		limit := context
		if in.maxTokens > 0 {
			limit = min(limit, len(prompt)+in.maxTokens)
		}
		s := newSequence(nil, i, in, prompt, limit)
		for choices[i].FinishReason == "" {
			logits := make([]float32, fakeVocab)
			think(s.tokens, logits)
			if s.drawn, err = s.sampler.next(logits, &scratch{}); err != nil {
				t.Fatal(err)
			}
			text, reason := s.accept(tok.Piece(s.drawn), tok.IsEnd(s.drawn))
			choices[i].Text += string(text)
			choices[i].FinishReason = reason
		}
	}
	return choices
}

// request makes a request of pairs of input names and values.
func request(form plexus.Form, inputs map[string]any) *plexus.Request {
	data, err := json.Marshal(inputs)
	if err != nil {
		panic(err)
	}
	return &plexus.Request{Account: "a", Form: form, Inputs: data}
}

// collect reads a stream to its end.
func collect(r *plexus.Result) (choices []plexus.Choice, usage *plexus.Usage, err error) {
	for event, err := range r.Events {
		if err != nil {
			return choices, usage, err
		}
		if usage != nil {
			return nil, nil, errors.New("something follows the usage")
		}
		d := event.(*plexus.Delta)
		if usage = d.Usage; usage != nil {
			continue
		}
		for len(choices) <= d.Choice {
			choices = append(choices, plexus.Choice{})
		}
		c := &choices[d.Choice]
		if c.FinishReason != "" {
			return nil, nil, fmt.Errorf("choice %d goes on after its end", d.Choice)
		}
		c.Text += d.Text
		c.FinishReason = d.FinishReason
	}
	return choices, usage, nil
}
