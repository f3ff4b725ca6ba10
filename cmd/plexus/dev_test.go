package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// devServer is a `plexus dev` in a process of its own.
type devServer struct {
	t   *testing.T
	url string // of the Worker
	cmd *exec.Cmd

	mu  sync.Mutex
	log strings.Builder
}

// startDev runs `plexus dev` on a project.
func startDev(t *testing.T, dir string, args ...string) *devServer {
	t.Helper()
	if testing.Short() {
		t.Skip("needs workerd, which npm installs")
	}
	d := &devServer{t: t, cmd: exec.Command("plexus", append([]string{"dev", dir, "--port=0", "--api=127.0.0.1:0", "--data=" + t.TempDir()}, args...)...)}
	d.cmd.Stderr = os.Stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.cmd.Process.Signal(os.Interrupt)
		d.cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for d.url == "" && lines.Scan() {
		_, d.url, _ = strings.Cut(lines.Text(), "Worker  ")
	}
	go func() {
		for lines.Scan() {
			d.mu.Lock()
			d.log.WriteString(lines.Text() + "\n")
			d.mu.Unlock()
		}
	}()
	return d
}

func (d *devServer) untilLogged(pattern string) {
	d.t.Helper()
	expr := regexp.MustCompile(pattern)
	for range 1000 {
		d.mu.Lock()
		log := d.log.String()
		d.mu.Unlock()
		if expr.MatchString(log) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	d.t.Fatalf("no log line %s in\n%s", pattern, d.log.String())
}

func (d *devServer) post(path, body string) *http.Response {
	d.t.Helper()
	res, err := http.Post(d.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { res.Body.Close() })
	return res
}

func readAll(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// readTimed reads a body, and tells how long after start each piece of it came.
func readTimed(t *testing.T, res *http.Response, start time.Time) (body string, times []time.Duration) {
	t.Helper()
	buf := make([]byte, 1<<20)
	for {
		n, err := res.Body.Read(buf)
		if n > 0 {
			body += string(buf[:n])
			times = append(times, time.Since(start))
		}
		if err == io.EOF {
			return body, times
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// spreads tells whether pieces came while the answer was made, the first well
// before the last: what is held back comes at the end, in however many pieces. On
// a busy machine what is not may look like it, but not in all attempts.
func spreads[T time.Duration | float64](times []T) bool {
	return len(times) > 2 && times[0] < times[len(times)-1]*3/4
}

const attempts = 5

// example is an example's folder, with its packages installed.
func example(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join("..", "..", "examples", name)
	_, err := os.Stat(filepath.Join(dir, "node_modules"))
	need(t, err)
	return dir
}

// need skips a test where `make tools` has not installed what it needs. In CI
// it always has.
func need(t *testing.T, missing error) {
	t.Helper()
	switch {
	case missing == nil:
	case os.Getenv("CI") != "":
		t.Fatal(missing)
	default:
		t.Skipf("%v: see make tools", missing)
	}
}

const question = `{"prompt": "What is edge computing?"}`

// longQuestion takes the pocket model long enough to see its answer arrive.
const longQuestion = "Explain edge computing in one paragraph."

func TestDevDemo(t *testing.T) {
	d := startDev(t, example(t, "ai-demo"))

	var answer struct {
		Response *string
		Usage    map[string]float64
	}
	decoder := json.NewDecoder(d.post("/chat", question).Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Response == nil || *answer.Response == "" || answer.Usage["total_tokens"] != answer.Usage["prompt_tokens"]+answer.Usage["completion_tokens"] || answer.Usage["neurons"] <= 0 {
		t.Errorf("/chat answers %+v", answer)
	}
	d.untilLogged(`POST /chat 200 in \d+ ms, \d+\.\d\d neurons`)

	var res *http.Response
	var stream string
	var times []time.Duration
	for range attempts {
		start := time.Now()
		res = d.post("/chat/stream", fmt.Sprintf(`{"prompt": %q}`, longQuestion))
		if stream, times = readTimed(t, res, start); spreads(times) {
			break
		}
	}
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("/chat/stream has the type %s", got)
	}
	if res.ContentLength != -1 || !spreads(times) {
		t.Errorf("/chat/stream has the length %d, and comes at %v: it is not passed through", res.ContentLength, times)
	}
	frames := strings.Split(strings.TrimSpace(stream), "\n\n")
	for i, frame := range frames {
		data, ok := strings.CutPrefix(frame, "data: ")
		if last := i == len(frames)-1; !ok || last != (data == "[DONE]") || !last && !json.Valid([]byte(data)) {
			t.Errorf("frame %d of %d: %s", i, len(frames), frame)
		}
	}
	if len(frames) < 4 {
		t.Errorf("only %d frames", len(frames))
	}
	d.untilLogged(`POST /chat/stream 200 in \d+ ms, \d+\.\d\d neurons`)

	if text := readAll(t, d.post("/chat/ai-sdk", question)); text == "" || strings.Contains(text, "data:") {
		t.Errorf("/chat/ai-sdk answers %q", text)
	}
	if res := d.post("/chat", "no JSON"); res.StatusCode != 400 {
		t.Errorf("/chat answers %d to what is no JSON", res.StatusCode)
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

// The binding against the server itself.
func TestDevBinding(t *testing.T) {
	d := startDev(t, "testdata/binding")
	res, err := http.Get(d.url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got bytes.Buffer
	if err := json.Indent(&got, []byte(readAll(t, res)), "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteString("\n")
	const golden = "testdata/binding/want.json"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
