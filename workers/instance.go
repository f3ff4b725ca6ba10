package workers

import (
	"context"
	"net/http"
	"os/exec"
	"sync"
	"time"
)

// instance is one workerd that runs one version of a Worker.
type instance struct {
	dir       string // of its own, removed at the end
	cmd       *exec.Cmd
	transport *http.Transport // reaches the Worker, whatever the address
	done      chan struct{}   // closed when the process has ended and err is set
	err       error

	mu       sync.Mutex
	requests int           // in flight
	retired  bool          // takes no more requests
	idle     chan struct{} // closed when retired and without requests
}

// acquire counts a request in, unless the instance is retired or dead.
func (i *instance) acquire() bool {
	select {
	case <-i.done:
		return false
	default:
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.retired {
		return false
	}
	i.requests++
	return true
}

func (i *instance) release() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.requests--
	if i.retired && i.requests == 0 {
		close(i.idle)
	}
}

// retire takes no more requests, lets those in flight finish for a while at
// most, and ends the process.
func (i *instance) retire(ctx context.Context, while time.Duration) {
	i.mu.Lock()
	if !i.retired {
		i.retired = true
		if i.requests == 0 {
			close(i.idle)
		}
	}
	i.mu.Unlock()
	select {
	case <-i.idle:
	case <-i.done:
	case <-ctx.Done():
	case <-time.After(while):
	}
	i.kill()
}

// kill ends the process at once and waits for its end.
func (i *instance) kill() {
	i.cmd.Process.Kill()
	<-i.done
}
