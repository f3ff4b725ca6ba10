package workers_test

import (
	"strings"
	"testing"
	"time"
)

// Every way to fail is in the log once, with its place where the runtime knows
// it.
func TestDevLogsExceptions(t *testing.T) {
	const source = `const rows: any = {
  "/string": () => "text",
  "/throw-string": () => { throw "str" },
  "/throw-null": () => { throw null },
  "/throw-object": () => { throw { a: 1 } },
  "/hang": () => new Promise(() => {}),
  "/fetch": async () => { await fetch("http://127.0.0.1:1/") },
  "/error": () => { throw new Error("mine") },
  "/later": (ctx: any) => { ctx.waitUntil((async () => { await 1; throw new Error("late") })()); return new Response("ok") },
};
export default { async fetch(r: Request, env: any, ctx: any) { return rows[new URL(r.url).pathname](ctx) } };`
	p := develop(t, files(t, map[string]string{"wrangler.jsonc": helloConfig, "src/index.ts": source}), noAI)
	for path, want := range map[string]string{
		"/string":       "did not resolve to 'Response'",
		"/throw-string": "Uncaught str",
		"/throw-null":   "Uncaught null",
		"/throw-object": "Uncaught #<Object>",
		"/hang":         "code had hung",
		"/fetch":        "Network connection lost.\n    at src/index.ts:7:27",
		"/error":        "Uncaught Error: mine\n    at /error (src/index.ts:8:27)",
		"/later":        "Uncaught Error: late\n    at src/index.ts:9:73",
	} {
		p.get(path)
		p.untilLogged(want)
	}
	for _, once := range []string{"did not resolve", "str\n", "null\n", "#<Object>", "lost.", "Error: mine", "Error: late"} {
		if n := strings.Count(p.log.String(), once); n != 1 {
			t.Errorf("%q is in the log %d times", once, n)
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
