package llamacpp

import (
	"errors"
	"fmt"

	"github.com/hybridgroup/yzma/pkg/llama"

	"plexus/nn"
)

// Options are the settings of a context; the rest stays at libllama's defaults.
type Options struct {
	Threads   int // for prefill and for decoding
	Context   int // positions of one sequence
	Sequences int // sequences that live at once
	Rows      int // rows of one forward pass
	// Float keeps keys and values in f32 and attention in its plain form: the
	// nearest that libllama has to a reference.
	Float bool
}

// Context runs forward passes of a model. It is for one goroutine at a time.
type Context struct {
	ctx    llama.Context
	memory llama.Memory
	batch  llama.Batch
	vocab  int
	pool   uintptr
}

// NewContext returns an empty context of m.
func (m *Model) NewContext(o Options) (*Context, error) {
	params := llama.ContextDefaultParams()
	params.NCtx = uint32(o.Context * o.Sequences)
	params.NSeqMax = uint32(o.Sequences)
	params.NBatch = uint32(o.Rows)
	params.NUbatch = uint32(o.Rows)
	params.NThreads = int32(o.Threads)
	params.NThreadsBatch = int32(o.Threads)
	if o.Float {
		params.TypeK, params.TypeV = llama.GGMLTypeF32, llama.GGMLTypeF32
		params.FlashAttentionType = llama.FlashAttentionTypeDisabled
	}
	ctx, err := llama.InitFromModel(m.model, params)
	if err != nil || ctx == 0 {
		return nil, fmt.Errorf("llamacpp: new context: %v", err)
	}
	memory, err := llama.GetMemory(ctx)
	if err != nil {
		return nil, fmt.Errorf("llamacpp: new context: %w", err)
	}
	pool := threads.start(o.Threads)
	llama.AttachThreadpool(ctx, pool, pool)
	return &Context{
		ctx:    ctx,
		memory: memory,
		batch:  llama.BatchInit(int32(o.Rows), 0, 1),
		vocab:  m.Vocab(),
		pool:   pool,
	}, nil
}

// Close frees the context.
func (c *Context) Close() {
	llama.BatchFree(c.batch)
	llama.Free(c.ctx)
	threads.free(c.pool)
}

// Clear forgets every sequence.
func (c *Context) Clear() { llama.MemoryClear(c.memory, false) }

// Truncate forgets the positions of a sequence from pos on.
func (c *Context) Truncate(seq, pos int) {
	llama.MemorySeqRm(c.memory, llama.SeqId(seq), llama.Pos(pos), -1)
}

// Rest lets the worker threads sleep at once; the next Forward wakes them.
// Otherwise they spin for a while after each pass, at the cost of whatever runs next.
func (c *Context) Rest() { threads.pause(c.pool) }

// Forward runs one pass over b and returns len(b.Out) x vocabulary logits,
// valid until the next call. The block tables of b are not used: libllama keeps
// its own.
func (c *Context) Forward(b *nn.Batch) ([]float32, error) {
	c.batch.Clear()
	out := b.Out
	for i, token := range b.Tokens {
		wanted := len(out) > 0 && int(out[0]) == i
		if wanted {
			out = out[1:]
		}
		seq := []llama.SeqId{llama.SeqId(b.Seq[i])}
		if err := c.batch.Add(llama.Token(token), llama.Pos(b.Pos[i]), seq, wanted); err != nil {
			return nil, fmt.Errorf("llamacpp: row %d: %w", i, err)
		}
	}
	if status, err := llama.Decode(c.ctx, c.batch); err != nil || status != 0 {
		return nil, fmt.Errorf("llamacpp: decode: status %d (%v)", status, err)
	}
	if len(b.Out) == 0 {
		return nil, llama.Synchronize(c.ctx)
	}
	logits, err := llama.GetLogits(c.ctx, len(b.Out), c.vocab)
	if err != nil {
		return nil, fmt.Errorf("llamacpp: logits: %w", err)
	}
	if logits == nil {
		return nil, errors.New("llamacpp: no logits")
	}
	return logits, nil
}
