package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
)

// tool is a development server under test.
type tool struct {
	name string
	url  string
	args func() []string
	dir  string
}

const (
	plexusPort   = 8917
	wranglerPort = 8927
)

func plexusDev(data string, p *project) tool {
	return tool{"plexus dev", "http://127.0.0.1:" + strconv.Itoa(plexusPort), func() []string {
		return []string{*plexus, "dev", p.dir, "--port", strconv.Itoa(plexusPort), "--api", "127.0.0.1:0", "--data", data}
	}, p.dir}
}

func wranglerDev(p *project) tool {
	return tool{"wrangler dev", "http://127.0.0.1:" + strconv.Itoa(wranglerPort), func() []string {
		return []string{filepath.Join(*modules, ".bin", "wrangler"), "dev", "--ip", "127.0.0.1", "--port", strconv.Itoa(wranglerPort), "--show-interactive-dev-session=false"}
	}, p.dir}
}

func (t tool) start() (*process, error) { return startProcess(t.dir, t.args()...) }

// process is a running command with all that it has started.
type process struct{ cmd *exec.Cmd }

func startProcess(dir string, args ...string) (*process, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "WRANGLER_SEND_METRICS=false", "CLOUDFLARE_CF_FETCH_ENABLED=false")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return &process{cmd}, cmd.Start()
}

func (p *process) end() {
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
	p.cmd.Wait()
}

// api is a running `plexus serve`.
type api struct {
	*process
	address string
}

func serveAPI(data string) (*api, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	address := l.Addr().String()
	l.Close()
	p, err := startProcess(data, *plexus, "serve", "--listen", address, "--data", data)
	if err != nil {
		return nil, err
	}
	a := &api{p, address}
	if err := until("http://"+address+"/client/v4/accounts/local/ai/run/@pocket/chat", `"response"`); err != nil {
		a.end()
		return nil, err
	}
	return a, nil
}
