package parity

import (
	"math/rand/v2"
	"strings"
)

// texts are strings that tokenizers have disagreed about: contractions, runs of
// white space, digits, scripts, marks, symbols, control characters, and the
// text of special tokens.
var texts = []string{
	"", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t\t", "\n \n  \n", " \n", "\n ", "a", " a", "a ", "  a", "a  b",
	"Hello world", "Hello, world!", " Hello", "  Hello  world  ", "trailing space ", "trailing spaces   ",
	"The quick brown fox jumps over the lazy dog.",
	"I'm sure you've seen that they'll say we'd rather it's not, don't they?", "I'M SURE YOU'VE SEEN IT'S THEY'LL",
	"dogs' cats's 'tis 'Twas ''quoted'' rock'n'roll", "it'ſ 'S 'ſt", "x'll'd've", " 's", "\n's", "1's",
	"It costs $1,234.56 (about 5%), really?", "1 12 123 1234 12345 123456 1234567890", "3.14159e-10", "a1b22c333d4444",
	"2026-02-29T12:34:56Z", "v1.2.3-rc.4+build.5", "０１２３４ ١٢٣٤ १२३४ Ⅷ ² ½ ①",
	"x=1;y=2\nif x<y:\n\tprint('hi')\n", "def f(a, b=None, *args, **kw):\n    return a + b  # comment\n",
	"<html><body class=\"x\">&nbsp;</body></html>\n", "{\"key\": [1, 2, {\"n\": null}], \"t\": true}\r\n\r\n",
	"https://www.example.com/path?q=1&r=%20#frag", "user.name+tag@example.co.uk",
	"!!!???...,,,;;;:::---___", "()[]{}<>/\\|@#$%^&*~`", "...\n\n...", "!\n!\r\n!", " !\n\n\n", "a/b\n/c", "==\n",
	"C++ C# F# .NET node.js", "snake_case camelCase PascalCase kebab-case SCREAMING_SNAKE ABCdefGHI", "HTTPServer iPhone McDonald",
	"café naïve résumé über straße", "cafe\u0301 nai\u0308ve", "ÀÉÎÕÜ àéîõü", "Ça va ? Où êtes-vous ? L'été dernier", "¿Qué pasa? ¡Hola!",
	"Привет, мир! Как дела?", "Καλημέρα κόσμε", "你好，世界！今天天气怎么样？", "日本語のテキスト、カタカナとひらがな。", "안녕하세요 세계",
	"مرحبا بالعالم", "שלום עולם", "नमस्ते दुनिया", "สวัสดีชาวโลก", "Xin chào thế giới", "zażółć gęślą jaźń", "İstanbul ISTANBUL ıI",
	"ﬁancé ﬂow ﬀ № ™", "ＦＵＬＬＷＩＤＴＨ\u3000ｔｅｘｔ", "ǅ ǈ ʰ ˈ ª º", "𐐀𐐨 𝓗𝓮𝓵𝓵𝓸 𠀀𪛖", "a\u0301\u0300 \u0301b", "z\u0334a\u0337l\u0338g\u0335o\u0336",
	"😀", "😀😃 hello 🎉", "👨\u200d👩\u200d👧\u200d👦 👍🏽 🇩🇪", "emoji❤\ufe0fmixed✨text", "♪♪♪ [Music]",
	"a\u00a0b\u2003c\u200bd\ufeffe", "\u00a0 \u2003", "\u3000\u3000x", "x\u2028y\u2029z\u0085w\vv\fu", "bell\a\x1b[0m", "soft\u00adhyphen",
	"‘quotes’ “double” «guillemets» … – —", "∑∫√π≈≠≤≥∞", "x² + y² = z²", "50°C €20 £30 ¥40",
	"<s>", "</s>", "<s>[INST] hello [/INST]</s>", "<unk>", "<0x41>", "a<s>b", " <s> ", "<s",
	"<|begin_of_text|>user\n\nHi<|end_of_text|>", "<|begin_of_text|> x <|begin_of_text|>", "<|begin", "<tool> x</tool>", "a<tool>b", " <tool> ",
	"▁", "a▁b", "▁▁ a", "Ġ", "Ċ", "\\n", "\\u0041",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abababababab", "                                ", "\t\t\t\t\t\tx", "supercalifragilisticexpialidocious",
}

// fragments build random texts: whatever may stand beside whatever.
var fragments = []string{
	"a", "The", " the", "ing", "Zß", "é", "e\u0301", "ж", "λ", "中", "文字", "あ", "한", "ع", "ש", "न", "่", "𝓗", "ǅ", "ʰ", "ª",
	"1", "23", "456", "7890", "٣", "９", "²", "½", "Ⅷ", "'s", "'S", "'re", "'VE", "'ll", "'", "’s", "'ſ",
	" ", " ", " ", "  ", "   ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2003", "\u200b", "\u2028", "\u0085", "\v",
	".", ",", "!", "?", "...", "(", ")", "$", "+", "<", "=", ">", "^", "~", "|", "/", "_", "-", "#", "€", "«", "—", "…", "。", "∞",
	"😀", "👍🏽", "\u200d", "\ufe0f", "\x00", "\x1b", "\u00ad", "\ufeff", "\U000e0041", "\ue000", "<s>", "</s>", "<|begin_of_text|>", "<tool>", "▁", "<0x0A>",
}

// manyTexts returns texts and n random ones, the same at every call.
func manyTexts(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	all := append([]string{}, texts...)
	for range n {
		var b strings.Builder
		for range 1 + r.IntN(12) {
			b.WriteString(fragments[r.IntN(len(fragments))])
		}
		all = append(all, strings.ReplaceAll(b.String(), "\x00", "")) // C strings end there
	}
	return all
}
