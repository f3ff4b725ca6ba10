package tokenizer

// Byte-pair encoding: of all neighbouring symbols that may merge, the pair of
// the lowest rank merges, the leftmost of equals, until none may.
// Candidates wait in a heap and symbols are a linked list, so that n symbols
// take O(n log n).

// ranker says which symbols merge.
type ranker interface {
	// rank returns the rank of the merge of two neighbours of word and the id
	// of the merged symbol; false if they do not merge.
	rank(word string, left, right symbol) (rank uint32, id int32, ok bool)
}

// symbol is word[start:end], which is token id, or None if that has no token.
type symbol struct {
	start, end int32 // end is 0 for a symbol that was merged into its left neighbour
	prev, next int32 // indices, -1 at the ends
	id         int32
}

// candidate is a merge that was possible when it was found.
type candidate struct {
	order uint64 // rank<<32 | index of the left symbol
	right int32  // index of the right symbol
	end   int32  // of the right symbol
	id    int32  // of the merged symbol
}

// merger is the scratch memory of merges; reused, as words are many.
type merger struct {
	symbols []symbol
	heap    []candidate
}

// add appends the symbol word[start:end] to the list.
func (m *merger) add(start, end int, id int32) {
	i := int32(len(m.symbols))
	if i > 0 {
		m.symbols[i-1].next = i
	}
	m.symbols = append(m.symbols, symbol{int32(start), int32(end), i - 1, -1, id})
}

// merge merges the symbols of word. What is left is linked from symbol 0 on.
func (m *merger) merge(word string, r ranker) {
	m.heap = m.heap[:0]
	for i := range len(m.symbols) - 1 {
		m.propose(word, r, int32(i), int32(i+1))
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	for len(m.heap) > 0 {
		c := m.pop()
		i, j := int32(uint32(c.order)), c.right
		left, right := &m.symbols[i], &m.symbols[j]
		if left.end == 0 || right.end != c.end {
			continue // one of them has merged with another since
		}
		left.end, left.id, left.next = right.end, c.id, right.next
		right.end = 0
		if left.next >= 0 {
			m.symbols[left.next].prev = i
			m.push(word, r, i, left.next)
		}
		if left.prev >= 0 {
			m.push(word, r, left.prev, i)
		}
	}
}

// propose appends the merge of i and j to the candidates, if it is one.
func (m *merger) propose(word string, r ranker, i, j int32) bool {
	rank, id, ok := r.rank(word, m.symbols[i], m.symbols[j])
	if ok {
		m.heap = append(m.heap, candidate{uint64(rank)<<32 | uint64(i), j, m.symbols[j].end, id})
	}
	return ok
}

func (m *merger) push(word string, r ranker, i, j int32) {
	if !m.propose(word, r, i, j) {
		return
	}
	h := m.heap
	for k := len(h) - 1; k > 0; {
		parent := (k - 1) / 2
		if h[parent].order <= h[k].order {
			break
		}
		h[parent], h[k] = h[k], h[parent]
		k = parent
	}
}

func (m *merger) pop() candidate {
	top := m.heap[0]
	last := len(m.heap) - 1
	m.heap[0] = m.heap[last]
	m.heap = m.heap[:last]
	m.down(0)
	return top
}

func (m *merger) down(k int) {
	h := m.heap
	for {
		child := 2*k + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1].order < h[child].order {
			child++
		}
		if h[k].order <= h[child].order {
			return
		}
		h[k], h[child] = h[child], h[k]
		k = child
	}
}
