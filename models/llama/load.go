package llama

import (
	"fmt"
	"slices"

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
	Context int // positions of a sequence; 0, or more than the model's own: the model's
}

// BlockBytes is the memory of one block of the key/value cache.
func (c Config) BlockBytes() int64 { return nn.KVCacheBytes(c.Layers, c.KVHeads, c.HeadDim) }

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
	m.limits = nn.Limits{Rows: o.Rows, Context: c.Context, Blocks: o.Blocks, Vocab: m.embed.Rows}
	if o.Context > 0 {
		m.limits.Context = min(o.Context, c.Context)
	}
	if err := m.allocate(); err != nil {
		m.Close()
		return nil, err
	}
	m.job = m.forward
	return m, nil
}

// load finds every tensor, by the names that GGUF gives them.
func (m *Model) load(w *packed.Weights) error {
	l := loader{weights: w}
	m.embed = l.matrix("token_embd.weight", 0, m.Hidden)
	if l.err != nil {
		return l.err
	}
	vocab := m.embed.Rows
	m.norm = l.vector("output_norm.weight", m.Hidden)
	m.output = nn.Linear{Weight: m.embed}
	if w.Has("output.weight") {
		m.output = l.linear("output", vocab, m.Hidden)
	}
	if w.Has("rope_freqs.weight") {
		m.Rope.Factors = l.vector("rope_freqs.weight", m.Rope.Dims/2)
	}
	m.rope = nn.NewRope(m.Rope)
	q, kv := m.Heads*m.HeadDim, m.KVHeads*m.HeadDim
	m.layers = make([]layer, m.Layers)
	for i := range m.layers {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s", i, part) }
		m.layers[i] = layer{
			attnNorm: l.vector(name("attn_norm.weight"), m.Hidden),
			q:        l.linear(name("attn_q"), q, m.Hidden),
			k:        l.linear(name("attn_k"), kv, m.Hidden),
			v:        l.linear(name("attn_v"), kv, m.Hidden),
			o:        l.linear(name("attn_output"), m.Hidden, q),
			ffNorm:   l.vector(name("ffn_norm.weight"), m.Hidden),
			gate:     l.linear(name("ffn_gate"), m.FF, m.Hidden),
			up:       l.linear(name("ffn_up"), m.FF, m.Hidden),
			down:     l.linear(name("ffn_down"), m.Hidden, m.FF),
		}
		if m.Architecture == "qwen3" {
			m.layers[i].qNorm = l.vector(name("attn_q_norm.weight"), m.HeadDim)
			m.layers[i].kNorm = l.vector(name("attn_k_norm.weight"), m.HeadDim)
		}
		if l.err != nil {
			return l.err
		}
	}
	return l.err
}

// loader finds tensors, checks their shapes and keeps the first error.
type loader struct {
	weights *packed.Weights
	err     error
}

// linear finds NAME.weight and, if the file has one, NAME.bias.
func (l *loader) linear(name string, rows, cols int) nn.Linear {
	lin := nn.Linear{Weight: l.matrix(name+".weight", rows, cols)}
	if l.weights.Has(name + ".bias") {
		lin.Bias = l.vector(name+".bias", rows)
	}
	return lin
}

// matrix finds a matrix of rows x cols; 0 rows is any number.
func (l *loader) matrix(name string, rows, cols int) *kernel.Matrix {
	m, err := l.weights.Matrix(name)
	if err == nil && (m.Cols != cols || rows != 0 && m.Rows != rows) {
		err = fmt.Errorf("%s is %d x %d, want %d x %d", name, m.Rows, m.Cols, rows, cols)
	}
	l.fail(err)
	return m
}

// vector finds a vector of n numbers.
func (l *loader) vector(name string, n int) []float32 {
	v, err := l.weights.Vector(name)
	if err == nil && len(v) != n {
		err = fmt.Errorf("%s has %d numbers, want %d", name, len(v), n)
	}
	l.fail(err)
	return v
}

func (l *loader) fail(err error) {
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("llama: %w", err)
	}
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
	parts := []struct {
		to    *[]float32
		width int
	}{
		{&a.x, m.Hidden}, {&a.delta, m.Hidden}, {&a.q, q}, {&a.mix, q}, {&a.k, kv}, {&a.v, kv},
		{&a.gate, m.FF}, {&a.up, m.FF}, {&a.angles, m.rope.Dims()},
	}
	const align = 16 // numbers: each buffer starts on a cache line
	total := 0
	for _, p := range parts {
		total += (rows*p.width + align - 1) / align * align
	}
	if a.memory, err = tensor.Alloc(4 * total); err != nil {
		return fmt.Errorf("llama: work memory of %d rows: %w", rows, err)
	}
	rest := tensor.Floats(a.memory.Bytes())
	for _, p := range parts {
		n := rows * p.width
		*p.to = rest[:n:n]
		rest = rest[(n+align-1)/align*align:]
	}

	var hidden, mixed, gated formats
	for i := range m.layers {
		l := &m.layers[i]
		hidden.add(l.q, l.k, l.v, l.gate, l.up)
		mixed.add(l.o)
		gated.add(l.down)
	}
	a.hidden = kernel.NewInput(rows, m.Hidden, hidden...)
	a.mixed = kernel.NewInput(rows, q, mixed...)
	a.gated = kernel.NewInput(rows, m.FF, gated...)
	a.final = kernel.NewInput(rows, m.Hidden, m.output.Weight.Format)
	tile := max(a.hidden.Tile(), a.final.Tile())
	for range workers {
		m.scratch = append(m.scratch, make([]float32, tile*m.Hidden))
	}
	return nil
}

// formats are the distinct weight formats that read one input.
type formats []kernel.Format

func (f *formats) add(maps ...nn.Linear) {
	for _, l := range maps {
		if !slices.Contains(*f, l.Weight.Format) {
			*f = append(*f, l.Weight.Format)
		}
	}
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
