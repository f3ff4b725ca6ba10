package tokenizer

import (
	"bytes"
	"slices"
	"strings"
)

// trie finds the tokens that a text starts with. Its nodes are numbered
// breadth first from the root, 0, so that the children of a node follow one
// another.
type trie struct {
	first  []int32 // by node: its first child, which is also where those of the node before end
	labels []byte  // by node: the byte that leads to it
	ids    []int32 // by node: the token that ends there, or None
}

// entry is a text and the token that it is.
type entry struct {
	text string
	id   int32
}

// newTrie makes a trie; of equal texts the first counts. It reorders entries.
func newTrie(entries []entry) trie {
	slices.SortStableFunc(entries, func(a, b entry) int { return strings.Compare(a.text, b.text) })
	t := trie{labels: []byte{0}}
	// A node is the entries that begin alike, and how many bytes of them do.
	type node struct{ from, to, depth int }
	nodes := []node{{0, len(entries), 0}}
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		id := None
		for n.from < n.to && len(entries[n.from].text) == n.depth {
			if id == None {
				id = entries[n.from].id
			}
			n.from++
		}
		t.ids = append(t.ids, id)
		t.first = append(t.first, int32(len(nodes)))
		for n.from < n.to {
			label, end := entries[n.from].text[n.depth], n.from+1
			for end < n.to && entries[end].text[n.depth] == label {
				end++
			}
			t.labels = append(t.labels, label)
			nodes = append(nodes, node{n.from, end, n.depth + 1})
			n.from = end
		}
	}
	t.first = append(t.first, int32(len(nodes)))
	return t
}

// step returns the child of a node with a label, or 0.
func (t *trie) step(at int32, label byte) int32 {
	from := t.first[at]
	i := bytes.IndexByte(t.labels[from:t.first[at+1]], label)
	if i < 0 {
		return 0
	}
	return from + int32(i)
}
