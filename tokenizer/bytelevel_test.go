package tokenizer

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkNew makes a tokenizer of the size of Llama 3's.
func BenchmarkNew(b *testing.B) {
	rng := rand.New(rand.NewPCG(13, 14))
	v := byteVocab(rng, "llama-bpe", 0, "")
	seen := map[string]bool{}
	for len(v.Tokens) < 128_000 {
		l, r := v.Tokens[rng.IntN(len(v.Tokens))], v.Tokens[rng.IntN(len(v.Tokens))]
		if len(l)+len(r) < 24 && !seen[l+r] {
			seen[l+r] = true
			v.Tokens = append(v.Tokens, l+r)
			v.Merges = append(v.Merges, l+" "+r)
		}
	}
	v.Merges = append(v.Merges, v.Merges...)
	v.Types = nil
	for b.Loop() {
		if _, err := New(v); err != nil {
			b.Fatal(err)
		}
	}
}
