package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Scanners: each returns the length of the first match of a pattern at the
// start of a text that is not empty. The patterns, in the syntax of the Rust
// regex library, are in the comments. Bytes that are not UTF-8 are characters
// of no class.

// scanGPT2 is
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func scanGPT2(s string) int {
	if n := contraction(s, false); n > 0 {
		return n
	}
	at := 0
	if s[0] == ' ' {
		at = 1
	}
	for _, class := range []func(rune) bool{unicode.IsLetter, isNumber, isOther} {
		if n := run(s[at:], class); n > 0 {
			return at + n
		}
	}
	return spaces(s, false)
}

// scanLlama3 is
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
func scanLlama3(s string) int { return scanWords(s, 3) }

// scanQwen2 is scanLlama3 with \p{N} in place of \p{N}{1,3}.
func scanQwen2(s string) int { return scanWords(s, 1) }

func scanWords(s string, digits int) int {
	if n := contraction(s, true); n > 0 {
		return n
	}
	r, size := utf8.DecodeRuneInString(s)
	if unicode.IsLetter(r) {
		return size + run(s[size:], unicode.IsLetter)
	}
	if isNumber(r) {
		return numbers(s, digits)
	}
	if !isNewline(r) {
		if n := run(s[size:], unicode.IsLetter); n > 0 {
			return size + n
		}
	}
	if n := symbols(s, isNewline); n > 0 {
		return n
	}
	return spaces(s, true)
}

// scanTekken is, with U for [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and W for
// [\p{Ll}\p{Lm}\p{Lo}\p{M}],
//
//	[^\r\n\p{L}\p{N}]?U*W+|[^\r\n\p{L}\p{N}]?U+W*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
func scanTekken(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if isNumber(r) {
		return size
	}
	prefix := 0
	if !isNewline(r) && !unicode.IsLetter(r) {
		prefix = size
	}
	for _, word := range []func(string) int{upperLower, upper} {
		if n := word(s[prefix:]); n > 0 {
			return prefix + n
		}
		// A mark can be the first character of a word as well as before it.
		if n := word(s); prefix > 0 && n > 0 {
			return n
		}
	}
	if n := symbols(s, func(r rune) bool { return isNewline(r) || r == '/' }); n > 0 {
		return n
	}
	return spaces(s, true)
}

// upperLower is the length of U*W+ at the start of s, or 0.
func upperLower(s string) int {
	at, last := 0, 0 // last is behind the last W that U* has taken
	for at < len(s) {
		r, size := utf8.DecodeRuneInString(s[at:])
		if !isUpper(r) {
			break
		}
		at += size
		if isLower(r) {
			last = at
		}
	}
	if n := run(s[at:], isLower); n > 0 {
		return at + n
	}
	return last // U* gives back characters until W+ has one
}

// upper is the length of U+W* at the start of s, or 0.
func upper(s string) int {
	n := run(s, isUpper)
	if n == 0 {
		return 0
	}
	return n + run(s[n:], isLower)
}

// contraction is the length of 's|'t|'re|'ve|'m|'ll|'d at the start of s, or 0.
func contraction(s string, fold bool) int {
	if s[0] != '\'' {
		return 0
	}
	for _, suffix := range [...]string{"s", "t", "re", "ve", "m", "ll", "d"} {
		n := 1 + len(suffix)
		if len(s) >= n && (s[1:n] == suffix || fold && strings.EqualFold(s[1:n], suffix)) {
			return n
		}
	}
	if fold && strings.HasPrefix(s[1:], "ſ") { // folds to s
		return len("'ſ")
	}
	return 0
}

// numbers is the length of up to max numerals at the start of s.
func numbers(s string, max int) int {
	n := 0
	for i, r := range s {
		if max == 0 || !isNumber(r) {
			return i
		}
		max--
		n = i + utf8.RuneLen(r)
	}
	return n
}

// symbols is the length of " ?[^\s\p{L}\p{N}]+T*" at the start of s, or 0; T
// is the class tail.
func symbols(s string, tail func(rune) bool) int {
	at := 0
	if s[0] == ' ' {
		at = 1
	}
	n := run(s[at:], isOther)
	if n == 0 {
		return 0
	}
	return at + n + run(s[at+n:], tail)
}

// spaces is the length of "\s*[\r\n]+|\s+(?!\S)|\s+" at the start of s, the
// first alternative only if asked for. Where s does not start with white space,
// it is the length of a character, so that scanners always move on.
func spaces(s string, newlines bool) int {
	var end, last, newline int // of the run; where its last character starts; behind its last newline
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !unicode.IsSpace(r) {
			break
		}
		last = end
		end += size
		if isNewline(r) {
			newline = end
		}
	}
	switch {
	case end == 0:
		return runeLen(s)
	case newlines && newline > 0:
		return newline
	case end < len(s) && last > 0:
		return last // the next word takes the last space
	}
	return end
}

// run is the length of the characters of a class at the start of s.
func run(s string, class func(rune) bool) int {
	at := 0
	for at < len(s) {
		r, size := rune(s[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[at:])
		}
		if !class(r) {
			break
		}
		at += size
	}
	return at
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

func isNewline(r rune) bool    { return r == '\r' || r == '\n' }
func isNumber(r rune) bool     { return unicode.IsNumber(r) }
func isASCIIDigit(b byte) bool { return b >= '0' && b <= '9' }

// isOther is [^\s\p{L}\p{N}].
func isOther(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !isNumber(r)
}

// isUpper is [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}].
func isUpper(r rune) bool {
	return unicode.In(r, unicode.Lu, unicode.Lt, unicode.Lm, unicode.Lo, unicode.M)
}

// isLower is [\p{Ll}\p{Lm}\p{Lo}\p{M}].
func isLower(r rune) bool {
	return unicode.In(r, unicode.Ll, unicode.Lm, unicode.Lo, unicode.M)
}

// isDefaultPunctuation is [\p{P}$+<=>^~|].
func isDefaultPunctuation(r rune) bool {
	return unicode.IsPunct(r) || strings.ContainsRune("$+<=>^~|", r)
}
