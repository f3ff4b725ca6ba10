package textgen

// node is a full KV block in the tree of known prefixes. A root has no block,
// an account and no parent.
type node struct {
	parent   *node
	children map[[blockSize]int32]*node
	tokens   [blockSize]int32
	block    int32
	users    int
	account  string

	previous, next *node // in the list of idle nodes
}

func key(tokens []int32) [blockSize]int32 { return [blockSize]int32(tokens) }

func (n *node) add(child *node) {
	if n.children == nil {
		n.children = make(map[[blockSize]int32]*node)
	}
	n.children[child.tokens] = child
}

// list is a ring of nodes through their own links, around one that is not an
// element.
type list struct {
	ring node
	len  int
}

func (l *list) init() { l.ring.previous, l.ring.next = &l.ring, &l.ring }

func (l *list) first() *node {
	if l.len == 0 {
		return nil
	}
	return l.ring.next
}

// add appends n.
func (l *list) add(n *node) {
	n.previous, n.next = l.ring.previous, &l.ring
	n.previous.next, n.next.previous = n, n
	l.len++
}

// remove takes n out, if it is in.
func (l *list) remove(n *node) {
	if n.next == nil {
		return
	}
	n.previous.next, n.next.previous = n.next, n.previous
	n.previous, n.next = nil, nil
	l.len--
}
