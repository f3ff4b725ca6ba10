package tokenizer

// trie finds the tokens that a text starts with.
type trie struct {
	nodes []trieNode
	ids   []int32 // of the token that ends at a node
}

// trieNode is a node of a trie over bytes, its children chained.
type trieNode struct {
	child, sibling int32 // 0 is none: the root is nobody's child
	label          byte
}

func newTrie() trie { return trie{nodes: make([]trieNode, 1), ids: []int32{None}} }

// add adds a token; of equal texts the first stays.
func (t *trie) add(text string, id int32) {
	at := int32(0)
	for i := range len(text) {
		next := t.step(at, text[i])
		if next == 0 {
			next = int32(len(t.nodes))
			t.nodes = append(t.nodes, trieNode{sibling: t.nodes[at].child, label: text[i]})
			t.ids = append(t.ids, None)
			t.nodes[at].child = next
		}
		at = next
	}
	if t.ids[at] == None {
		t.ids[at] = id
	}
}

// step returns the child of a node with a label, or 0.
func (t *trie) step(at int32, label byte) int32 {
	for c := t.nodes[at].child; c != 0; c = t.nodes[c].sibling {
		if t.nodes[c].label == label {
			return c
		}
	}
	return 0
}
