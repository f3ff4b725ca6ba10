package parity

import (
	"fmt"
	"strings"

	"plexus/weights/gguf/gguftest"
)

// Token types of GGUF's tokenizer.ggml.token_type.
const (
	normal      = 1
	unknown     = 2
	control     = 3
	userDefined = 4
	byteToken   = 6
)

// vocabulary collects the tokenizer section of a GGUF file.
type vocabulary struct {
	tokens []string
	types  []int32
	scores []float32
	merges []string
	ids    map[string]int32
}

// add appends a token unless it is there already, and returns its id.
func (v *vocabulary) add(token string, kind int32) int32 {
	if id, ok := v.ids[token]; ok {
		return id
	}
	if v.ids == nil {
		v.ids = map[string]int32{}
	}
	id := int32(len(v.tokens))
	v.ids[token] = id
	v.tokens = append(v.tokens, token)
	v.types = append(v.types, kind)
	v.scores = append(v.scores, 0)
	return id
}

// byteLevel learns a byte-level BPE vocabulary from text. The text is not split
// before merging, so tokens cross every border that a pre-tokenizer draws: a
// border drawn elsewhere changes the ids.
func byteLevel(text string, merges int, controls, users []string) *vocabulary {
	v := &vocabulary{}
	symbols := make([]int32, 0, len(text))
	letters := byteLetters()
	for _, letter := range letters {
		v.add(letter, normal)
	}
	for i := range len(text) {
		symbols = append(symbols, v.ids[letters[text[i]]])
	}
	for range merges {
		left, right := commonPair(symbols)
		v.merges = append(v.merges, v.tokens[left]+" "+v.tokens[right])
		symbols = join(symbols, left, right, v.add(v.tokens[left]+v.tokens[right], normal))
	}
	for _, s := range controls {
		v.add(s, control)
	}
	for _, s := range users {
		v.add(s, userDefined)
	}
	return v
}

// byteLetters are GPT-2's printable letters for the 256 bytes.
func byteLetters() (letters [256]string) {
	next := rune(256)
	for b := range rune(256) {
		letters[b] = string(b)
		if b <= ' ' || b >= 0x7f && b <= 0xa0 || b == 0xad {
			letters[b] = string(next)
			next++
		}
	}
	return letters
}

// sentencePiece learns an SPM vocabulary with byte fallback from text: a
// piece's score is minus its rank, as SentencePiece's BPE trainer sets it.
func sentencePiece(text string, merges int, users []string) *vocabulary {
	v := &vocabulary{}
	v.add("<unk>", unknown)
	v.add("<s>", control)
	v.add("</s>", control)
	for b := range 256 {
		v.add(fmt.Sprintf("<0x%02X>", b), byteToken)
	}
	for _, s := range users {
		v.add(s, userDefined)
	}
	// Letters seen once are left to the byte tokens.
	count := map[rune]int{}
	text = strings.ReplaceAll(text, " ", "▁")
	for _, r := range text {
		count[r]++
	}
	var symbols []int32
	first := len(v.tokens)
	for _, r := range text {
		if r != '\n' && count[r] > 1 {
			symbols = append(symbols, v.add(string(r), normal))
		}
	}
	for range merges {
		left, right := commonPair(symbols)
		symbols = join(symbols, left, right, v.add(v.tokens[left]+v.tokens[right], normal))
	}
	for i := first; i < len(v.tokens); i++ {
		v.scores[i] = -float32(i - first)
	}
	return v
}

// commonPair returns the most frequent pair of neighbours, the smallest of equals.
func commonPair(symbols []int32) (left, right int32) {
	type pair struct{ left, right int32 }
	count := map[pair]int{}
	for i := 1; i < len(symbols); i++ {
		count[pair{symbols[i-1], symbols[i]}]++
	}
	var best pair
	most := 0
	for p, n := range count {
		if n > most || n == most && (p.left < best.left || p.left == best.left && p.right < best.right) {
			best, most = p, n
		}
	}
	return best.left, best.right
}

// join replaces every left, right by merged.
func join(symbols []int32, left, right, merged int32) []int32 {
	out := symbols[:0]
	for i := 0; i < len(symbols); i++ {
		if symbols[i] == left && i+1 < len(symbols) && symbols[i+1] == right {
			out = append(out, merged)
			i++
			continue
		}
		out = append(out, symbols[i])
	}
	return out
}

// meta returns the tokenizer section of a GGUF file: model "llama" or "gpt2".
func (v *vocabulary) meta(model string, more ...gguftest.KV) []gguftest.KV {
	meta := []gguftest.KV{
		{Key: "tokenizer.ggml.model", Value: model},
		{Key: "tokenizer.ggml.tokens", Value: v.tokens},
		{Key: "tokenizer.ggml.token_type", Value: v.types},
	}
	if model == "llama" {
		meta = append(meta, gguftest.KV{Key: "tokenizer.ggml.scores", Value: v.scores})
	} else {
		meta = append(meta, gguftest.KV{Key: "tokenizer.ggml.merges", Value: v.merges})
	}
	return append(meta, more...)
}
