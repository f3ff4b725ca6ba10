package textgen

import (
	"context"
	"sync"
	"time"

	"plexus"
	"plexus/kernel"
	"plexus/nn"
	"plexus/tokenizer"
	"plexus/tokenizer/chat"
)

// Network is a decoder with a paged KV cache. One goroutine uses it.
type Network interface {
	// Forward returns len(b.Out) x Vocab logits, which the caller may
	// overwrite until the next call. A row's logits depend on its sequence
	// only, bit for bit.
	Forward(b *nn.Batch) ([]float32, error)
	Vocab() int   // tokens
	Context() int // positions of a sequence
	Blocks() int  // blocks of the KV cache
	Rows() int    // rows of a batch
}

// DefaultSequences is how many texts an Engine generates at once.
const DefaultSequences = 64

// Options are the limits of an Engine. Zeros are the defaults.
type Options struct {
	MaxSequences int // texts generated at once; default DefaultSequences
	Queue        int // texts waiting for their turn; default 256
	Chunk        int // rows of prompts per turn while other texts are being generated; default 256
}

// Engine generates text with one network, for many requests at once.
//
// One goroutine does the work in turns. A turn is a forward pass over the next
// token of every running sequence and a bounded piece of the prompts that are
// not computed yet, then one draw for each sequence that has logits.
//
// A sequence runs once the KV cache has room for its prompt, first come, first
// served. Nothing is reserved for what it will generate: if the cache runs out
// of blocks, the sequence that began last gives its own back and waits at the
// head of the queue, to be computed anew. So memory is never held for tokens
// that may not come, and the oldest sequence always finishes.
type Engine struct {
	net      Network
	tok      *tokenizer.Tokenizer
	template *chat.Template
	pool     *kernel.Pool
	controls []string // texts of the tokens that messages must not spell
	options  Options
	context  int
	longest  int           // bytes of a token's text
	stopped  chan struct{} // closed when the loop has ended

	mu      sync.Mutex // held by the loop but in forward passes and draws
	work    sync.Cond  // there is something to do, or closed
	waiting []*sequence
	active  []*sequence // oldest first
	cache   *cache
	stats   Stats
	closed  bool

	// of the loop only
	batch   nn.Batch
	outs    []*sequence // whose logits the batch returns, in order
	logits  []float32   // of outs
	scratch []scratch   // of each worker
	drawJob func(*kernel.Worker)
}

// New starts an engine for a network and its tokenizer; pool's workers draw
// the tokens. Without a template, prompts are taken as they are and messages
// refused.
func New(net Network, tok *tokenizer.Tokenizer, template *chat.Template, pool *kernel.Pool, o Options) *Engine {
	e := &Engine{
		net:      net,
		tok:      tok,
		template: template,
		pool:     pool,
		controls: tok.Controls(),
		options:  o.withDefaults(net.Rows()),
		context:  min(net.Context(), net.Blocks()*blockSize),
		stopped:  make(chan struct{}),
		cache:    newCache(net.Blocks()),
		longest:  longest(tok),
	}
	e.work.L = &e.mu
	e.scratch = make([]scratch, pool.Threads())
	e.drawJob = func(w *kernel.Worker) {
		w.Each(len(e.outs), 1, func(lo, hi int) {
			for i := lo; i < hi; i++ {
				e.drawOne(i, &e.scratch[w.ID])
			}
		})
	}
	go e.loop()
	return e
}

func (o Options) withDefaults(rows int) Options {
	if o.MaxSequences <= 0 {
		o.MaxSequences = DefaultSequences
	}
	if o.Queue <= 0 {
		o.Queue = 256
	}
	if o.Chunk <= 0 {
		o.Chunk = 256
	}
	o.MaxSequences = min(o.MaxSequences, rows)
	return o
}

// Run generates what r asks for. The result holds a *plexus.Generation, or for
// a stream *plexus.Delta events. Errors are *plexus.Error.
func (e *Engine) Run(ctx context.Context, r *plexus.Request) (*plexus.Result, error) {
	in, err := decode(r.Form, r.Inputs)
	if err != nil {
		return nil, err
	}
	prompt, err := e.prompt(in)
	if err != nil {
		return nil, err
	}
	limit := e.context
	if in.maxTokens > 0 {
		limit = min(limit, len(prompt)+in.maxTokens)
	}
	j := newJob(ctx, r.Account, in.choices)
	if err := e.submit(newSequences(j, in, prompt, limit), r.Options); err != nil {
		return nil, err
	}
	if in.stream {
		return &plexus.Result{Events: j.events()}, nil
	}
	return j.wait()
}

// submit queues a job's first sequence.
func (e *Engine) submit(s *sequence, o plexus.Options) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	// Texts wait for the turn to end even where there are seats.
	waiting := len(e.waiting) + len(e.active) - e.options.MaxSequences
	if e.closed || waiting >= e.options.Queue || o.RejectIfBusy && waiting >= 0 {
		e.stats.Rejected++
		return plexus.NoCapacity()
	}
	e.waiting = append(e.waiting, s)
	e.work.Signal()
	return nil
}

// Close ends what runs and waits, each with CodeNoCapacity, and stops the
// engine. The network is the caller's again.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	e.work.Signal()
	e.mu.Unlock()
	<-e.stopped
	return nil
}

// Stats is a snapshot of an engine's counters and gauges.
type Stats struct {
	Active, Queued         int // sequences
	BlocksUsed, BlocksHeld int // KV blocks of running sequences, and those kept for reuse
	Blocks                 int // KV blocks in all

	PromptTokens    uint64 // of requests that began
	CachedTokens    uint64 // of these, found in the prefix tree
	GeneratedTokens uint64
	Rejected        uint64 // requests refused because the queue was full, or busy
	Preempted       uint64 // times a sequence had to give its blocks back
	Turns           uint64
	Busy            time.Duration // spent in turns
}

// Stats returns the present numbers.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.stats
	s.Active, s.Queued = len(e.active), len(e.waiting)
	s.Blocks, s.BlocksHeld = e.cache.total, e.cache.idle.len
	s.BlocksUsed = s.Blocks - e.cache.available()
	return s
}
