package jinja

import (
	"strconv"
	"strings"
)

var simpleEscapes = map[byte]string{
	'n': "\n", 't': "\t", 'r': "\r", 'a': "\a", 'b': "\b", 'f': "\f", 'v': "\v",
	'\\': "\\", '\'': "'", '"': "\"", '\n': "",
}

// unescape reads the escapes of a Python string literal. Unknown ones stand
// for themselves.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		c := s[i+1]
		if text, ok := simpleEscapes[c]; ok {
			b.WriteString(text)
			i++
			continue
		}
		digits, base, from := 0, 16, i+2
		switch {
		case c == 'x':
			digits = 2
		case c == 'u':
			digits = 4
		case c == 'U':
			digits = 8
		case c >= '0' && c <= '7':
			base, from = 8, i+1
			for digits < 3 && from+digits < len(s) && s[from+digits] >= '0' && s[from+digits] <= '7' {
				digits++
			}
		}
		if end := from + digits; digits > 0 && end <= len(s) {
			if n, err := strconv.ParseUint(s[from:end], base, 32); err == nil {
				b.WriteRune(rune(n))
				i = end - 1
				continue
			}
		}
		b.WriteByte('\\')
	}
	return b.String()
}
