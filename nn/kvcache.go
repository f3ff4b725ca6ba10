package nn

import (
	"fmt"

	"plexus/kernel"
	"plexus/tensor"
)

// KVCache keeps the keys and values of a decoder in blocks of
// kernel.KVPositions positions, f16. A block id names one block in every
// layer and head; who owns which id is the caller's business.
type KVCache struct {
	KVHeads, HeadDim, Blocks int

	mem    *tensor.Memory
	layers [][]uint16 // of each layer: [Blocks][KVHeads][kernel.KVBlockSize]
}

// KVCacheBytes is the memory of one block over all layers.
func KVCacheBytes(layers, kvHeads, headDim int) int64 {
	return 2 * int64(layers) * int64(kvHeads) * int64(kernel.KVBlockSize(headDim))
}

// NewKVCache allocates a zeroed cache outside the Go heap.
func NewKVCache(layers, kvHeads, headDim, blocks int) (*KVCache, error) {
	perLayer := blocks * kvHeads * kernel.KVBlockSize(headDim)
	mem, err := tensor.Alloc(2 * layers * perLayer)
	if err != nil {
		return nil, fmt.Errorf("nn: key/value cache of %d blocks: %w", blocks, err)
	}
	c := &KVCache{KVHeads: kvHeads, HeadDim: headDim, Blocks: blocks, mem: mem}
	all := tensor.Halves(mem.Bytes())
	for l := range layers {
		c.layers = append(c.layers, all[l*perLayer:][:perLayer:perLayer])
	}
	return c, nil
}

// stride is the distance of two blocks of one head, in numbers.
func (c *KVCache) stride() int { return c.KVHeads * kernel.KVBlockSize(c.HeadDim) }

// head is the layer's memory from the first block of a head on.
func (c *KVCache) head(layer, head int) []uint16 {
	return c.layers[layer][head*kernel.KVBlockSize(c.HeadDim):]
}

// Store writes key and value of one head at position pos of the sequence
// whose blocks are in table.
func (c *KVCache) Store(layer, head int, table []int32, pos int32, k, v []float32) {
	block := c.head(layer, head)[int(table[pos/kernel.KVPositions])*c.stride():]
	kernel.StoreKV(block[:kernel.KVBlockSize(c.HeadDim)], c.HeadDim, int(pos%kernel.KVPositions), k, v)
}

// Free gives the memory back. The cache must not be used after it.
func (c *KVCache) Free() { c.mem.Free() }
