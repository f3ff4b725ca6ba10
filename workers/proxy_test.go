package workers_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// An error page looks again every second; the log shows its first look only.
func TestDevLogsAnErrorPageOnce(t *testing.T) {
	dir := files(t, map[string]string{"wrangler.jsonc": helloConfig, "src/index.ts": `one.;`})
	p := develop(t, dir, noAI)
	p.untilLogged("src/index.ts:1:4")
	look := func(path string) {
		t.Helper()
		p.get(path, "Sec-Fetch-Mode", "navigate")
		p.untilLogged("GET " + path + " 500")
		for range 3 {
			p.get(path, "Sec-Fetch-Mode", "navigate")
		}
	}
	look("/one")
	write(t, filepath.Join(dir, "src/index.ts"), `three.;`)
	p.untilLogged("src/index.ts:1:6")
	look("/two")
	p.get("/program")
	p.untilLogged("GET /program 500")
	if n := strings.Count(p.log.String(), "GET /"); n != 3 {
		t.Errorf("%d requests are in the log, want one for each error, and that of a program", n)
	}
}

func TestDevLogsWhoLeaves(t *testing.T) {
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts":   `export default { async fetch(request: Request) { await fetch(request.headers.get("gate")!) } }`,
	}), noAI)
	ctx, leave := context.WithCancel(t.Context())
	opened := make(chan struct{})
	defer close(opened)
	gate := localServer(t, func(http.ResponseWriter, *http.Request) {
		leave()
		<-opened
	})
	r, err := http.NewRequestWithContext(ctx, "GET", p.url+"/slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("gate", gate)
	if res, err := http.DefaultClient.Do(r); err == nil {
		res.Body.Close()
		t.Error("the request was answered")
	}
	p.untilLogged("GET /slow left after ")
}
