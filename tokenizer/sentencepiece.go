package tokenizer

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// space is how SentencePiece spells a space: U+2581.
const space = "\u2581"

// sentencePiece is the BPE model of SentencePiece (Kudo and Richardson 2018,
// https://arxiv.org/abs/1808.06226) as Llama 2 and Mistral use it: characters
// merge by the score of the piece that they make, and what has no piece
// becomes bytes.
type sentencePiece struct {
	ids    map[string]int32 // pieces that text can become
	ranks  []uint32         // by id, from the scores: the lowest rank is the highest score
	bytes  [256]int32       // ids of <0x00> to <0xFF>; None without byte fallback
	unk    int32
	size   int32 // ids from here on are of hidden tokens
	length int32 // bytes of the longest piece
	prefix bool
	words  bool // text may be cut before every space that follows another character

	normalizer *Normalizer
	pool       sync.Pool
}

func newSentencePiece(v *Vocab) *sentencePiece {
	m := &sentencePiece{
		ids:    make(map[string]int32, len(v.Tokens)),
		ranks:  scoreRanks(v.Scores),
		unk:    v.Unk,
		size:   int32(len(v.Tokens) - v.Hidden),
		prefix: v.AddSpacePrefix,
		words:  true,

		normalizer: v.Normalizer,
		pool:       sync.Pool{New: func() any { return new(merger) }},
	}
	for b := range m.bytes {
		m.bytes[b] = None
	}
	for i, text := range v.Tokens {
		id := int32(i)
		switch v.kind(id) {
		case Byte:
			if b, ok := parseByte(text); ok {
				m.bytes[b] = id
			}
		case Normal, Unused:
			if _, ok := m.ids[text]; !ok {
				m.ids[text] = id
				m.length = max(m.length, int32(len(text)))
			}
			if strings.Contains(strings.TrimLeft(text, space), space) {
				m.words = false
			}
		}
	}
	return m
}

// scoreRanks numbers the scores from the highest down; equal ones share a
// number.
func scoreRanks(scores []float32) []uint32 {
	distinct := slices.Clone(scores)
	slices.SortFunc(distinct, func(a, b float32) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	distinct = slices.Compact(distinct)
	number := make(map[float32]uint32, len(distinct))
	for i, s := range distinct {
		number[s] = uint32(i)
	}
	ranks := make([]uint32, len(scores))
	for id, s := range scores {
		ranks[id] = number[s]
	}
	return ranks
}

// parseByte reads the text of a byte token, "<0x0A>".
func parseByte(text string) (byte, bool) {
	if len(text) != 6 || text[:3] != "<0x" || text[5] != '>' {
		return 0, false
	}
	b, err := strconv.ParseUint(text[3:5], 16, 8)
	return byte(b), err == nil
}

// sentencePieces are the bytes of the tokens.
func sentencePieces(v *Vocab) pieces {
	var p pieces
	for id, text := range v.Tokens {
		switch v.kind(int32(id)) {
		case Byte:
			if b, ok := parseByte(text); ok {
				p.add([]byte{b})
				continue
			}
		case Normal, Unused:
			text = strings.ReplaceAll(text, space, " ")
		}
		p.add([]byte(text))
	}
	return p
}

func (m *sentencePiece) encode(dst []int32, text string) []int32 {
	text = m.normalizer.normalize(text)
	if m.prefix && text != "" {
		text = " " + text
	}
	text = strings.ReplaceAll(text, " ", space)
	scratch := m.pool.Get().(*merger)
	defer m.pool.Put(scratch)
	for text != "" {
		n := len(text)
		if m.words {
			n = wordEnd(text)
		}
		dst = m.word(dst, text[:n], scratch)
		text = text[n:]
	}
	return dst
}

// wordEnd is where the first space after another character is. No piece goes
// across it, so that the parts can be encoded one by one.
func wordEnd(text string) int {
	i := 0
	for strings.HasPrefix(text[i:], space) {
		i += len(space)
	}
	if n := strings.Index(text[i:], space); n >= 0 {
		return i + n
	}
	return len(text)
}

// word appends the ids of text that has no spaces but U+2581.
func (m *sentencePiece) word(dst []int32, word string, scratch *merger) []int32 {
	scratch.symbols = scratch.symbols[:0]
	for i := 0; i < len(word); {
		n := runeLen(word[i:])
		id, ok := m.ids[word[i:i+n]]
		if !ok {
			id = None
		}
		scratch.add(i, i+n, id)
		i += n
	}
	scratch.merge(word, m)
	unknown := false // the symbol before is unknown: those in a row are one token
	for i := int32(0); i >= 0; i = scratch.symbols[i].next {
		s := scratch.symbols[i]
		was := unknown
		unknown = false
		switch {
		case s.id >= m.size:
			dst = append(dst, m.unk)
		case s.id != None:
			dst = append(dst, s.id)
		default:
			dst, unknown = m.unknown(dst, word[s.start:s.end], was)
		}
	}
	return dst
}

// unknown appends the bytes of a character that has no piece, or, if one of
// them has no token, the unknown token, unless that is there already.
func (m *sentencePiece) unknown(dst []int32, character string, already bool) ([]int32, bool) {
	before := len(dst)
	for _, b := range []byte(character) {
		id := m.bytes[b]
		if id == None {
			dst = dst[:before]
			if !already && m.unk != None {
				dst = append(dst, m.unk)
			}
			return dst, true
		}
		dst = append(dst, id)
	}
	return dst, false
}

// rank implements ranker.
func (m *sentencePiece) rank(word string, left, right symbol) (uint32, int32, bool) {
	if right.end-left.start > m.length {
		return 0, None, false
	}
	id, ok := m.ids[word[left.start:right.end]]
	if !ok {
		return 0, None, false
	}
	return m.ranks[id], id, true
}
