package tokenizer

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"plexus/weights/gguf"
)

// spell writes bytes in GPT-2's alphabet.
func spell(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(slices.Index(byteOf[:], int16(c))))
	}
	return b.String()
}

// byteVocab is the 256 bytes, merges that random pairs make, and control tokens.
func byteVocab(rng *rand.Rand, pre string, merges int, text string) Vocab {
	v := Vocab{Model: ByteLevel, Pre: pre, BOS: None, EOS: None, Unk: None}
	for b := range 256 {
		v.Tokens = append(v.Tokens, spell(string([]byte{byte(b)})))
	}
	known := make(map[string]bool)
	raw := make([]string, 0, 256+merges)
	for b := range 256 {
		raw = append(raw, string([]byte{byte(b)}))
	}
	for tries := 0; len(v.Merges) < merges && tries < 100*merges; tries++ {
		l, r := raw[rng.IntN(len(raw))], raw[rng.IntN(len(raw))]
		if known[l+r] || !strings.Contains(text, l+r) {
			continue
		}
		known[l+r] = true
		raw = append(raw, l+r)
		v.Tokens = append(v.Tokens, spell(l+r))
		v.Merges = append(v.Merges, spell(l)+" "+spell(r))
	}
	v.Types = slices.Repeat([]Type{Normal}, len(v.Tokens))
	return v
}

// pieceVocab is the 256 byte tokens, and pieces of text with scores of which
// some are equal.
func pieceVocab(rng *rand.Rand, pieces int, text string) Vocab {
	v := Vocab{Model: SentencePiece, BOS: 1, EOS: 2, Unk: 0, Tokens: []string{"<unk>", "<s>", "</s>"}, Types: []Type{Unknown, Control, Control}}
	for b := range 256 {
		v.Tokens = append(v.Tokens, fmt.Sprintf("<0x%02X>", b))
		v.Types = append(v.Types, Byte)
	}
	runes := []rune(strings.ReplaceAll(text, " ", space))
	seen := make(map[string]bool)
	for range pieces {
		n := 1 + rng.IntN(4)
		at := rng.IntN(len(runes) - n)
		if p := string(runes[at : at+n]); !seen[p] {
			seen[p] = true
			v.Tokens = append(v.Tokens, p)
			v.Types = append(v.Types, Normal)
		}
	}
	for range v.Tokens {
		v.Scores = append(v.Scores, -float32(rng.IntN(len(v.Tokens)/2)))
	}
	return v
}

const prose = "the cat sat on the mat; the other cat's hat was 1234 years old. naïve façade, 中文字 and 日本語 👍🏽!\n\tIt'LL do   what it does\r\n"

// slowMerge is byte-pair encoding as it is defined.
func slowMerge(word string, symbols []symbol, r ranker) []symbol {
	for {
		best, at := uint64(1)<<63, -1
		var id int32
		for i := range len(symbols) - 1 {
			if rank, merged, ok := r.rank(word, symbols[i], symbols[i+1]); ok && uint64(rank) < best {
				best, at, id = uint64(rank), i, merged
			}
		}
		if at < 0 {
			return symbols
		}
		symbols[at].end, symbols[at].id = symbols[at+1].end, id
		symbols = slices.Delete(symbols, at+1, at+2)
	}
}

func TestMerge(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		var m merger
		var r ranker
		runes := []rune(prose)
		word := string(runes[:10+rng.IntN(len(runes)-10)])
		if round%2 == 0 {
			v := byteVocab(rng, "gpt-2", 60, prose)
			p := byteLevelPieces(&v)
			model, err := newByteLevel(&v, &p)
			if err != nil {
				t.Fatal(err)
			}
			for i := range len(word) {
				m.add(i, i+1, model.bytes[word[i]])
			}
			r = model
		} else {
			v := pieceVocab(rng, 100, prose)
			for i, c := range word {
				m.add(i, i+len(string(c)), None)
			}
			r = newSentencePiece(&v)
		}
		want := slowMerge(word, slices.Clone(m.symbols), r)
		m.merge(word, r)
		var got []symbol
		for i := int32(0); i >= 0; i = m.symbols[i].next {
			got = append(got, m.symbols[i])
		}
		same := slices.EqualFunc(got, want, func(a, b symbol) bool { return a.start == b.start && a.end == b.end && a.id == b.id })
		if !same {
			t.Fatalf("round %d: %q:\n got %v\nwant %v", round, word, got, want)
		}
	}
}

// TestWords checks that cutting text before spaces changes nothing.
func TestWords(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		v := pieceVocab(rng, 150, strings.ReplaceAll(prose, " ", "")+"  the cat")
		m := newSentencePiece(&v)
		if !m.words {
			continue
		}
		cut := m.encode(nil, prose)
		m.words = false
		if whole := m.encode(nil, prose); !slices.Equal(cut, whole) {
			t.Fatalf("got %v, want %v", cut, whole)
		}
	}
}

func TestSpecialTokens(t *testing.T) {
	v := byteVocab(rand.New(rand.NewPCG(5, 6)), "llama-bpe", 20, prose)
	base := int32(len(v.Tokens))
	v.Tokens = append(v.Tokens, "<|eot_id|>", "<|eot_id|>!", "<think>", "<s>")
	v.Types = append(v.Types, Control, Control, UserDefined, Control)
	v.BOS, v.AddBOS = base+3, true
	tok, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	text := "a<|eot_id|>!b<think><|eot\uFDD0_id|><|eot_id|>"
	type piece struct {
		id   int32 // of a special token
		text string
	}
	split := func(ids []int32) (out []piece) {
		for _, id := range ids {
			switch {
			case id >= base:
				out = append(out, piece{id, ""})
			case len(out) > 0 && out[len(out)-1].id == None:
				out[len(out)-1].text += string(tok.Piece(id))
			default:
				out = append(out, piece{None, string(tok.Piece(id))})
			}
		}
		return out
	}
	for _, c := range []struct {
		opts EncodeOptions
		want []piece
	}{
		{EncodeOptions{}, []piece{{None, "a<|eot_id|>!b"}, {base + 2, ""}, {None, "<|eot\uFDD0_id|><|eot_id|>"}}},
		{EncodeOptions{AddSpecial: true, ParseSpecial: true}, []piece{{base + 3, ""}, {None, "a"}, {base + 1, ""}, {None, "b"}, {base + 2, ""}, {None, "<|eot_id|>"}, {base, ""}}},
	} {
		if got := split(tok.Encode(text, c.opts)); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v, want %v", c.opts, got, c.want)
		}
	}
	if id, ok := tok.Special("<|eot_id|>"); !ok || id != base {
		t.Errorf("Special = %d, %v", id, ok)
	}
	if _, ok := tok.Special("<|eot_id|>?"); ok {
		t.Error("a text that only starts with a special token is one")
	}
	if !tok.IsEnd(base) || tok.IsEnd(base+2) || tok.IsEnd(0) {
		t.Error("IsEnd is wrong")
	}
	if got := tok.Controls(); !slices.Equal(got, []string{"<|eot_id|>", "<|eot_id|>!", "<s>"}) {
		t.Errorf("Controls = %q", got)
	}
	if tok.Piece(base) != nil || tok.Piece(-1) != nil || tok.Piece(1<<30) != nil || string(tok.Piece(base+2)) != "<think>" {
		t.Error("Piece of special tokens is wrong")
	}
}

func TestFromGGUF(t *testing.T) {
	meta := gguf.Metadata{
		"tokenizer.ggml.model":      "llama",
		"tokenizer.ggml.tokens":     []string{"<unk>", "<s>", "</s>", "<0x41>", space, "b", space + "b", "<|im_end|>"},
		"tokenizer.ggml.scores":     []float32{0, 0, 0, 0, -3, -2, -1, 0},
		"tokenizer.ggml.token_type": []int32{2, 3, 3, 6, 1, 1, 1, 1},
	}
	tok, err := FromGGUF(meta)
	if err != nil {
		t.Fatal(err)
	}
	ids := tok.Encode("b bA?", EncodeOptions{AddSpecial: true})
	if want := []int32{1, 6, 6, 3, 0}; !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
	if s := tok.Decode(ids); s != "b bA" {
		t.Errorf("decoded to %q", s)
	}
	if !tok.IsEnd(2) || !tok.IsEnd(7) || tok.IsEnd(6) || tok.EOS() != 2 || tok.BOS() != 1 || tok.Size() != 8 || tok.Text(7) != "<|im_end|>" {
		t.Error("special tokens are wrong")
	}
	meta["tokenizer.ggml.add_bos_token"] = false
	meta["tokenizer.ggml.add_space_prefix"] = false
	meta["tokenizer.ggml.add_eos_token"] = true
	meta["tokenizer.ggml.eos_token_id"] = uint32(7)
	if tok, err = FromGGUF(meta); err != nil {
		t.Fatal(err)
	}
	if got, want := tok.Encode("b b", EncodeOptions{AddSpecial: true}), []int32{5, 6, 7}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, broken := range []gguf.Metadata{
		{},
		{"tokenizer.ggml.model": "llama"},
		{"tokenizer.ggml.model": "gpt3", "tokenizer.ggml.tokens": []string{"a"}},
		{"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": []string{"a"}},
		{"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": []string{"a"}, "tokenizer.ggml.pre": "?"},
		{"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": []string{"a", "b"}, "tokenizer.ggml.merges": []string{"a b"}},
		{"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": []string{"a", "b"}, "tokenizer.ggml.merges": []string{"ab"}},
		{"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.tokens": []string{"a", "b"}, "tokenizer.ggml.token_type": []int32{1}},
	} {
		if _, err := FromGGUF(broken); err == nil {
			t.Errorf("no error for %v", broken)
		}
	}
}

// TestLongWord encodes a word of a megabyte in which everything merges.
func TestLongWord(t *testing.T) {
	word := strings.Repeat("a", 1<<20)
	rng := rand.New(rand.NewPCG(7, 8))
	for _, v := range []Vocab{byteVocab(rng, "qwen2", 8, word[:300]), pieceVocab(rng, 50, word[:300])} {
		tok, err := New(v)
		if err != nil {
			t.Fatal(err)
		}
		if got := tok.Decode(tok.Encode(word, EncodeOptions{})); got != word {
			t.Errorf("%s: decoded to %d bytes", v.Model, len(got))
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	rng := rand.New(rand.NewPCG(9, 10))
	var toks []*Tokenizer
	for _, v := range []Vocab{byteVocab(rng, "llama-bpe", 60, prose), byteVocab(rng, "smollm", 60, prose), byteVocab(rng, "tekken", 60, prose), pieceVocab(rng, 120, prose)} {
		tok, err := New(v)
		if err != nil {
			f.Fatal(err)
		}
		toks = append(toks, tok)
	}
	for _, s := range []string{prose, "", " ", "\xff\xfe\x80", "a\xe4\xb8", "\uFDD0<s>\uFDD0", "<0x41></s>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, tok := range toks {
			want := s
			if tok.vocab.Model == SentencePiece {
				want = strings.ReplaceAll(s, space, " ")
			}
			ids := tok.Encode(s, EncodeOptions{})
			if got := tok.Decode(ids); got != want {
				t.Errorf("%q decoded to %q", s, got)
			}
			for _, id := range ids {
				if k := tok.vocab.kind(id); k == Control || k == Unknown {
					t.Errorf("%q has token %q", s, tok.Text(id))
				}
			}
			tok.Encode(s, EncodeOptions{AddSpecial: true, ParseSpecial: true})
		}
	})
}

// BenchmarkEncode encodes prose, and a word without end, with vocabularies like
// those of Llama 3, Qwen 2, Llama 2, T5 and BERT.
func BenchmarkEncode(b *testing.B) {
	rng := rand.New(rand.NewPCG(11, 12))
	vocabs := map[string]Vocab{
		"llama3": byteVocab(rng, "llama-bpe", 300, prose),
		"qwen2":  byteVocab(rng, "qwen2", 300, prose),
		"llama2": pieceVocab(rng, 800, strings.ReplaceAll(prose, " ", "")),
	}
	var err error
	if vocabs["t5"], err = ReadSentencePiece(read(b, "t5", "spiece.model")); err != nil {
		b.Fatal(err)
	}
	if vocabs["bert"], err = ReadVocabTxt(read(b, "bert", "vocab.txt"), true); err != nil {
		b.Fatal(err)
	}
	texts := map[string]string{"prose": strings.Repeat(prose, 200), "word": strings.Repeat("abcde", 1<<18/5)}
	for model, v := range vocabs {
		tok, err := New(v)
		if err != nil {
			b.Fatal(err)
		}
		for name, s := range texts {
			b.Run(model+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(s)))
				b.ReportAllocs()
				for b.Loop() {
					tok.Encode(s, EncodeOptions{ParseSpecial: true})
				}
			})
		}
	}
}
