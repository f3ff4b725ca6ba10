package tokenizer

// matcher finds the special tokens of a vocabulary in text: leftmost first,
// and of those the longest.
type matcher struct {
	trie
	first [256]bool // bytes that a token starts with
}

func newMatcher(v *Vocab, kinds ...Type) *matcher {
	m := &matcher{trie: newTrie()}
	for id, text := range v.Tokens {
		for _, k := range kinds {
			if v.kind(int32(id)) == k && text != "" {
				m.add(text, int32(id))
				m.first[text[0]] = true
			}
		}
	}
	return m
}

// find returns where the first token is in text and its id; len(text),
// len(text), None where there is none.
func (m *matcher) find(text string) (start, end int, id int32) {
	for start = range len(text) {
		if !m.first[text[start]] {
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
