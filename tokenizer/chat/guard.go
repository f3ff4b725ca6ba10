package chat

import "strings"

// guardRune is the noncharacter that keeps text from being read as a control
// token. Tokenizers drop it when they read control tokens, so that the model
// sees the text as it was.
const guardRune = "\uFDD0"

// Guard returns s with the guard rune behind the first character of every
// occurrence of a control token's text, overlapping ones included. Tokens of a
// single character cannot be guarded.
func Guard(s string, controls []string) string { return newGuard(controls).clean(s) }

// guard is the texts to look for, by their first byte.
type guard map[byte][]string

func newGuard(controls []string) guard {
	g := make(guard)
	for _, c := range controls {
		if firstRune(c) < len(c) {
			g[c[0]] = append(g[c[0]], c)
		}
	}
	return g
}

func (g guard) clean(s string) string {
	if len(g) == 0 {
		return s
	}
	var b strings.Builder
	done := 0
	for i := range len(s) {
		for _, c := range g[s[i]] {
			if strings.HasPrefix(s[i:], c) {
				first := i + firstRune(c)
				b.WriteString(s[done:first])
				b.WriteString(guardRune)
				done = first
				break
			}
		}
	}
	if done == 0 {
		return s
	}
	return b.String() + s[done:]
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
