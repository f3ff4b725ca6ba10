// Package child runs `plexus serve` as a child process and talks to it as any
// client does. It may hold the process and the client, and nothing that judges
// the answers.
package child

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Build compiles the command into dir and returns the path of the program.
func Build(dir string) (string, error) {
	program := filepath.Join(dir, "plexus")
	build := exec.Command("go", "build", "-o", program, "./cmd/plexus")
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("child: build: %w\n%s", err, out)
	}
	return program, nil
}

// moduleRoot is the folder above the working directory that holds the command.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "cmd/plexus")); err == nil {
			return dir, nil
		}
		dir = filepath.Dir(dir)
	}
	return "", errors.New("child: the source of plexus is not above the working directory")
}

// Server is a running `plexus serve`.
type Server struct {
	URL string

	cmd    *exec.Cmd
	client *http.Client
	log    *buffer
	exited chan struct{}
	status error // of the exit, once exited is closed
}

// Start runs program serve on a free port of the loopback interface, with data
// as its folder and more arguments, and waits until it is ready.
func Start(program, data string, args ...string) (*Server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s := &Server{
		URL:    "http://" + address,
		cmd:    exec.Command(program, append([]string{"serve", "--listen", address, "--data", data}, args...)...),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
		log:    &buffer{},
		exited: make(chan struct{}),
	}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("child: %w", err)
	}
	go func() {
		s.status = s.cmd.Wait()
		close(s.exited)
	}()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		response, err := s.client.Get(s.URL + "/healthz")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return s, nil
			}
		}
		select {
		case <-s.exited:
			return nil, fmt.Errorf("child: serve ended: %v\n%s", s.status, s.log)
		case <-time.After(20 * time.Millisecond):
		}
	}
	s.Kill()
	return nil, fmt.Errorf("child: not ready after 30 s\n%s", s.log)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("child: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// Stop asks the server to end and waits. An exit status but 0 is an error.
func (s *Server) Stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("child: %w", err)
	}
	select {
	case <-s.exited:
	case <-time.After(30 * time.Second):
		s.Kill()
		return fmt.Errorf("child: still running 30 s after SIGTERM\n%s", s.log)
	}
	if s.status != nil {
		return fmt.Errorf("child: serve ended: %w\n%s", s.status, s.log)
	}
	return nil
}

// Kill ends the server without warning and waits.
func (s *Server) Kill() {
	s.cmd.Process.Kill()
	<-s.exited
}

// Log is what the server has printed so far.
func (s *Server) Log() string { return s.log.String() }

// CloseIdle closes the client's connections that no request uses.
func (s *Server) CloseIdle() { s.client.CloseIdleConnections() }

// Resident is the memory that the server has in RAM, in bytes.
func (s *Server) Resident() (int64, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("child: %w", err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("child: no VmRSS")
}

// Metric is the sum of a figure of /metrics over its labels.
func (s *Server) Metric(name string) (float64, error) {
	response, err := s.client.Get(s.URL + "/metrics")
	if err != nil {
		return 0, fmt.Errorf("child: %w", err)
	}
	defer response.Body.Close()
	sum, found := 0.0, false
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), " ")
		if key, _, _ = strings.Cut(key, "{"); key != name {
			continue
		}
		// Label values of these figures hold no spaces.
		x, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("child: %s: %w", name, err)
		}
		sum, found = sum+x, true
	}
	if !found {
		return 0, fmt.Errorf("child: no figure %s", name)
	}
	return sum, nil
}

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
