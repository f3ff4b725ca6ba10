package kernel

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	counters = 16                    // Each calls between two barriers
	idleSpin = 50 * time.Microsecond // how long a worker looks for the next job before it sleeps
)

// Pool runs jobs on several workers at once, each executing the same code on
// its share (SPMD): a forward pass is one job in which the workers meet at
// barriers, which costs far less than handing out a goroutine for each loop.
// The caller of Run is worker 0.
//
// Work is handed out in small pieces as workers ask for it, so that a worker
// whose core another process has taken holds up the others by one piece only.
// For the same reason no thread is pinned: the operating system may move it.
type Pool struct {
	turn    sync.Mutex // one job at a time
	workers []*Worker
	job     func(*Worker)
	epoch   atomic.Uint32 // counts jobs; a change wakes the workers
	closed  bool

	running atomic.Int32 // workers still in the job
	failure atomic.Pointer[failure]

	_       [64]byte
	arrived atomic.Int32 // workers at the barrier
	_       [60]byte
	passed  atomic.Uint32 // barriers passed
	_       [60]byte
	next    [counters]counter
}

// counter is the next element of an Each loop, alone on its cache line.
type counter struct {
	atomic.Int64
	_ [56]byte
}

// failure is the first panic of a job.
type failure struct {
	value any
	stack []byte
}

// Worker is one of a pool's workers, valid during a job.
type Worker struct {
	ID    int // 0 to Threads-1
	pool  *Pool
	loop  int // Each calls since the last barrier
	sleep atomic.Bool
	wake  chan struct{}
}

// NewPool starts a pool; with threads below 1 it has one worker for each
// processor that Go may use.
func NewPool(threads int) *Pool {
	if threads < 1 {
		threads = runtime.GOMAXPROCS(0)
	}
	p := &Pool{}
	for id := range threads {
		p.workers = append(p.workers, &Worker{ID: id, pool: p, wake: make(chan struct{}, 1)})
	}
	for _, w := range p.workers[1:] {
		go w.serve()
	}
	return p
}

// Threads is the number of workers.
func (p *Pool) Threads() int { return len(p.workers) }

// Close stops the workers once the job in progress is done. Run may not be
// called afterwards.
func (p *Pool) Close() {
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	p.start(nil)
	p.await()
}

// Run executes job on every worker and returns when all are done. Jobs of
// concurrent callers take turns. A panic in the job ends it on all workers and
// is raised again here; the pool stays usable. A job may not call Run.
func (p *Pool) Run(job func(w *Worker)) {
	p.turn.Lock()
	defer p.turn.Unlock()
	if p.closed {
		panic("kernel: Run on a closed pool")
	}
	p.start(job)
	p.workers[0].run(job)
	p.await()
	failed := p.failure.Swap(nil)
	p.reset()
	if failed != nil {
		panic(fmt.Sprintf("kernel: a job panicked: %v\n\n%s", failed.value, failed.stack))
	}
}

// start hands job to the workers other than 0; nil ends them.
func (p *Pool) start(job func(*Worker)) {
	p.job = job
	p.running.Store(int32(len(p.workers) - 1))
	p.epoch.Add(1)
	for _, w := range p.workers[1:] {
		if w.sleep.CompareAndSwap(true, false) {
			w.wake <- struct{}{}
		}
	}
}

// await waits for the workers other than 0.
func (p *Pool) await() {
	for i := 0; p.running.Load() > 0; i++ {
		relax(i)
	}
}

// reset prepares the loops and the barrier for the next phase; nobody is in either.
func (p *Pool) reset() {
	for i := range p.next {
		p.next[i].Store(0)
	}
	p.arrived.Store(0)
}

// serve runs the pool's jobs on a worker's own goroutine.
func (w *Worker) serve() {
	for epoch := uint32(0); ; epoch++ {
		w.awaitJob(epoch)
		job := w.pool.job
		if job != nil {
			w.run(job)
		}
		w.pool.running.Add(-1)
		if job == nil {
			return
		}
	}
}

// awaitJob returns when the pool's epoch is no longer the given one.
func (w *Worker) awaitJob(epoch uint32) {
	current := &w.pool.epoch
	begin := time.Now()
	for i := 1; current.Load() == epoch; i++ {
		relax(i)
		if i%64 == 0 && time.Since(begin) > idleSpin {
			break
		}
	}
	for current.Load() == epoch {
		w.sleep.Store(true)
		// A job that started before sleep was set sends no wake-up, one that
		// started after it does, even if the worker sees it here first.
		if current.Load() != epoch && w.sleep.CompareAndSwap(true, false) {
			return
		}
		<-w.wake
	}
}

// run executes the job and turns its panic into the pool's failure. A fault in
// mapped weights, whose file was cut or whose disk is gone, is such a panic.
func (w *Worker) run(job func(*Worker)) {
	w.loop = 0
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if value := recover(); value != nil && value != (aborted{}) {
			w.pool.failure.CompareAndSwap(nil, &failure{value, debug.Stack()})
		}
	}()
	job(w)
}

// Threads is the number of workers of the pool.
func (w *Worker) Threads() int { return len(w.pool.workers) }

// aborted unwinds a worker after another one has panicked.
type aborted struct{}

// Each calls f with pieces [lo,hi) of [0,n), chunk long but for the last, that
// cover it once over all workers. Every worker of a job makes the same sequence of Each
// calls. Each does not wait for the others: what they wrote may be read only
// after a Barrier.
func (w *Worker) Each(n, chunk int, f func(lo, hi int)) {
	chunk = max(chunk, 1)
	if w.loop == counters {
		w.Barrier()
	}
	next := &w.pool.next[w.loop]
	w.loop++
	for {
		lo := int(next.Add(int64(chunk))) - chunk
		if lo >= n {
			return
		}
		f(lo, min(lo+chunk, n))
	}
}

// Barrier returns when every worker has called it. Everything that any worker
// wrote before is then visible.
func (w *Worker) Barrier() {
	p := w.pool
	w.loop = 0
	passed := p.passed.Load()
	if int(p.arrived.Add(1)) == len(p.workers) {
		p.reset()
		p.passed.Add(1)
		return
	}
	for i := 0; p.passed.Load() == passed; i++ {
		if p.failure.Load() != nil {
			panic(aborted{})
		}
		relax(i)
	}
}

// relax passes the time in round i of a wait: a while on the processor, since
// the others are about to arrive, then letting other goroutines and threads run.
func relax(i int) {
	if i < 1000 {
		pause()
	} else {
		runtime.Gosched()
		yield()
	}
}
