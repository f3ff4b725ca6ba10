package tokenizer

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// byteLevel is byte-pair encoding over bytes, as GPT-2 introduced it (Radford
// et al. 2019): text is cut into words, and within a word bytes merge by a
// ranked list of pairs.
type byteLevel struct {
	pre    preTokenizer
	ids    map[string]int32 // tokens by their bytes
	bytes  [256]int32       // tokens of single bytes, or the unknown token
	merges map[pair]merge
	pool   sync.Pool
}

// pair is two token ids that may stand side by side.
type pair struct{ left, right int32 }

type merge struct {
	rank uint32
	id   int32
}

// newByteLevel makes the model of a vocabulary whose tokens have the bytes p.
func newByteLevel(v *Vocab, p *pieces) (*byteLevel, error) {
	pre, ok := preTokenizers[v.Pre]
	if !ok {
		return nil, fmt.Errorf("tokenizer: unknown pre-tokeniser %q", v.Pre)
	}
	m := &byteLevel{
		pre:    pre,
		ids:    make(map[string]int32, len(v.Tokens)),
		merges: make(map[pair]merge, len(v.Merges)),
		pool:   sync.Pool{New: func() any { return new(merger) }},
	}
	spelled := make(map[string]int32, len(v.Tokens))
	for i, text := range v.Tokens {
		id := int32(i)
		if k := v.kind(id); k != Normal && k != Unused {
			continue
		}
		if _, ok := spelled[text]; !ok {
			spelled[text] = id
			m.ids[string(p.at(id))] = id
		}
	}
	for b := range m.bytes {
		id, ok := m.ids[string([]byte{byte(b)})]
		if !ok {
			id = v.Unk
		}
		m.bytes[b] = id
	}
	if err := m.addMerges(v.Merges, spelled); err != nil {
		return nil, err
	}
	return m, nil
}

// addMerges reads "left right" pairs of tokens as they are spelled in the file.
func (m *byteLevel) addMerges(merges []string, ids map[string]int32) error {
	if len(merges) > math.MaxInt32 {
		return fmt.Errorf("tokenizer: %d merges are too many", len(merges))
	}
	for rank, text := range merges {
		left, right, ok := strings.Cut(text, " ")
		l, okLeft := ids[left]
		r, okRight := ids[right]
		id, okMerged := ids[left+right]
		if !ok || !okLeft || !okRight || !okMerged {
			return fmt.Errorf("tokenizer: merge %d, %q, is not of tokens of the vocabulary", rank, text)
		}
		if _, ok := m.merges[pair{l, r}]; !ok {
			m.merges[pair{l, r}] = merge{uint32(rank), id}
		}
	}
	return nil
}

func (m *byteLevel) encode(dst []int32, text string) []int32 {
	if m.pre.nfc {
		text = norm.NFC.String(text)
	}
	scratch := m.pool.Get().(*merger)
	defer m.pool.Put(scratch)
	m.pre.split(text, func(word string) {
		dst = m.word(dst, word, scratch)
	})
	return dst
}

func (m *byteLevel) word(dst []int32, word string, scratch *merger) []int32 {
	if len(word) == 1 || m.pre.wholeWords {
		if id, ok := m.ids[word]; ok {
			return append(dst, id)
		}
	}
	scratch.symbols = scratch.symbols[:0]
	for i := range len(word) {
		scratch.add(i, i+1, m.bytes[word[i]])
	}
	scratch.merge(word, m)
	for i := int32(0); i >= 0; i = scratch.symbols[i].next {
		if id := scratch.symbols[i].id; id != None {
			dst = append(dst, id)
		}
	}
	return dst
}

// rank implements ranker.
func (m *byteLevel) rank(_ string, left, right symbol) (uint32, int32, bool) {
	found, ok := m.merges[pair{left.id, right.id}]
	return found.rank, found.id, ok
}

// byteOf is GPT-2's byte alphabet by the character: every byte has a printable
// one. The printable ones of Latin-1 stand for themselves, the others are U+0100
// and up, in order. Characters that stand for no byte are negative.
var byteOf = func() (alphabet [0x144]int16) {
	for r := range alphabet {
		alphabet[r] = -1
	}
	next := 0x100
	for b := range 256 {
		r := b
		if !(r >= '!' && r <= '~' || r >= 0xA1 && r <= 0xAC || r >= 0xAE && r <= 0xFF) {
			r = next
			next++
		}
		alphabet[r] = int16(b)
	}
	return alphabet
}()

// byteLevelPieces are the bytes of the tokens. Those with characters outside
// the alphabet, as special tokens may have, are their own text.
func byteLevelPieces(v *Vocab) pieces {
	var p pieces
	var raw []byte
	for id, text := range v.Tokens {
		raw = raw[:0]
		if k := v.kind(int32(id)); k == Normal || k == Unused {
			for _, r := range text {
				if int(r) >= len(byteOf) || byteOf[r] < 0 {
					raw = raw[:0]
					break
				}
				raw = append(raw, byte(byteOf[r]))
			}
		}
		if len(raw) == 0 || utf8.RuneCountInString(text) != len(raw) {
			raw = append(raw[:0], text...)
		}
		p.add(raw)
	}
	return p
}
