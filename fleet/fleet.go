package fleet

import (
	"context"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"plexus"
	"plexus/kernel"
	"plexus/textgen"
)

// Engine serves one loaded model.
type Engine interface {
	Run(context.Context, *plexus.Request) (*plexus.Result, error)
	// Close ends what runs and frees the model.
	Close() error
}

// Config says what a Fleet may use. Zeros are the defaults.
type Config struct {
	DataDir string          // packed weights are kept below it; empty: in memory
	Memory  int64           // bytes for weights and caches; default three quarters of the machine's
	Idle    time.Duration   // a model unused for this long is unloaded; default 10 minutes
	Threads int             // default one for each processor
	Text    textgen.Options // limits of each text model; Queue is every model's
	Quant   kernel.Format   // of weights that come as floats in a folder; 0: their own

	// Progress, if set, is told of weights that are being packed, in bytes.
	Progress func(model string, done, total int64)
	Log      *slog.Logger // default slog.Default()
}

// Fleet is the models that are loaded, or can be. Its methods may be called
// concurrently.
type Fleet struct {
	config Config
	pool   *kernel.Pool
	load   loader

	mu      sync.Mutex
	members map[use]*member
	used    int64 // bytes that members have reserved
	closed  bool
	running sync.WaitGroup // loads and unloads
}

// loader makes the engine of a model. It asks for memory before it takes it;
// the last figure it asks for counts.
type loader func(ctx context.Context, m plexus.Model, reserve func(bytes int64) error) (Engine, error)

// New makes a fleet with nothing loaded.
func New(c Config) *Fleet {
	if c.Memory <= 0 {
		c.Memory = machineMemory() / 4 * 3
	}
	if c.Idle <= 0 {
		c.Idle = 10 * time.Minute
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	f := &Fleet{config: c, pool: kernel.NewPool(c.Threads), members: make(map[use]*member)}
	f.load = f.loadModel
	return f
}

// Run runs a request on m, which it loads if need be. Errors are
// *plexus.Error: a full machine or queue is CodeNoCapacity. A Result with
// Events keeps the model in use until they end or ctx is done.
func (f *Fleet) Run(ctx context.Context, m plexus.Model, r *plexus.Request) (*plexus.Result, error) {
	u, err := f.acquire(ctx, m)
	if err != nil {
		return nil, plexus.AsError(err)
	}
	release := sync.OnceFunc(func() { f.release(u) })
	streams := false
	defer func() {
		if !streams { // also after a panic
			release()
		}
	}()
	result, err := u.engine.Run(ctx, r)
	if err != nil || result.Events == nil {
		return result, err
	}
	streams = true
	stop := context.AfterFunc(ctx, release)
	result.Events = until(result.Events, func() {
		stop()
		release()
	})
	return result, nil
}

// until is events with something to do at their end.
func until(events iter.Seq2[any, error], done func()) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		defer done()
		events(yield)
	}
}

// Status is a loaded model.
type Status struct {
	Model string        // id of the catalog entry that it was first loaded for
	Bytes int64         // of weights and caches
	Users int           // requests in it
	Stats textgen.Stats // of a text model; zero for others
}

// Loaded lists the models that are loaded, by id.
func (f *Fleet) Loaded() []Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Status
	for _, u := range f.members {
		if u.engine != nil {
			s := Status{Model: u.model.ID, Bytes: u.bytes, Users: u.users}
			if text, ok := u.engine.(interface{ Stats() textgen.Stats }); ok {
				s.Stats = text.Stats()
			}
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b Status) int { return strings.Compare(a.Model, b.Model) })
	return list
}

// Close refuses new requests, ends those that still run, and returns when
// everything is freed.
func (f *Fleet) Close() error {
	f.mu.Lock()
	f.closed = true
	for _, u := range f.members {
		u.cancel()
		if u.engine != nil {
			f.unload(u)
		}
	}
	f.mu.Unlock()
	f.running.Wait()
	f.pool.Close()
	return nil
}
