package chat

import (
	"slices"
	"strings"
)

// guardRune is the noncharacter that keeps text from being read as a control
// token. Tokenizers drop it when they read control tokens, so that the model
// sees the text as it was.
const guardRune = "\uFDD0"

// Guard returns s with the guard rune behind the first character of every
// occurrence of a control token's text, overlapping ones included. Tokens of a
// single character cannot be guarded.
func Guard(s string, controls []string) string { return newGuard(controls).clean(s) }

// guard finds control tokens. texts are sorted, and none of them starts with
// another, which would be found anyway: so what a text starts with, if it does
// with any, is the last that does not sort behind it.
type guard struct {
	texts []string
	first [256]bool // bytes that they start with
}

func newGuard(controls []string) *guard {
	g := &guard{}
	for _, c := range slices.Sorted(slices.Values(controls)) {
		if firstRune(c) == len(c) || len(g.texts) > 0 && strings.HasPrefix(c, g.texts[len(g.texts)-1]) {
			continue
		}
		g.texts = append(g.texts, c)
		g.first[c[0]] = true
	}
	return g
}

func (g *guard) clean(s string) string {
	var b strings.Builder
	done := 0
	for i := range len(s) {
		if g.first[s[i]] && g.found(s[i:]) {
			next := i + firstRune(s[i:])
			b.WriteString(s[done:next])
			b.WriteString(guardRune)
			done = next
		}
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// found reports whether s starts with one of the texts.
func (g *guard) found(s string) bool {
	i, exact := slices.BinarySearch(g.texts, s)
	return exact || i > 0 && strings.HasPrefix(s, g.texts[i-1])
}

// firstRune is the length of the first character of s.
func firstRune(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}
