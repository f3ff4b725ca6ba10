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
	"time"
)

// startInstance writes the version's files under parent and starts workerd on
// them. It returns when the Worker answers; where workerd refuses the Worker,
// the error is a *StartError. What the Worker says goes to logs.
func startInstance(ctx context.Context, r *Runtime, parent string, c *Config, b *Bundle, l layout, logs *logger) (*instance, error) {
	dir, err := os.MkdirTemp(parent, "v")
	if err != nil {
		return nil, err
	}
	l.Worker, l.Name = filepath.Join(dir, "http.sock"), "worker-"+rand.Text()
	said := &workerLog{log: logs, stack: newStackMapper(b.SourceMap)}
	refused := &startOutput{}
	i := &instance{dir: dir, done: make(chan struct{}), idle: make(chan struct{}), transport: unixTransport(l.Worker)}
	control, err := i.launch(r, workerdConfig(c, b, l, r.Date), b.Modules, said, refused)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	defer control.Close()
	inspector, err := awaitReady(ctx, control)
	if err != nil {
		i.kill()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &StartError{refused.reason(c, said.stack, i.err)}
	}
	refused.stop()
	go func() {
		watchExceptions(fmt.Sprintf("ws://127.0.0.1:%d/%s", inspector, l.Name), i.done, said)
		said.blind.Store(true) // what the runtime itself says must do, without stacks
	}()
	return i, nil
}

// launch starts the process. It returns the pipe on which workerd tells what
// it listens on.
func (i *instance) launch(r *Runtime, config string, modules []Module, said *workerLog, refused *startOutput) (*os.File, error) {
	if err := writeVersion(i.dir, config, modules); err != nil {
		return nil, err
	}
	control, controlWriter, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer controlWriter.Close()
	// --experimental lets the configuration name experimental flags, as
	// wrangler does; it turns none of them on. The inspector cannot listen on a
	// unix socket: workerd waits for its port forever.
	i.cmd = exec.Command(r.Path, "serve", "--experimental", "--control-fd=3", "--inspector-addr=127.0.0.1:0", filepath.Join(i.dir, configFile))
	i.cmd.ExtraFiles = []*os.File{controlWriter}
	i.cmd.SysProcAttr = alone()
	i.cmd.Stdout = &lineWriter{line: said.line}
	i.cmd.Stderr = &lineWriter{line: func(line []byte) {
		if !refused.keep(line) {
			said.line(line)
		}
	}}
	if err := i.cmd.Start(); err != nil {
		control.Close()
		return nil, fmt.Errorf("starting workerd: %w", err)
	}
	go func() {
		i.err = i.cmd.Wait()
		i.transport.CloseIdleConnections()
		os.RemoveAll(i.dir)
		close(i.done)
	}()
	return control, nil
}

const configFile = "config.capnp"

func writeVersion(dir, config string, modules []Module) error {
	for i, m := range modules {
		if err := os.WriteFile(filepath.Join(dir, moduleFile(i)), m.Data, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(dir, configFile), []byte(config), 0o600)
}

// unixTransport reaches the server at a unix socket, whatever the address.
func unixTransport(socket string) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
		DisableCompression:  true,
		MaxIdleConnsPerHost: 64,
	}
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
