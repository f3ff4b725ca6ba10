package httpapi

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listen serves s on a port of its own until the test ends.
func listen(t *testing.T, s *Server) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewHTTPServer(s, s.Log)
	var done sync.WaitGroup
	done.Go(func() {
		if err := server.Serve(l); err != http.ErrServerClosed {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections() // Shutdown waits for those never used
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		done.Wait()
	})
	return l.Addr().String()
}

// A frame arrives while the model is still at work.
func TestStreamIsFlushed(t *testing.T) {
	addr := listen(t, newServer(t, io.Discard))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res := send(t, ctx, addr, `{"prompt":"forever","stream":true}`)
	defer res.Body.Close()
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	if err != nil || line != "data: {\"response\":\"on \"}\n" {
		t.Errorf("got %q, %v", line, err)
	}
}

// A stream that a panic cut short does not look complete.
func TestPanicInStream(t *testing.T) {
	addr := listen(t, newServer(t, io.Discard))
	res := send(t, t.Context(), addr, `{"prompt":"burst out","stream":true}`)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != io.ErrUnexpectedEOF || !strings.Contains(string(data), "out") || strings.Contains(string(data), "DONE") {
		t.Errorf("got %q, %v", data, err)
	}
}

// Clients that go away at any moment leave nothing behind: Shutdown waits for
// their handlers, goleak for everything else.
func TestCancels(t *testing.T) {
	addr := listen(t, newServer(t, io.Discard))
	r := rand.New(rand.NewPCG(1, 2))
	var clients sync.WaitGroup
	for range 100 {
		patience := time.Duration(r.IntN(50)) * time.Millisecond
		clients.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, "POST", "http://"+addr+runPath, strings.NewReader(`{"prompt":"forever","stream":true}`))
			if err != nil {
				t.Error(err)
				return
			}
			if res, err := http.DefaultClient.Do(req); err == nil {
				_, _ = io.Copy(io.Discard, res.Body) // until the deadline
				res.Body.Close()
			}
		})
	}
	clients.Wait()
}

// The limit on the time to send a body does not cut a longer answer.
func TestStreamOutlivesPatience(t *testing.T) {
	s := newServer(t, io.Discard)
	s.patience = 50 * time.Millisecond
	addr := listen(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 10*s.patience)
	defer cancel()
	res := send(t, ctx, addr, `{"prompt":"forever","stream":true}`)
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); ctx.Err() == nil {
		t.Errorf("the stream ended by itself: %v", err)
	}
}

// A client that sends its body too slowly gets an answer, not a place.
func TestSlowBody(t *testing.T) {
	s := newServer(t, io.Discard)
	s.patience = 50 * time.Millisecond
	addr := listen(t, s)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{", runPath)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusRequestTimeout {
		t.Errorf("status %d", res.StatusCode)
	}
}

// A request whose body nobody reads is answered at once, and does not keep its
// connection for longer than a body may take.
func TestUnreadBody(t *testing.T) {
	patient, hasty := newServer(t, io.Discard), newServer(t, io.Discard)
	hasty.patience = 50 * time.Millisecond
	for name, head := range map[string]string{
		"no route":      "POST /nope HTTP/1.1\r\nHost: localhost\r\n",
		"foreign host":  "POST " + runPath + " HTTP/1.1\r\nHost: evil.com\r\n",
		"no JSON":       "POST " + runPath + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n",
		"GET with body": "GET /healthz HTTP/1.1\r\nHost: localhost\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			read := func(s *Server, until func(*bufio.Reader) error) {
				t.Helper()
				conn, err := net.Dial("tcp", listen(t, s))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if err := conn.SetDeadline(time.Now().Add(patient.patience / 3)); err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(conn, "%sContent-Length: 10\r\n\r\n", head)
				if err := until(bufio.NewReader(conn)); err != nil {
					t.Error(err)
				}
			}
			read(patient, func(r *bufio.Reader) error {
				res, err := http.ReadResponse(r, nil)
				if err == nil {
					res.Body.Close()
				}
				return err
			})
			read(hasty, func(r *bufio.Reader) error {
				_, err := io.ReadAll(r)
				return err
			})
		})
	}
}

// A client that reads nothing is given up once the buffers are full: or else
// Shutdown would wait for its handler in vain.
func TestStalledReader(t *testing.T) {
	s := newServer(t, io.Discard)
	s.patience = 50 * time.Millisecond
	var conn net.Conn
	t.Cleanup(func() { conn.Close() }) // after the server has shut down
	conn, err := net.Dial("tcp", listen(t, s))
	if err != nil {
		t.Fatal(err)
	}
	body := `{"prompt":"say ` + strings.Repeat("a", 16<<20) + `"}`
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", runPath, len(body), body)
}

func send(t *testing.T, ctx context.Context, addr, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "POST", "http://"+addr+runPath, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}
