package jinja

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	tokEOF kind = iota
	tokText
	tokOutput // {{
	tokBlock  // {%
	tokEnd    // }} or %}
	tokName
	tokString
	tokInt
	tokFloat
	tokOp
)

// token is a piece of a template. Text of strings is unescaped.
type token struct {
	kind kind
	text string
	line int
}

type lexer struct {
	src       string
	at        int
	lineStart bool // nothing but what was trimmed stands before src[at] on its line
	tokens    []token
	counted   int // src[:counted] has lines-1 newlines
	lines     int
}

// lex cuts a template into tokens, white space control done.
func lex(src string) ([]token, error) {
	if len(src) > maxSource {
		return nil, fmt.Errorf("template of %d bytes: %w", len(src), ErrLimit)
	}
	src = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(src)
	src = strings.TrimSuffix(src, "\n")
	l := &lexer{src: src, lineStart: true, lines: 1}
	for l.at < len(l.src) {
		if err := l.next(); err != nil {
			return nil, fmt.Errorf("line %d: %w", l.line(), err)
		}
	}
	l.add(tokEOF, "")
	return l.tokens, nil
}

func (l *lexer) line() int {
	l.lines += strings.Count(l.src[l.counted:l.at], "\n")
	l.counted = l.at
	return l.lines
}

func (l *lexer) add(k kind, text string) {
	l.tokens = append(l.tokens, token{k, text, l.line()})
}

// next reads text and the tag behind it.
func (l *lexer) next() error {
	rest := l.src[l.at:]
	open := strings.IndexByte(rest, '{')
	for open >= 0 && (open+1 == len(rest) || !strings.ContainsRune("{%#", rune(rest[open+1]))) {
		n := strings.IndexByte(rest[open+1:], '{')
		if n < 0 {
			open = -1
		} else {
			open += 1 + n
		}
	}
	if open < 0 {
		l.add(tokText, rest)
		l.at = len(l.src)
		return nil
	}
	tag := rest[open : open+2]
	after := l.at + open + 2
	control := byte(0)
	if after < len(l.src) && (l.src[after] == '-' || l.src[after] == '+' && tag != "{{") {
		control = l.src[after]
		after++
	}
	if text := l.before(rest[:open], tag, control); text != "" {
		l.add(tokText, text)
	}
	l.at = after
	switch tag {
	case "{#":
		end := strings.Index(l.src[l.at:], "#}")
		if end < 0 {
			return fmt.Errorf("comment without end")
		}
		l.at += end
		l.close(l.at > after && l.src[l.at-1] == '-', l.at > after && l.src[l.at-1] == '+', true)
		return nil
	case "{%":
		if n := rawTag(l.src[l.at:], "raw"); n > 0 {
			return l.raw(n)
		}
		l.add(tokBlock, "")
		return l.code("%}")
	}
	l.add(tokOutput, "")
	return l.code("}}")
}

// before is the text in front of a tag with the space that the tag eats gone.
func (l *lexer) before(text, tag string, control byte) string {
	switch {
	case control == '-':
		return strings.TrimRightFunc(text, unicode.IsSpace)
	case control == '+' || tag == "{{":
		return text
	}
	start := strings.LastIndexByte(text, '\n') + 1
	if (start > 0 || l.lineStart) && strings.TrimSpace(text[start:]) == "" {
		return text[:start]
	}
	return text
}

// close moves behind the two characters that end a tag and the space that the
// tag eats: all with minus, else one newline if it is asked for.
func (l *lexer) close(minus, plus, newline bool) {
	l.at += 2
	start := l.at
	switch {
	case minus:
		rest := l.src[l.at:]
		l.at += len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsSpace))
	case newline && !plus && strings.HasPrefix(l.src[l.at:], "\n"):
		l.at++
	}
	l.lineStart = l.at > start && l.src[l.at-1] == '\n'
}

// rawTag is how long "raw %}" or "endraw %}" behind a "{%" is, its control
// characters included; 0 if it is another tag.
func rawTag(s, name string) int {
	t := strings.TrimLeftFunc(s, unicode.IsSpace)
	if !strings.HasPrefix(t, name) {
		return 0
	}
	t = strings.TrimLeftFunc(t[len(name):], unicode.IsSpace)
	t = strings.TrimLeft(t, "-+")
	if !strings.HasPrefix(t, "%}") {
		return 0
	}
	return len(s) - len(t)
}

// raw reads from behind "{% raw %}", whose end is n bytes on, to behind
// "{% endraw %}".
func (l *lexer) raw(n int) error {
	l.at += n
	l.close(l.src[l.at-1] == '-', false, false)
	start := l.at
	for {
		open := strings.Index(l.src[l.at:], "{%")
		if open < 0 {
			return fmt.Errorf("raw without endraw")
		}
		at := l.at + open
		l.at = at + 2
		control := byte(0)
		if l.at < len(l.src) && (l.src[l.at] == '-' || l.src[l.at] == '+') {
			control = l.src[l.at]
			l.at++
		}
		if n := rawTag(l.src[l.at:], "endraw"); n > 0 {
			if text := l.before(l.src[start:at], "{%", control); text != "" {
				l.tokens = append(l.tokens, token{tokText, text, l.lines})
			}
			l.at += n
			l.close(l.src[l.at-1] == '-', l.src[l.at-1] == '+', true)
			return nil
		}
	}
}

var operators = []string{ // longer ones first
	"**", "//", "==", "!=", "<=", ">=",
	"+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ",", ":", "|", "(", ")", "[", "]", "{", "}",
}

var closers = map[string]string{"(": ")", "[": "]", "{": "}"}

// code reads the inside of a tag up to end, which counts only outside of
// brackets.
func (l *lexer) code(end string) error {
	var open []string
	for {
		rest := l.src[l.at:]
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		l.at = len(l.src) - len(rest)
		if rest == "" {
			return fmt.Errorf("tag without %s", end)
		}
		if len(open) == 0 {
			minus, plus := rest[0] == '-', rest[0] == '+' && end == "%}"
			if tail := rest[btoi(minus || plus):]; strings.HasPrefix(tail, end) {
				l.add(tokEnd, end)
				l.at += btoi(minus || plus)
				l.close(minus, plus, end == "%}")
				return nil
			}
		}
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == '\'' || r == '"':
			n := stringLen(rest)
			if n == 0 {
				return fmt.Errorf("string without end")
			}
			l.add(tokString, unescape(rest[1:n-1]))
			l.at += n
		case r >= '0' && r <= '9':
			k, n := numberLen(rest)
			l.add(k, strings.ReplaceAll(rest[:n], "_", ""))
			l.at += n
		case r == '_' || unicode.IsLetter(r):
			n := size
			for n < len(rest) {
				r, size := utf8.DecodeRuneInString(rest[n:])
				if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
					break
				}
				n += size
			}
			l.add(tokName, rest[:n])
			l.at += n
		default:
			op := operator(rest)
			if op == "" {
				return fmt.Errorf("unexpected %q", r)
			}
			if c := closers[op]; c != "" {
				open = append(open, c)
			} else if op == ")" || op == "]" || op == "}" {
				if len(open) == 0 || open[len(open)-1] != op {
					return fmt.Errorf("unexpected %q", op)
				}
				open = open[:len(open)-1]
			}
			l.add(tokOp, op)
			l.at += len(op)
		}
	}
}

func operator(s string) string {
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}

// stringLen is the length of the string literal at the start of s, quotes
// included; 0 if it does not end.
func stringLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i + 1
		}
	}
	return 0
}

// numberLen is the kind and length of the number at the start of s.
func numberLen(s string) (kind, int) {
	digits := func(n int) int {
		for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '_') {
			n++
		}
		return n
	}
	k, n := tokInt, digits(0)
	if m := digits(n + 1); n < len(s) && s[n] == '.' && m > n+1 {
		k, n = tokFloat, m
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if e := digits(m); e > m {
			k, n = tokFloat, e
		}
	}
	return k, n
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
