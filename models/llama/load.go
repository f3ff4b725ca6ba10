package llama

import (
	"fmt"

	"plexus/kernel"
	"plexus/nn"
	"plexus/tensor"
	"plexus/weights/gguf"
	"plexus/weights/packed"
)

// Options size a model's work memory.
type Options struct {
	Rows    int // largest batch
	Blocks  int // of the key/value cache, kernel.KVPositions positions each
	Context int // positions of a sequence at most; 0: as many as the model and the cache allow
}

// BlockBytes is the memory of one block of the key/value cache.
func (c Config) BlockBytes() int64 { return nn.KVCacheBytes(c.Layers, c.KVHeads, c.HeadDim) }

// positions is how many a sequence may have: as many as the cache at most.
func (o Options) positions(c Config) int {
	n := min(c.Context, o.Blocks*kernel.KVPositions)
	if o.Context > 0 {
		n = min(n, o.Context)
	}
	return n
}

// WorkBytes is about the memory that a model of these options takes beside its
// weights, with so many workers and outputs, the numbers that a pass returns.
func (c Config) WorkBytes(o Options, workers, outputs int) int64 {
	q, kv := c.Heads*c.HeadDim, c.KVHeads*c.HeadDim
	const tile = 16 // numbers as large as a tile of attention
	row := 4*c.Hidden + 3*q + 2*kv + 3*c.FF + c.Rope.Dims + tile*c.Heads
	scores := workers * kernel.AttentionRows * (o.positions(c) + c.HeadDim)
	return int64(o.Blocks)*c.BlockBytes() + 4*(int64(o.Rows)*int64(row)+int64(scores)+int64(outputs))
}

// New makes a model of a file's metadata and its packed weights, which must
// stay open as long as the model is used.
func New(meta gguf.Metadata, w *packed.Weights, pool *kernel.Pool, o Options) (*Model, error) {
	c, err := ReadConfig(meta)
	if err != nil {
		return nil, err
	}
	m := &Model{Config: c, pool: pool}
	if err := m.load(w); err != nil {
		return nil, err
	}
	m.limits = nn.Limits{Rows: o.Rows, Context: o.positions(c), Blocks: o.Blocks, Vocab: m.embed.Rows}
	if err := m.allocate(); err != nil {
		m.Close()
		return nil, err
	}
	m.job = m.forward
	return m, nil
}

// load finds every tensor, by the names that GGUF gives them.
func (m *Model) load(w *packed.Weights) error {
	l := &nn.Loader{Weights: w}
	m.embed = l.Matrix("token_embd.weight", 0, m.Hidden)
	if l.Err != nil {
		return fmt.Errorf("llama: %w", l.Err)
	}
	vocab := m.embed.Rows
	m.norm = l.Vector("output_norm.weight", m.Hidden)
	m.output = nn.Linear{Weight: m.embed}
	if w.Has("output.weight") {
		m.output = l.Linear("output", vocab, m.Hidden)
	}
	if w.Has("rope_freqs.weight") {
		m.Rope.Factors = l.Vector("rope_freqs.weight", m.Rope.Dims/2)
	}
	m.rope = nn.NewRope(m.Rope)
	q, kv := m.Heads*m.HeadDim, m.KVHeads*m.HeadDim
	m.layers = make([]layer, m.Layers)
	for i := range m.layers {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s", i, part) }
		m.layers[i] = layer{
			attnNorm: l.Vector(name("attn_norm.weight"), m.Hidden),
			q:        l.Linear(name("attn_q"), q, m.Hidden),
			k:        l.Linear(name("attn_k"), kv, m.Hidden),
			v:        l.Linear(name("attn_v"), kv, m.Hidden),
			o:        l.Linear(name("attn_output"), m.Hidden, q),
			ffNorm:   l.Vector(name("ffn_norm.weight"), m.Hidden),
			gate:     l.Linear(name("ffn_gate"), m.FF, m.Hidden),
			up:       l.Linear(name("ffn_up"), m.FF, m.Hidden),
			down:     l.Linear(name("ffn_down"), m.Hidden, m.FF),
		}
		if m.Architecture == "qwen3" {
			m.layers[i].qNorm = l.Vector(name("attn_q_norm.weight"), m.HeadDim)
			m.layers[i].kNorm = l.Vector(name("attn_k_norm.weight"), m.HeadDim)
		}
		if l.Err != nil {
			return fmt.Errorf("llama: %w", l.Err)
		}
	}
	return nil
}

// allocate makes the cache and every buffer of a pass.
func (m *Model) allocate() (err error) {
	rows, workers := m.limits.Rows, m.pool.Threads()
	m.cache, err = nn.NewKVCache(m.Layers, m.KVHeads, m.HeadDim, m.limits.Blocks)
	if err != nil {
		return err
	}
	m.attend = nn.NewCausalAttention(m.Heads, m.cache, m.limits.Context, rows, workers)

	a := &m.activity
	q, kv := m.Heads*m.HeadDim, m.KVHeads*m.HeadDim
	a.memory, err = nn.Allocate(rows,
		nn.Buffer{To: &a.x, Width: m.Hidden}, nn.Buffer{To: &a.delta, Width: m.Hidden},
		nn.Buffer{To: &a.q, Width: q}, nn.Buffer{To: &a.mix, Width: q},
		nn.Buffer{To: &a.k, Width: kv}, nn.Buffer{To: &a.v, Width: kv},
		nn.Buffer{To: &a.gate, Width: m.FF}, nn.Buffer{To: &a.up, Width: m.FF},
		nn.Buffer{To: &a.angles, Width: m.rope.Dims()})
	if err != nil {
		return fmt.Errorf("llama: %w", err)
	}

	var hidden, mixed, gated []nn.Linear
	for i := range m.layers {
		l := &m.layers[i]
		hidden = append(hidden, l.q, l.k, l.v, l.gate, l.up)
		mixed, gated = append(mixed, l.o), append(gated, l.down)
	}
	a.hidden = nn.NewInput(rows, m.Hidden, hidden...)
	a.mixed = nn.NewInput(rows, q, mixed...)
	a.gated = nn.NewInput(rows, m.FF, gated...)
	a.final = nn.NewInput(rows, m.Hidden, m.output)
	tile := max(a.hidden.Tile(), a.final.Tile())
	for range workers {
		m.scratch = append(m.scratch, make([]float32, tile*m.Hidden))
	}
	return nil
}

// growLogits makes room for n logits. The buffer only ever grows, to the
// largest number of rows that asked for logits at once.
func (m *Model) growLogits(n int) error {
	if n <= len(m.logits) {
		return nil
	}
	memory, err := tensor.Alloc(4 * n)
	if err != nil {
		return fmt.Errorf("llama: %d logits: %w", n, err)
	}
	if m.outputs != nil {
		m.outputs.Free()
	}
	m.outputs, m.logits = memory, tensor.Floats(memory.Bytes())
	return nil
}

// Close frees the memory that the model allocated itself, not its weights.
func (m *Model) Close() {
	if m.cache != nil {
		m.cache.Free()
	}
	for _, memory := range []*tensor.Memory{m.activity.memory, m.outputs} {
		if memory != nil {
			memory.Free()
		}
	}
	*m = Model{}
}
