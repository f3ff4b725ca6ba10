package tokenizer

import "slices"

// matcher finds the special tokens of a vocabulary in text: leftmost first,
// and of those the longest.
type matcher struct {
	trie
	begins [256]bool // bytes that a token starts with
}

func newMatcher(v *Vocab, kinds ...Type) *matcher {
	m := &matcher{}
	var entries []entry
	for id, text := range v.Tokens {
		if text != "" && slices.Contains(kinds, v.kind(int32(id))) {
			entries = append(entries, entry{text, int32(id)})
			m.begins[text[0]] = true
		}
	}
	m.trie = newTrie(entries)
	return m
}

// find returns where the first token is in text and its id; len(text),
// len(text), None where there is none.
func (m *matcher) find(text string) (start, end int, id int32) {
	for start = range len(text) {
		if !m.begins[text[start]] {
			continue
		}
		id = None
		at := int32(0)
		for i := start; i < len(text); i++ {
			if at = m.step(at, text[i]); at == 0 {
				break
			}
			if m.ids[at] != None {
				id, end = m.ids[at], i+1
			}
		}
		if id != None {
			return start, end, id
		}
	}
	return len(text), len(text), None
}
