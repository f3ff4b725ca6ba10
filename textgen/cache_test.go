package textgen

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// user is a sequence as the cache sees it, with what it believes its blocks
// to hold.
type user struct {
	account string
	tokens  []int32
	path    path
	table   []int32
}

// Random sequences come, grow and go. At every step each block is in exactly
// one place, no table holds another's tokens, and what match returns is a
// prefix of what was asked.
func TestCacheByRandomOperations(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 5))
		c := newCache(1 + r.IntN(30))
		var users []*user
		holds := make(map[int32]string) // what was last written to a full block
		for range 500 {
			switch op := r.IntN(4); {
			case op == 0 || len(users) == 0:
				u := &user{account: fmt.Sprint(r.IntN(2)), tokens: randomTokens(r)}
				u.path = c.match(u.account, u.tokens)
				for i, n := range u.path {
					u.table = append(u.table, n.block)
					if want := contents(u, i); holds[n.block] != want {
						t.Fatalf("seed %d: block %d holds %q, matched for %q", seed, n.block, holds[n.block], want)
					}
				}
				users = append(users, u)
			case op == 1:
				i := r.IntN(len(users))
				c.release(users[i].path, users[i].table[len(users[i].path):])
				users = slices.Delete(users, i, i+1)
			default:
				u := users[r.IntN(len(users))]
				if (len(u.table)+1)*blockSize > len(u.tokens) {
					continue
				}
				available := c.available()
				b, ok := c.alloc()
				if ok != (available > 0) {
					t.Fatalf("seed %d: alloc %v with %d available", seed, ok, available)
				}
				if !ok {
					continue
				}
				u.table = append(u.table, b)
				if r.IntN(3) > 0 { // computed
					i := len(u.path)
					holds[u.table[i]] = contents(u, i)
					u.path, u.table[i] = c.publish(u.account, u.path, u.tokens[i*blockSize:][:blockSize], u.table[i])
				}
			}
			check(t, c, users, holds)
		}
		for _, u := range users {
			c.release(u.path, u.table[len(u.path):])
		}
		if c.available() != c.total {
			t.Fatalf("seed %d: %d of %d blocks available after all have gone", seed, c.available(), c.total)
		}
		for range c.total {
			c.alloc()
		}
		if len(c.roots) != 0 || c.idle.len != 0 {
			t.Fatalf("seed %d: %d roots, %d idle nodes after all is forgotten", seed, len(c.roots), c.idle.len)
		}
	}
}

// randomTokens begins with one of few prefixes, so that many share.
func randomTokens(r *rand.Rand) []int32 {
	var tokens []int32
	for range 1 + r.IntN(5) {
		for range blockSize {
			tokens = append(tokens, int32(len(tokens)/blockSize))
		}
		tokens[len(tokens)-1] = int32(r.IntN(2))
	}
	return tokens
}

// contents is what block i of u's table holds, and all that it depends on.
func contents(u *user, i int) string {
	text := []byte(u.account)
	for _, t := range u.tokens[:(i+1)*blockSize] {
		text = append(text, byte(t))
	}
	return string(text)
}

func check(t *testing.T, c *cache, users []*user, holds map[int32]string) {
	t.Helper()
	places := make(map[int32]string)
	place := func(b int32, where string) {
		if old, ok := places[b]; ok && (old != where || where != "node in use") {
			t.Fatalf("block %d is in two places: %s, %s", b, old, where)
		}
		places[b] = where
	}
	for _, b := range c.free {
		place(b, "free")
	}
	for n := c.idle.ring.next; n != &c.idle.ring; n = n.next {
		place(n.block, "idle")
		if n.users != 0 {
			t.Fatalf("idle node with %d users", n.users)
		}
	}
	for _, u := range users {
		for i, b := range u.table {
			if i >= len(u.path) {
				place(b, "private")
				continue
			}
			place(b, "node in use")
			if u.path[i].block != b || holds[b] != contents(u, i) {
				t.Fatalf("block %d of a table holds another's tokens", b)
			}
		}
	}
	if len(places) != c.total {
		t.Fatalf("%d of %d blocks are somewhere", len(places), c.total)
	}
}

func TestCacheForgetsTheLongestUnused(t *testing.T) {
	c := newCache(3)
	tokens := func(first int32) []int32 { return append([]int32{first}, make([]int32, blockSize-1)...) }
	add := func(first int32) {
		b, _ := c.alloc()
		p, _ := c.publish("a", nil, tokens(first), b)
		c.release(p, nil)
	}
	known := func(account string, first int32) bool {
		p := c.match(account, tokens(first))
		c.release(p, nil)
		return len(p) == 1
	}
	add(1)
	add(2)
	add(3)
	known("a", 1) // and used again
	add(4)
	for first, want := range map[int32]bool{1: true, 2: false, 3: true, 4: true} {
		if known("a", first) != want {
			t.Errorf("block %d known: %v", first, !want)
		}
	}
	if known("b", 1) {
		t.Error("an account is served from another's prefix")
	}
}
