package nn

import (
	"math"

	"plexus/kernel"
)

// CausalAttention is grouped-query attention of a batch over its cache
// (Ainslie et al., https://arxiv.org/abs/2305.13245): Heads query heads share
// the cache's KVHeads key/value heads, row i sees positions 0 to Pos[i].
type CausalAttention struct {
	Heads int
	Cache *KVCache

	scratch []*kernel.Attention // one per worker
	tiles   []tile
	limits  []int32 // per row, pos+1; repeated for the heads of a group
	groups  []int32 // the same limit for each head of a group, per row
}

// tile is the work of one kernel call: adjacent rows of one sequence with one
// query head, or one row with every query head of a group. Both share one
// key/value head, so that its blocks are read once.
type tile struct {
	row, rows int
	head      int // first query head
	heads     int
	table     []int32
}

// NewCausalAttention makes attention for batches of up to rows rows and
// context positions, run by the given number of workers.
func NewCausalAttention(heads int, cache *KVCache, context, rows, workers int) *CausalAttention {
	a := &CausalAttention{Heads: heads, Cache: cache}
	for range workers {
		a.scratch = append(a.scratch, kernel.NewAttention(cache.HeadDim, context))
	}
	group := heads / cache.KVHeads
	a.tiles = make([]tile, 0, rows*heads)
	a.limits = make([]int32, 0, rows)
	a.groups = make([]int32, 0, rows*group)
	return a
}

// Plan cuts the batch into tiles. One worker calls it before Run.
func (a *CausalAttention) Plan(b *Batch) {
	group := a.Heads / a.Cache.KVHeads
	a.tiles, a.limits, a.groups = a.tiles[:0], a.limits[:0], a.groups[:0]
	for _, pos := range b.Pos {
		a.limits = append(a.limits, pos+1)
		for range group {
			a.groups = append(a.groups, pos+1)
		}
	}
	for row := 0; row < len(b.Seq); {
		end := row + 1
		for end < len(b.Seq) && b.Seq[end] == b.Seq[row] && end-row < kernel.AttentionRows {
			end++
		}
		table := b.Tables[b.Seq[row]]
		if end-row < group {
			// Fewer rows than heads in a group: let the heads share the keys.
			for r := row; r < end; r++ {
				for h := 0; h < a.Heads; h += group {
					for g := 0; g < group; g += kernel.AttentionRows {
						a.tiles = append(a.tiles, tile{r, 1, h + g, min(group-g, kernel.AttentionRows), table})
					}
				}
			}
		} else {
			for h := range a.Heads {
				a.tiles = append(a.tiles, tile{row, end - row, h, 1, table})
			}
		}
		row = end
	}
}

// Run attends in one layer, shared out over the workers by tiles. q and out
// are rows x Heads x HeadDim. It ends without a barrier.
func (a *CausalAttention) Run(w *kernel.Worker, layer int, out, q []float32) {
	c := a.Cache
	dim, width, group := c.HeadDim, a.Heads*c.HeadDim, a.Heads/c.KVHeads
	scale := float32(1 / math.Sqrt(float64(dim)))
	w.Each(len(a.tiles), 1, func(lo, hi int) {
		for _, t := range a.tiles[lo:hi] {
			at := t.row*width + t.head*dim
			stride, limits := width, a.limits[t.row:t.row+t.rows]
			if t.heads > 1 {
				stride, limits = dim, a.groups[t.row*group:][:t.heads]
			}
			a.scratch[w.ID].Run(out[at:], stride, q[at:], stride, limits,
				c.head(layer, t.head/group), t.table, c.stride(), scale)
		}
	})
}
