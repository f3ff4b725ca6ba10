package textgen

import "plexus/kernel"

// blockSize is the number of positions in a KV block.
const blockSize = kernel.KVPositions

// cache hands out the blocks of the KV arena and remembers what the full ones
// hold, so that sequences which begin alike share the computation and memory
// of what they have in common.
//
// What full blocks hold is a tree for each account: a node is one block, its
// key the tokens of the block's positions, its parent the block before it.
// Equal paths from the root mean equal tokens at equal positions, hence equal
// keys and values. Accounts never share: how fast a prompt is answered would
// tell one what another has asked.
type cache struct {
	free  []int32 // blocks that hold nothing
	roots map[string]*node
	idle  list // nodes that no running sequence uses, the longest unused first
	total int
}

// path is the way from a root to the node of the last full block of a running
// sequence. A node's users are the paths that it is in.
type path []*node

func newCache(blocks int) *cache {
	c := &cache{roots: make(map[string]*node), total: blocks}
	c.idle.init()
	for b := blocks - 1; b >= 0; b-- {
		c.free = append(c.free, int32(b))
	}
	return c
}

// available is the number of blocks that alloc can hand out.
func (c *cache) available() int { return len(c.free) + c.idle.len }

// alloc hands out a block. If none is free, it forgets the block that has been
// unused for the longest time.
func (c *cache) alloc() (block int32, ok bool) {
	if len(c.free) == 0 {
		n := c.idle.first()
		if n == nil {
			return 0, false
		}
		c.forget(n)
	}
	last := len(c.free) - 1
	block = c.free[last]
	c.free = c.free[:last]
	return block, true
}

// forget removes an idle node without children from its tree. The first idle
// node has none: whoever uses a node uses its parents too and lets go of them
// after it.
func (c *cache) forget(n *node) {
	c.idle.remove(n)
	delete(n.parent.children, n.tokens)
	if root := n.parent; root.parent == nil && len(root.children) == 0 {
		delete(c.roots, root.account)
	}
	c.free = append(c.free, n.block)
}

// match returns the path of the longest run of full blocks known to begin
// tokens, and its user's claim on them.
func (c *cache) match(account string, tokens []int32) path {
	n := c.roots[account]
	var p path
	for n != nil && len(tokens) >= blockSize {
		if n = n.children[key(tokens)]; n != nil {
			c.use(n)
			p = append(p, n)
			tokens = tokens[blockSize:]
		}
	}
	return p
}

// publish appends to p the full block that follows it and holds the given
// tokens. If the tree has an equal one already, block is freed and that one
// returned in its place.
func (c *cache) publish(account string, p path, tokens []int32, block int32) (path, int32) {
	parent := c.parent(account, p)
	n, ok := parent.children[key(tokens)]
	if ok {
		c.free = append(c.free, block)
	} else {
		n = &node{parent: parent, tokens: key(tokens), block: block}
		parent.add(n)
	}
	c.use(n)
	return append(p, n), n.block
}

func (c *cache) parent(account string, p path) *node {
	if len(p) > 0 {
		return p[len(p)-1]
	}
	root, ok := c.roots[account]
	if !ok {
		root = &node{account: account}
		c.roots[account] = root
	}
	return root
}

func (c *cache) use(n *node) {
	if n.users == 0 {
		c.idle.remove(n)
	}
	n.users++
}

// release gives up a sequence's claim on its path and frees its other blocks.
func (c *cache) release(p path, others []int32) {
	c.free = append(c.free, others...)
	for i := len(p) - 1; i >= 0; i-- {
		n := p[i]
		if n.users--; n.users == 0 {
			c.idle.add(n)
		}
	}
}
