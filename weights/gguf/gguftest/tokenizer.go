package gguftest

import (
	"fmt"
	"strings"
)

// Token types of tokenizer.ggml.token_type.
const (
	normal  = 1
	unknown = 2
	control = 3
	byteTok = 6
)

// template is ChatML, with the tokens that both vocabularies have.
const template = `{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}` +
	`{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`

// words are what the vocabularies know beyond single characters.
var words = strings.Fields("the of and to in is that it for was on are as with his they at be this have from or one had by " +
	"word but not what all were we when your can said there use an each which she do how their if will hello world")

// vocabulary collects tokens.
type vocabulary struct {
	tokens []string
	scores []float32
	types  []int32
	ids    map[string]int
}

func (v *vocabulary) add(token string, kind int32) {
	if _, twice := v.ids[token]; twice {
		return
	}
	v.ids[token] = len(v.tokens)
	v.tokens = append(v.tokens, token)
	v.scores = append(v.scores, -float32(len(v.tokens)))
	v.types = append(v.types, kind)
}

// tokenizer returns the tokenizer section: a small vocabulary, filled up with unreachable tokens.
func (s Spec) tokenizer() ([]KV, error) {
	v := &vocabulary{ids: map[string]int{}}
	var merges []string
	if s.Tokenizer == "gpt2" {
		merges = v.byteLevel()
	} else {
		v.sentencePiece()
	}
	if s.Vocab < len(v.tokens) {
		return nil, fmt.Errorf("gguftest: the tokeniser has %d tokens, more than %d", len(v.tokens), s.Vocab)
	}
	for i := len(v.tokens); i < s.Vocab; i++ {
		v.add(fmt.Sprintf("<filler %d>", i), normal)
	}
	meta := []KV{
		{"tokenizer.ggml.tokens", v.tokens},
		{"tokenizer.ggml.scores", v.scores},
		{"tokenizer.ggml.token_type", v.types},
		{"tokenizer.chat_template", template},
	}
	if s.Tokenizer == "gpt2" {
		return append(meta,
			KV{"tokenizer.ggml.model", "gpt2"},
			KV{"tokenizer.ggml.pre", s.Pre},
			KV{"tokenizer.ggml.merges", merges},
			KV{"tokenizer.ggml.bos_token_id", uint32(v.ids["<|begin_of_text|>"])},
			KV{"tokenizer.ggml.eos_token_id", uint32(v.ids["<|im_end|>"])},
			KV{"tokenizer.ggml.add_bos_token", s.Pre == "llama-bpe"},
		), nil
	}
	return append(meta,
		KV{"tokenizer.ggml.model", "llama"},
		KV{"tokenizer.ggml.unknown_token_id", uint32(0)},
		KV{"tokenizer.ggml.bos_token_id", uint32(1)},
		KV{"tokenizer.ggml.eos_token_id", uint32(2)},
		KV{"tokenizer.ggml.add_bos_token", true},
		KV{"tokenizer.ggml.add_space_prefix", true},
	), nil
}

// sentencePiece fills v as a Llama 2 vocabulary: unknown, BOS, EOS, the 256 bytes, then pieces, of which
// the earlier merge first. Every beginning of a word is a piece, so that merges reach the word.
func (v *vocabulary) sentencePiece() {
	v.add("<unk>", unknown)
	v.add("<s>", control)
	v.add("</s>", control)
	for b := range 256 {
		v.add(fmt.Sprintf("<0x%02X>", b), byteTok)
	}
	v.add("<|im_start|>", control)
	v.add("<|im_end|>", control)
	for _, word := range words {
		word = "▁" + word
		for end := len("▁") + 1; end <= len(word); end++ {
			v.add(word[:end], normal)
		}
	}
	v.add("▁", normal)
	for c := '!'; c <= '~'; c++ {
		v.add(string(c), normal)
	}
}

// byteLevel fills v as a GPT-2 vocabulary and returns its merges. Every byte is written as one character:
// printable ones of Latin-1 as themselves, the others as U+0100 and on, in order.
func (v *vocabulary) byteLevel() (merges []string) {
	next := rune(0x100)
	for b := rune(0); b < 256; b++ {
		c := b
		if b <= ' ' || b >= 0x7f && b <= 0xa0 || b == 0xad {
			c, next = next, next+1
		}
		v.add(string(c), normal)
	}
	for _, word := range words {
		for end := 1; end <= len(word); end++ {
			token := "Ġ" + word[:end]
			if _, known := v.ids[token]; !known {
				merges = append(merges, "Ġ"+word[:end-1]+" "+word[end-1:end])
			}
			v.add(token, normal)
		}
	}
	for _, token := range []string{"<|begin_of_text|>", "<|end_of_text|>", "<|im_start|>", "<|im_end|>"} {
		v.add(token, control)
	}
	return merges
}
