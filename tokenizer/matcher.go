package tokenizer

// matcher finds the special tokens of a vocabulary in text: leftmost first,
// and of those the longest.
type matcher struct {
	nodes []trieNode
	ids   []int32   // of the tokens that end at a node
	first [256]bool // bytes that a token starts with
}

// trieNode is a node of a trie over bytes, its children chained.
type trieNode struct {
	child, sibling int32 // 0 is none: the root is nobody's child
	label          byte
}

func newMatcher(v *Vocab, kinds ...Type) *matcher {
	m := &matcher{nodes: make([]trieNode, 1), ids: []int32{None}}
	for id, text := range v.Tokens {
		for _, k := range kinds {
			if v.kind(int32(id)) == k && text != "" {
				m.add(text, int32(id))
			}
		}
	}
	return m
}

func (m *matcher) add(text string, id int32) {
	m.first[text[0]] = true
	at := int32(0)
	for i := range len(text) {
		next := m.step(at, text[i])
		if next == 0 {
			next = int32(len(m.nodes))
			m.nodes = append(m.nodes, trieNode{sibling: m.nodes[at].child, label: text[i]})
			m.ids = append(m.ids, None)
			m.nodes[at].child = next
		}
		at = next
	}
	if m.ids[at] == None {
		m.ids[at] = id
	}
}

func (m *matcher) step(at int32, label byte) int32 {
	for c := m.nodes[at].child; c != 0; c = m.nodes[c].sibling {
		if m.nodes[c].label == label {
			return c
		}
	}
	return 0
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
