package tokenizer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"
)

// Normalizer is what SentencePiece does with text first: it replaces
// characters by a table that the model brings (NFKC and more), and takes out
// spaces that say nothing.
// See https://github.com/google/sentencepiece/blob/master/doc/normalization.md.
type Normalizer struct {
	units        []uint32 // a double-array trie over the bytes of what is replaced; may be empty
	replacements []byte   // each ends with a zero byte
	collapse     bool     // no spaces at the ends, and one in a row
}

// newNormalizer reads a precompiled_charsmap: the length of the trie in bytes
// (uint32), the trie and the replacements, little endian.
func newNormalizer(charsmap []byte, collapse bool) (*Normalizer, error) {
	n := &Normalizer{collapse: collapse}
	if len(charsmap) == 0 {
		return n, nil
	}
	if len(charsmap) < 4 {
		return nil, errors.New("tokenizer: charsmap is cut short")
	}
	size := binary.LittleEndian.Uint32(charsmap)
	rest := charsmap[4:]
	if size%4 != 0 || uint64(size) > uint64(len(rest)) {
		return nil, errors.New("tokenizer: charsmap is cut short")
	}
	n.units = make([]uint32, size/4)
	for i := range n.units {
		n.units[i] = binary.LittleEndian.Uint32(rest[4*i:])
	}
	n.replacements = rest[size:]
	return n, nil
}

// normalize returns the text that pieces are looked for in, spaces still
// spelled as spaces. A nil Normalizer leaves text as it is.
func (n *Normalizer) normalize(text string) string {
	if n == nil {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for text != "" {
		replaced, size := n.prefix(text)
		b.Write(replaced)
		if replaced == nil {
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	text = b.String()
	if !n.collapse {
		return text
	}
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }), " ")
}

// prefix returns what the longest entry of the table that text starts with is
// replaced by and the length of that entry; nil and the length of a character
// if there is none. Bytes that are not UTF-8 become U+FFFD.
func (n *Normalizer) prefix(text string) ([]byte, int) {
	if at, size := n.find(text); size > 0 && at < len(n.replacements) {
		end := bytes.IndexByte(n.replacements[at:], 0)
		if end >= 0 {
			return n.replacements[at : at+end : at+end], size
		}
	}
	r, size := utf8.DecodeRuneInString(text)
	if r == utf8.RuneError && size == 1 {
		return []byte("\uFFFD"), 1
	}
	return nil, size
}

// find walks the double-array trie (the layout is darts-clone's: see
// https://github.com/s-yata/darts-clone) and returns the value and length of
// the longest key that text starts with.
func (n *Normalizer) find(text string) (value, size int) {
	if len(n.units) == 0 {
		return 0, 0
	}
	node := uint32(0)
	node ^= offset(n.units[0])
	for i := range len(text) {
		node ^= uint32(text[i])
		if uint64(node) >= uint64(len(n.units)) {
			break
		}
		unit := n.units[node]
		if unit&(1<<31|0xFF) != uint32(text[i]) {
			break
		}
		node ^= offset(unit)
		if hasLeaf := unit>>8&1 == 1; hasLeaf && uint64(node) < uint64(len(n.units)) {
			value, size = int(n.units[node]&(1<<31-1)), i+1
		}
	}
	return value, size
}

func offset(unit uint32) uint32 { return (unit >> 10) << ((unit & (1 << 9)) >> 6) }
