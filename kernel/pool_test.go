package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"plexus/tensor"
)

func TestPoolCoversOnce(t *testing.T) {
	defer goleak.VerifyNone(t)
	for _, threads := range []int{1, 2, 3, 8} {
		p := NewPool(threads)
		if p.Threads() != threads {
			t.Fatalf("%d threads, want %d", p.Threads(), threads)
		}
		for _, n := range []int{0, 1, 7, 100} {
			for _, chunk := range []int{0, 1, 3, 200} {
				seen := make([]atomic.Int32, n)
				p.Run(func(w *Worker) {
					w.Each(n, chunk, func(lo, hi int) {
						for i := lo; i < hi; i++ {
							seen[i].Add(1)
						}
					})
				})
				for i := range seen {
					if c := seen[i].Load(); c != 1 {
						t.Fatalf("%d threads, %d by %d: element %d seen %d times", threads, n, chunk, i, c)
					}
				}
			}
		}
		p.Close()
		p.Close()
	}
}

// What one worker wrote before a barrier, every other reads after it; the plain
// ints make the race detector a witness. More loops than counters follow each
// other without a barrier.
func TestPoolBarrier(t *testing.T) {
	const n, rounds = 50, 40
	p := NewPool(4)
	defer p.Close()
	for range 20 {
		x, y := make([]int, n), make([]int, n)
		p.Run(func(w *Worker) {
			for range rounds {
				w.Each(n, 3, func(lo, hi int) {
					for i := lo; i < hi; i++ {
						y[i] = x[(i+17)%n] + 1
					}
				})
				w.Barrier()
				w.Each(n, 3, func(lo, hi int) { copy(x[lo:hi], y[lo:hi]) })
				w.Barrier()
			}
			for range 3 * counters {
				w.Each(0, 1, func(int, int) {})
			}
		})
		for i, v := range x {
			if v != rounds {
				t.Fatalf("element %d is %d, want %d", i, v, rounds)
			}
		}
	}
}

func TestPoolRunsTakeTurns(t *testing.T) {
	p := NewPool(2)
	defer p.Close()
	var inside, total atomic.Int32
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 50 {
				p.Run(func(w *Worker) {
					if inside.Add(1) > 2 {
						t.Error("two jobs at once")
					}
					w.Barrier()
					total.Add(1)
					inside.Add(-1)
				})
			}
		})
	}
	callers.Wait()
	if n := total.Load(); n != 8*50*2 {
		t.Errorf("%d turns, want %d", n, 8*50*2)
	}
}

func TestPoolWakesAfterSleep(t *testing.T) {
	p := NewPool(3)
	defer p.Close()
	for range 5 {
		time.Sleep(5 * time.Millisecond)
		var ran atomic.Int32
		p.Run(func(w *Worker) { ran.Add(1); w.Barrier() })
		if ran.Load() != 3 {
			t.Fatalf("%d workers ran", ran.Load())
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for _, w := range p.workers[1:] {
		for !w.sleep.Load() {
			if time.Now().After(deadline) {
				t.Fatal("a worker without work does not sleep")
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func TestPoolPanic(t *testing.T) {
	defer goleak.VerifyNone(t)
	p := NewPool(3)
	defer p.Close()
	for id := range 3 {
		for range 20 {
			message := func() (message string) {
				defer func() { message, _ = recover().(string) }()
				p.Run(func(w *Worker) {
					w.Barrier()
					if w.ID == id {
						panic("out of cheese")
					}
					w.Barrier()
				})
				return ""
			}()
			if !strings.Contains(message, "out of cheese") || !strings.Contains(message, "TestPoolPanic") {
				t.Fatalf("worker %d: the caller saw %q", id, message)
			}
			var ran atomic.Int32
			p.Run(func(w *Worker) {
				w.Each(10, 1, func(lo, hi int) { ran.Add(1) })
				w.Barrier()
			})
			if ran.Load() != 10 {
				t.Fatalf("after the panic %d of 10 pieces ran", ran.Load())
			}
		}
	}
}

func BenchmarkPool(b *testing.B) {
	p := NewPool(0)
	defer p.Close()
	b.Run("barrier", func(b *testing.B) {
		p.Run(func(w *Worker) {
			for range b.N {
				w.Barrier()
			}
		})
	})
	b.Run("each", func(b *testing.B) {
		p.Run(func(w *Worker) {
			for range b.N {
				w.Each(16, 1, func(lo, hi int) {})
				w.Barrier()
			}
		})
	})
	b.Run("run", func(b *testing.B) {
		for b.Loop() {
			p.Run(func(w *Worker) {})
		}
	})
}

// A mapped file that shrinks while a product reads it is a panic of the job,
// also from assembly, and not the end of the process.
func TestPoolFault(t *testing.T) {
	const rows, cols = 64, 1024
	size, err := Size(F32, rows, cols)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "weights")
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	memory, err := tensor.Map(file, size)
	if err != nil {
		t.Skip(err) // not every system maps files
	}
	defer memory.Free()
	m, err := NewMatrix(F32, rows, cols, memory.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	p := NewPool(2)
	defer p.Close()
	in, y := NewInput(1, cols, F32), make([]float32, rows)
	in.Set(0, make([]float32, cols), cols, 1)
	func() {
		defer func() {
			if v := fmt.Sprint(recover()); !strings.Contains(v, "invalid memory address") {
				t.Errorf("the job ended with %.60q, want a fault", v)
			}
		}()
		p.Run(func(w *Worker) {
			w.Each(m.Panels(), 1, func(lo, hi int) { m.Mul(y, rows, in, lo, hi) })
			w.Barrier()
		})
	}()
	ran := false
	p.Run(func(w *Worker) {
		if w.ID == 0 {
			ran = true
		}
	})
	if !ran {
		t.Error("the pool does not run after a fault")
	}
}
