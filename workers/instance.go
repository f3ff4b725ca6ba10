package workers

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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

// startInstance writes the version's files under parent and starts workerd on
// them. It returns when the Worker answers; an error that the Worker's own
// code has caused is a *StartError. What the Worker logs goes to logs.
func startInstance(ctx context.Context, r *Runtime, parent string, c *Config, b *Bundle, l layout, logs *logger) (*instance, error) {
	dir, err := os.MkdirTemp(parent, "v")
	if err != nil {
		return nil, err
	}
	l.Worker = filepath.Join(dir, "http.sock")
	l.Name = "worker-" + rand.Text()
	if err := writeVersion(dir, workerdConfig(c, b, l, r.Date), b); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	control, controlWriter, err := os.Pipe()
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	defer control.Close()

	i := &instance{dir: dir, done: make(chan struct{}), idle: make(chan struct{})}
	i.transport = &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", l.Worker)
		},
		DisableCompression:  true,
		MaxIdleConnsPerHost: 64,
	}
	// --experimental lets the configuration name experimental flags, as
	// wrangler does; it turns none of them on. The inspector cannot listen on a
	// unix socket: workerd waits for its port forever.
	i.cmd = exec.Command(r.Path, "serve", "--experimental", "--control-fd=3", "--inspector-addr=127.0.0.1:0", filepath.Join(dir, "config.capnp"))
	i.cmd.ExtraFiles = []*os.File{controlWriter}
	i.cmd.SysProcAttr = alone()
	said := &workerLog{logs, newStackMapper(b.SourceMap)}
	refused := &startOutput{}
	i.cmd.Stdout, i.cmd.Stderr = &lineWriter{line: said.line}, &lineWriter{line: func(line []byte) {
		if !refused.keep(line) {
			said.line(line)
		}
	}}
	err = i.cmd.Start()
	controlWriter.Close()
	if err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("starting workerd: %w", err)
	}
	go func() {
		i.err = i.cmd.Wait()
		i.transport.CloseIdleConnections()
		os.RemoveAll(dir)
		close(i.done)
	}()
	inspector, err := awaitReady(ctx, control)
	if err != nil {
		i.kill()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &StartError{refused.reason(c, said.stack)}
	}
	refused.stop()
	go watchExceptions(fmt.Sprintf("ws://127.0.0.1:%d/%s", inspector, l.Name), i.done, said) // without it only the stacks are missing
	return i, nil
}

func writeVersion(dir, config string, b *Bundle) error {
	for i, m := range b.Modules {
		if err := os.WriteFile(filepath.Join(dir, moduleFile(i)), m.Data, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, "config.capnp"), []byte(config), 0o600)
}

// awaitReady reads workerd's control messages until it listens for requests,
// and returns the port of its inspector.
func awaitReady(ctx context.Context, control *os.File) (inspector int, err error) {
	stop := context.AfterFunc(ctx, func() { control.SetReadDeadline(time.Now()) })
	defer stop()
	lines := bufio.NewScanner(control)
	for lines.Scan() {
		var message struct {
			Event string `json:"event"`
			Port  int    `json:"port"`
		}
		if err := json.Unmarshal(lines.Bytes(), &message); err != nil {
			return 0, fmt.Errorf("workerd's control message: %w", err)
		}
		switch message.Event {
		case "listen-inspector":
			inspector = message.Port
		case "listen":
			return inspector, nil
		}
	}
	return 0, errors.Join(errors.New("workerd ended"), lines.Err())
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
