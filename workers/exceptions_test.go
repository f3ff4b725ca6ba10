package workers_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// Every way to fail is in the log once, with its place where the runtime knows
// it, also where requests fail at the same time.
func TestDevLogsExceptions(t *testing.T) {
	const source = `const rows: any = {
  "/string": () => "text",
  "/nothing": () => {},
  "/throw-string": async () => { await scheduler.wait(20); throw "str" },
  "/throw-null": () => { throw null },
  "/throw-object": () => { throw { a: 1 } },
  "/hang": () => new Promise(() => {}),
  "/fetch": async () => { await fetch("http://127.0.0.1:1/") },
  "/error": async () => { await scheduler.wait(20); throw new Error("mine") },
  "/later": (ctx: any) => { ctx.waitUntil((async () => { await 1; throw new Error("late") })()); return new Response("ok") },
  "/end": (_: any, what: string) => { throw new Error("end of " + what) },
};
export default { async fetch(r: Request, env: any, ctx: any) {
  const url = new URL(r.url)
  return rows[url.pathname](ctx, url.searchParams.get("of"))
} };`
	tests := []struct {
		path  string
		times int
		want  string
		once  string // for each request
	}{
		{"/string", 1, "Incorrect type for Promise: the Promise did not resolve to 'Response'", "did not resolve"},
		{"/nothing", 1, "Incorrect type for Promise: the Promise did not resolve to 'Response'", "did not resolve"},
		{"/throw-string", 1, "Uncaught str", "str\n"},
		{"/throw-string", 10, "Uncaught str", "str\n"},
		{"/throw-null", 1, "Uncaught null", "null\n"},
		{"/throw-object", 1, "Uncaught #<Object>", "#<Object>"},
		{"/hang", 1, "code had hung", "code had hung"},
		{"/hang", 10, "code had hung", "code had hung"},
		{"/string", 10, "Incorrect type for Promise: the Promise did not resolve to 'Response'", "did not resolve"},
		{"/fetch", 1, "Network connection lost.\n    at src/index.ts:8:27", "lost."},
		{"/fetch", 10, "Network connection lost.\n    at src/index.ts:8:27", "lost."},
		{"/error", 1, "Uncaught Error: mine\n    at /error (src/index.ts:9:59)", "Error: mine"},
		{"/error", 10, "Uncaught Error: mine\n    at /error (src/index.ts:9:59)", "Error: mine"},
		{"/later", 1, "Uncaught Error: late\n    at src/index.ts:10:73", "Error: late"},
	}
	p := develop(t, files(t, map[string]string{"wrangler.jsonc": helloConfig, "src/index.ts": source}), noAI)
	for _, test := range tests {
		before := p.log.String()
		var requests sync.WaitGroup
		for range test.times {
			requests.Go(func() { p.get(test.path) })
		}
		requests.Wait()
		end := test.path + strings.Repeat("!", test.times)
		p.get("/end?of=" + url.QueryEscape(end)) // exceptions arrive in order
		p.untilLogged("end of " + end + "\n")
		said := strings.TrimPrefix(p.log.String(), before)
		if n := strings.Count(said, test.once); !strings.Contains(said, test.want) || n != test.times {
			t.Errorf("%s, %d times, should log %q as often; %q is there %d times:\n%s", test.path, test.times, test.want, test.once, n, said)
		}
	}
}

// Code that never ends while it loads does not hold up what is saved next.
func TestDevSavedWhileStarting(t *testing.T) {
	dir := files(t, map[string]string{"wrangler.jsonc": helloConfig, "src/index.ts": `export default { fetch: () => new Response("one") }`})
	p := develop(t, dir, noAI)
	p.untilAnswers("/", "one")
	write(t, dir+"/src/index.ts", `for (;;) {}; export default { fetch: () => new Response("never") }`)
	time.Sleep(500 * time.Millisecond) // long enough for it to be started
	write(t, dir+"/src/index.ts", `export default { fetch: () => new Response("two") }`)
	p.untilAnswers("/", "two")
}
