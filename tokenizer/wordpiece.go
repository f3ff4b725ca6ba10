package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// wordPiece is BERT's tokenisation (Devlin et al. 2018,
// https://arxiv.org/abs/1810.04805): text is cleaned and cut into words, and a
// word into the longest pieces that the vocabulary has, from the left.
type wordPiece struct {
	starts  map[string]int32 // pieces that begin a word
	inner   map[string]int32 // those that go on with one, without their "##"
	longest int              // bytes of a piece
	unk     int32
	fold    bool // lower case, no accents
}

// maxWord is how many characters a word may have before it is unknown.
const maxWord = 100

func newWordPiece(v *Vocab) *wordPiece {
	m := &wordPiece{starts: make(map[string]int32), inner: make(map[string]int32), unk: v.Unk, fold: v.Fold}
	for i, text := range v.Tokens {
		id := int32(i)
		if k := v.kind(id); k != Normal && k != Unused {
			continue
		}
		m.longest = max(m.longest, len(text))
		pieces := m.starts
		if rest, ok := strings.CutPrefix(text, "##"); ok {
			pieces, text = m.inner, rest
		}
		if _, ok := pieces[text]; !ok {
			pieces[text] = id
		}
	}
	return m
}

// wordPieces are the bytes of the tokens; words have a space before them.
func wordPieces(v *Vocab) pieces {
	var p pieces
	for _, text := range v.Tokens {
		if rest, ok := strings.CutPrefix(text, "##"); ok {
			p.add([]byte(rest))
		} else {
			p.add([]byte(" " + text))
		}
	}
	return p
}

func (m *wordPiece) encode(dst []int32, text string) []int32 {
	for _, field := range strings.FieldsFunc(clean(text), unicode.IsSpace) {
		if m.fold {
			field = foldWord(field)
		}
		for field != "" {
			n := run(field, func(r rune) bool { return !isPunctuation(r) })
			if n == 0 {
				n = runeLen(field)
			}
			dst = m.word(dst, field[:n])
			field = field[n:]
		}
	}
	return dst
}

func (m *wordPiece) word(dst []int32, word string) []int32 {
	if utf8.RuneCountInString(word) > maxWord {
		return append(dst, m.unk)
	}
	before := len(dst)
	pieces := m.starts
	for word != "" {
		n := min(len(word), m.longest)
		id, ok := pieces[word[:n]]
		for ; !ok && n > 0; id, ok = pieces[word[:n]] {
			n--
		}
		if n == 0 {
			return append(dst[:before], m.unk)
		}
		dst = append(dst, id)
		word, pieces = word[n:], m.inner
	}
	return dst
}

// clean drops control characters, makes every white space a space, and sets
// CJK ideographs apart.
func clean(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case r == utf8.RuneError || isControl(r):
		case isIdeograph(r):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// foldWord brings a word to lower case and takes its accents off.
func foldWord(word string) string {
	ascii := true
	for i := range len(word) {
		ascii = ascii && word[i] < utf8.RuneSelf
	}
	if ascii {
		return strings.ToLower(word)
	}
	word = strings.ToLower(norm.NFC.String(word))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(word))
}

// isControl is Unicode's category C, unassigned code points included.
func isControl(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7f
	}
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z)
}

// isPunctuation is category P and all that ASCII has beside letters, digits
// and spaces.
func isPunctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return r > ' ' && r < 0x7f && !isASCIILetter(r) && !(r >= '0' && r <= '9')
	}
	return unicode.IsPunct(r)
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// isIdeograph is what BERT calls a Chinese character: the CJK ideographs, no
// kana or hangul.
func isIdeograph(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2B73F || r >= 0x2B740 && r <= 0x2B81F || r >= 0x2B820 && r <= 0x2CEAF ||
		r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}
