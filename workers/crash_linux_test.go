package workers_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// runtimes are the processes of workerd that this one has started.
func runtimes(t *testing.T) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(stat)) // pid (name) state parent ...
		if fields[1] == "(workerd)" && fields[2] != "Z" && fields[3] == strconv.Itoa(os.Getpid()) {
			pid, _ := strconv.Atoi(fields[0])
			pids = append(pids, pid)
		}
	}
	return pids
}

func TestDevRestartsWorkerd(t *testing.T) {
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts":   `export default { fetch: () => new Response("ok") }`,
	}), noAI)
	for range 3 {
		p.get("/")
		pids := runtimes(t)
		if len(pids) != 1 {
			t.Fatalf("%d processes of workerd are running", len(pids))
		}
		if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		p.untilAnswers("/", "ok")
	}
	p.untilLogged("workerd ended (signal: killed); restarting it")
	if err := p.end(); err != nil {
		t.Error(err)
	}
	if pids := runtimes(t); len(pids) > 0 {
		t.Errorf("%d processes of workerd are left", len(pids))
	}
}

// A version that is still answering when everything ends is ended too.
func TestDevEndsOlderVersions(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts": `export default { async fetch(request: Request) {
			const gate = request.headers.get("gate")
			if (gate) await fetch(gate)
			return new Response("old")
		} }`,
	})
	p := develop(t, dir, noAI)
	entered, opened := make(chan struct{}), make(chan struct{})
	gate := localServer(t, func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-opened
	})
	defer close(opened)
	go func() {
		request, _ := http.NewRequest("GET", p.url, nil)
		request.Header.Set("gate", gate)
		if res, err := http.DefaultClient.Do(request); err == nil {
			res.Body.Close()
		}
	}()
	<-entered
	write(t, filepath.Join(dir, "src/index.ts"), `export default { fetch: () => new Response("new") }`)
	p.untilAnswers("/", "new")
	if pids := runtimes(t); len(pids) != 2 {
		t.Errorf("%d processes of workerd are running, want both versions", len(pids))
	}
	if err := p.end(); err != nil {
		t.Error(err)
	}
	if pids := runtimes(t); len(pids) > 0 {
		t.Errorf("%d processes of workerd are left", len(pids))
	}
}

// A runtime that ends at once is reported, and not for ever started anew.
func TestDevWithABrokenRuntime(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts":   `export default {}`,
	})
	script(t, filepath.Join(dir, modules), `if [ "$1" = --version ]; then echo workerd 2026-01-01; else exit 3; fi`)
	p := develop(t, dir, noAI)
	if status, body := p.get("/"); status != 500 || !strings.Contains(body, "The Worker does not start. workerd ended: exit status 3") {
		t.Errorf("GET / answers %d %s", status, body)
	}
}

// An answer that ends too early is in the log.
func TestDevLogsBrokenAnswers(t *testing.T) {
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts": `export default { fetch() {
			const { readable, writable } = new IdentityTransformStream()
			const writer = writable.getWriter()
			const run = async () => {
				await writer.write(new TextEncoder().encode("begun"))
				await scheduler.wait(60_000)
			}
			run()
			return new Response(readable)
		} }`,
	}), noAI)
	res, err := http.Get(p.url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.ReadFull(res.Body, make([]byte, len("begun"))); err != nil {
		t.Fatal(err)
	}
	for _, pid := range runtimes(t) {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	p.untilLogged("The Worker broke off: read error during body copy: unexpected EOF")
}
