package tokenizer

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// unigram is SentencePiece's unigram language model (Kudo 2018,
// https://arxiv.org/abs/1804.10959): of all ways to cut text into pieces, the
// one of the highest summed log probability, found by Viterbi's algorithm.
type unigram struct {
	pieces     trie
	scores     []float32
	unk        int32
	unkScore   float32
	userScore  float32 // per byte of a user-defined token
	types      []Type
	normalizer *Normalizer
	prefix     bool
}

// unkPenalty is how much less likely than any piece an unknown character is.
const unkPenalty = 10

func newUnigram(v *Vocab) *unigram {
	m := &unigram{scores: v.Scores, unk: v.Unk, types: v.Types, normalizer: v.Normalizer, prefix: v.AddSpacePrefix}
	least, most := float32(math.Inf(1)), float32(math.Inf(-1))
	var entries []entry
	for i, text := range v.Tokens {
		id := int32(i)
		switch v.kind(id) {
		case Normal:
			least, most = min(least, v.Scores[i]), max(most, v.Scores[i])
		case UserDefined:
		default:
			continue
		}
		if text != "" {
			entries = append(entries, entry{text, id})
		}
	}
	m.pieces = newTrie(entries)
	m.unkScore, m.userScore = least-unkPenalty, most
	return m
}

// best is the best way to cut the text up to a place.
type best struct {
	score float32
	start int32 // of its last piece; -1 if there is no way yet
	id    int32
}

func (m *unigram) encode(dst []int32, text string) []int32 {
	text = m.normalizer.normalize(text)
	if text == "" {
		return dst
	}
	if m.prefix {
		text = " " + text
	}
	text = strings.ReplaceAll(text, " ", space)
	ends := make([]best, len(text)+1)
	for i := range ends {
		ends[i].start = -1
	}
	for start := 0; start < len(text); {
		_, size := utf8.DecodeRuneInString(text[start:])
		known := false
		for i, at := start, int32(0); i < len(text); i++ {
			if at = m.pieces.step(at, text[i]); at == 0 {
				break
			}
			id := m.pieces.ids[at]
			if id == None {
				continue
			}
			score := m.scores[id]
			if m.types[id] == UserDefined {
				score = float32(i+1-start)*m.userScore - 0.1
			}
			ends[i+1].improve(ends[start].score+score, start, id)
			known = known || i+1-start == size
		}
		if !known {
			ends[start+size].improve(ends[start].score+m.unkScore, start, m.unk)
		}
		start += size
	}
	from := len(dst)
	for at := int32(len(text)); at > 0; at = ends[at].start {
		// Unknown characters in a row are one unknown token.
		if id := ends[at].id; id != m.unk || len(dst) == from || dst[len(dst)-1] != m.unk {
			dst = append(dst, id)
		}
	}
	slices.Reverse(dst[from:])
	return dst
}

func (b *best) improve(score float32, start int, id int32) {
	if b.start < 0 || score > b.score {
		*b = best{score, int32(start), id}
	}
}
