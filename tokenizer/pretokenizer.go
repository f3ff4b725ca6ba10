package tokenizer

// preTokenizer cuts text into the words that byte-level merges stay within.
type preTokenizer struct {
	split      func(text string, word func(string))
	wholeWords bool // a word that is a token is that token, whatever the merges
	addBOS     bool // texts start with BOS unless the file says otherwise
	nfc        bool // text is brought into Unicode's Normal Form C first
}

// preTokenizers are the pre-tokenisers by the names of tokenizer.ggml.pre. The
// patterns are those of the models' own tokenizer.json files; each is a hand-written
// scanner, linear in the length of the text.
var preTokenizers = func() map[string]preTokenizer {
	llama3 := preTokenizer{split: each(scanLlama3), wholeWords: true, addBOS: true}
	qwen2 := preTokenizer{split: each(scanQwen2)}
	gpt2 := preTokenizer{split: each(scanGPT2)}
	digits := preTokenizer{split: splitDigits}
	plain := preTokenizer{split: splitDefault}
	return map[string]preTokenizer{
		"llama3": llama3, "llama-v3": llama3, "llama-bpe": llama3, "falcon3": llama3, "pixtral": llama3,
		"dbrx": {split: llama3.split}, "smaug-bpe": {split: llama3.split},
		"qwen2":  {split: qwen2.split, nfc: true},
		"megrez": qwen2, "deepseek-r1-qwen": qwen2, "stablelm2": qwen2, "hunyuan": qwen2,
		"tekken": {split: each(scanTekken), wholeWords: true, addBOS: true},
		"smollm": digits, "starcoder": digits, "refact": digits, "command-r": digits, "codeshell": digits, "exaone": digits, "minerva-7b": digits,
		"gpt-2": gpt2, "phi-2": gpt2, "mpt": gpt2, "olmo": gpt2, "jais": gpt2, "trillion": gpt2, "roberta-bpe": gpt2,
		"default": plain, "": plain,
	}
}()

// each makes a splitter of a scanner, which returns the length of the first
// word of a text that is not empty.
func each(scan func(string) int) func(string, func(string)) {
	return func(text string, word func(string)) {
		for text != "" {
			n := scan(text)
			word(text[:n])
			text = text[n:]
		}
	}
}

// splitDigits makes a word of every numeral and cuts what is between them as
// GPT-2 does.
func splitDigits(text string, word func(string)) {
	gpt2 := each(scanGPT2)
	alternate(text, isNumber, func(s string) {
		for s != "" {
			n := runeLen(s)
			word(s[:n])
			s = s[n:]
		}
	}, func(s string) { gpt2(s, word) })
}

// splitDefault is what files without tokenizer.ggml.pre mean: runs of
// punctuation, then GPT-2's words with spaces taken off numbers, and numbers
// in threes.
func splitDefault(text string, word func(string)) {
	threes := func(s string) {
		for len(s) > 0 {
			n := len(s)
			if len(s) >= 3 && isASCIIDigit(s[0]) && isASCIIDigit(s[1]) && isASCIIDigit(s[2]) {
				n = 3
			} else if i := threeDigits(s); i > 0 {
				n = i
			}
			word(s[:n])
			s = s[n:]
		}
	}
	words := each(scanGPT2)
	alternate(text, isDefaultPunctuation, word, func(s string) {
		words(s, func(w string) { alternate(w, isNumber, threes, word) })
	})
}

// threeDigits is where the first three ASCII digits in a row are, or -1.
func threeDigits(s string) int {
	run := 0
	for i := range len(s) {
		if !isASCIIDigit(s[i]) {
			run = 0
			continue
		}
		if run++; run == 3 {
			return i - 2
		}
	}
	return -1
}

// alternate cuts text into runs of characters that are in a class and runs of
// those that are not.
func alternate(text string, class func(rune) bool, in, out func(string)) {
	for text != "" {
		if n := run(text, class); n > 0 {
			in(text[:n])
			text = text[n:]
		}
		n := run(text, func(r rune) bool { return !class(r) })
		if n > 0 {
			out(text[:n])
			text = text[n:]
		}
	}
}
