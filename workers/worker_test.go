package workers_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func TestDevLogsTheWorker(t *testing.T) {
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts": `
			type Thing = { a: number }
			function deep(): never {
				throw new TypeError("boom")
			}
			export default { async fetch(request: Request, env: unknown, ctx: ExecutionContext) {
				const thing: Thing = { a: 1 }
				switch (new URL(request.url).pathname) {
				case "/log": console.log("said", thing, [1, 2]); break
				case "/error": console.error(new Error("shown")); break
				case "/throw": deep()
				case "/later": ctx.waitUntil((async () => { await scheduler.wait(1); deep() })())
				}
				return new Response("ok", { status: 201 })
			} }`,
	}), noAI)
	p.get("/log")
	p.untilLogged("said { a: 1 } [ 1, 2 ]")
	p.untilLogged("GET /log 201 ")
	p.get("/error")
	p.untilLogged("src/index.ts:10:34")
	if status, _ := p.get("/throw"); status != 500 {
		t.Errorf("an exception answers %d, not 500", status)
	}
	p.untilLogged("Uncaught TypeError: boom\n    at deep (src/index.ts:4:11)\n    at fetch (src/index.ts:11:20)")
	before := strings.Count(p.log.String(), "boom")
	p.get("/later")
	p.until("a second exception", func() bool { return strings.Count(p.log.String(), "boom") > before })
}

func TestDevShowsBuildErrors(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts":   "export default {\n  fetch() { return nothing.; }\n}",
	})
	p := develop(t, dir, noAI)
	p.untilLogged("src/index.ts:2:27")
	browser := []string{"Accept", "text/html", "Sec-Fetch-Mode", "navigate"}
	status, page := p.get("/", browser...)
	if status != 500 || !strings.Contains(page, "src/index.ts:2:27") || !strings.Contains(page, "fetch() { return nothing.; }") {
		t.Errorf("a browser gets %d and %s", status, page)
	}
	if status, text := p.get("/"); status != 500 || !strings.Contains(text, "src/index.ts:2:27") || strings.Contains(text, "<html") {
		t.Errorf("curl gets %d and %s", status, text)
	}

	good := `export default { fetch: () => new Response("<h1>good</h1>", { headers: { "content-type": "text/html" } }) }`
	write(t, filepath.Join(dir, "src/index.ts"), good)
	p.untilAnswers("/", "<h1>good</h1>")
	write(t, filepath.Join(dir, "src/index.ts"), good+"\n}")
	p.until("the page of the last good version has a note", func() bool {
		_, page := p.get("/", browser...)
		return strings.HasPrefix(page, "<h1>good</h1>") && strings.Contains(page, "src/index.ts:2:0")
	})
	if _, text := p.get("/"); text != "<h1>good</h1>" {
		t.Errorf("a program gets %s", text)
	}

	write(t, filepath.Join(dir, "src/index.ts"), `throw new Error("at the top"); export default { fetch() {} }`)
	p.untilLogged("The Worker does not start. Uncaught Error: at the top\n  at src/index.ts:1:7")
	if _, text := p.get("/"); text != "<h1>good</h1>" {
		t.Errorf("with a Worker that does not start, a program gets %s", text)
	}
}

func TestDevStreams(t *testing.T) {
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts": `
			export default { async fetch(request: Request) {
				if (request.headers.get("upgrade") == "websocket") {
					const [client, server] = Object.values(new WebSocketPair())
					server.accept()
					server.addEventListener("message", e => server.send("echo " + e.data))
					return new Response(null, { status: 101, webSocket: client })
				}
				const { readable, writable } = new IdentityTransformStream()
				const writer = writable.getWriter(), encoder = new TextEncoder()
				const run = async () => {
					await writer.write(encoder.encode("data: one\n\n"))
					await fetch(request.headers.get("gate")!)
					await writer.write(encoder.encode("data: two\n\n"))
					await writer.close()
				}
				run()
				return new Response(readable, { headers: { "content-type": "text/event-stream" } })
			} }`,
	}), noAI)

	// The second event is sent only once the first has been read here.
	opened := make(chan struct{})
	gate := localServer(t, func(w http.ResponseWriter, r *http.Request) { <-opened })
	r, _ := http.NewRequestWithContext(t.Context(), "GET", p.url, nil)
	r.Header.Set("gate", gate)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() && lines.Text() != "data: one" {
	}
	close(opened)
	for lines.Scan() && lines.Text() != "data: two" {
	}
	if lines.Text() != "data: two" {
		t.Errorf("the stream ended with %q, %v", lines.Text(), lines.Err())
	}

	conn, _, err := websocket.Dial(t.Context(), p.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	conn.Write(t.Context(), websocket.MessageText, []byte("hello"))
	if _, message, err := conn.Read(t.Context()); err != nil || string(message) != "echo hello" {
		t.Errorf("WebSocket: %q, %v", message, err)
	}
}

// A request that is being answered while a new version takes over is answered
// by the old one, to its end.
func TestDevDrains(t *testing.T) {
	source := `export default { async fetch(request: Request) {
		const gate = request.headers.get("gate")
		if (gate) await fetch(gate)
		return new Response("VERSION")
	} }`
	dir := files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts":   strings.Replace(source, "VERSION", "old", 1),
	})
	p := develop(t, dir, noAI)
	entered, opened := make(chan struct{}), make(chan struct{})
	gate := localServer(t, func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-opened
	})
	answered := make(chan string)
	go func() {
		_, body := p.get("/", "gate", gate)
		answered <- body
	}()
	<-entered
	write(t, filepath.Join(dir, "src/index.ts"), strings.Replace(source, "VERSION", "new", 1))
	p.untilAnswers("/", "new")
	close(opened)
	if body := <-answered; body != "old" {
		t.Errorf("the request in flight was answered %q", body)
	}
}

func TestDevConfigurationReachesTheWorker(t *testing.T) {
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": `{
			// comments and trailing commas are fine
			"main": "index.js", "compatibility_date": "2999-01-01", "compatibility_flags": ["nodejs_compat"],
			"vars": { "TEXT": "a \"quoted\"\nline é", "NUMBER": 3, "OBJECT": { "list": [1, null] }, "SECRET": "no" },
			"define": { "BUILD": "'defined'" },
			"alias": { "replaced": "./replacement.js" },
			"rules": [{ "type": "Text", "globs": ["**/*.md"] }],
			"kv_namespaces": [{ "binding": "STORE", "id": "1" }],
		}`,
		".dev.vars":      "SECRET='pa$$word'\n# comment\nexport OTHER=plain # comment\nLINES=\"a\\nb\"\n",
		"greeting.txt":   "hello\n",
		"notes/own.md":   "# own",
		"replacement.js": "export default 'alias'",
		"page.html":      "<p>",
		"data.bin":       "\x00\x01",
		"add.wasm":       "\x00asm\x01\x00\x00\x00",
		"data.json":      `{"from": "json"}`,
		"index.js": `
			import path from "path"
			import { Buffer } from "node:buffer"
			import { EOL } from "os"
			import greeting from "./greeting.txt"
			import page from "./page.html"
			import own from "./notes/own.md"
			import replaced from "replaced"
			import data from "./data.bin"
			import wasm from "./add.wasm"
			import json from "./data.json"
			const assert = require("assert")
			assert(true)
			export default { fetch(request, env) {
				return Response.json({ ...env, path: path.join("a", "..", "b"), buffer: Buffer.from("hi").toString("hex"), EOL,
					greeting, page, data: data.byteLength, wasm: wasm instanceof WebAssembly.Module, json: json.from, BUILD, own, replaced,
					country: request.cf.country, url: request.url, NODE_ENV: process.env.NODE_ENV })
			} }`,
	}), noAI)
	_, body := p.get("/a?b=c;d", "Host", "ignored")
	want := fmt.Sprintf(`{"LINES":"a\nb","NUMBER":3,"OBJECT":{"list":[1,null]},"OTHER":"plain","SECRET":"pa$$word","TEXT":"a \"quoted\"\nline é",`+
		`"path":"b","buffer":"6869","EOL":"\n","greeting":"hello\n","page":"<p>","data":2,"wasm":true,"json":"json","BUILD":"defined","own":"# own","replaced":"alias",`+
		`"country":"US","url":"%s/a?b=c;d","NODE_ENV":"development"}`, p.url)
	if body != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	p.untilLogged(`KV bindings ("kv_namespaces") are not served`)
	p.untilLogged("compatibility_date 2999-01-01 is newer than workerd")
}

// Modules that an older compatibility date does not have by itself.
func TestDevNodeModules(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.jsonc": `{"main": "index.js", "compatibility_date": "2025-01-01", "compatibility_flags": ["nodejs_compat"]}`,
		"index.js": `
			import fs from "fs"
			import { createServer } from "node:http"
			const { EventEmitter } = require("events")
			export default { fetch() {
				fs.writeFileSync("/tmp/x", "written")
				return new Response([fs.readFileSync("/tmp/x", "utf8"), typeof createServer, typeof EventEmitter].join())
			} }`,
	})
	p := develop(t, dir, noAI)
	if _, body := p.get("/"); body != "written,function,function" {
		t.Errorf("GET / answers %s", body)
	}

	write(t, filepath.Join(dir, "wrangler.jsonc"), `{"main": "index.js", "compatibility_date": "2025-01-01"}`)
	p.untilLogged(`"fs" is a module of Node.js. Add "nodejs_compat" to "compatibility_flags"`)
	write(t, filepath.Join(dir, "index.js"), `import "node:path"; export default {}`)
	p.untilLogged(`The Worker does not start. Uncaught Error: No such module "node:path"`)
	p.untilLogged(`Add "nodejs_compat" to "compatibility_flags" for the modules`)
	write(t, filepath.Join(dir, "index.js"), `import "hono"; export default {}`)
	p.untilLogged("Is the package installed? Run `npm install`")
	write(t, filepath.Join(dir, "index.js"), `addEventListener("fetch", () => {})`)
	p.untilLogged("The entry point has no default export")
}

func TestDevCaches(t *testing.T) {
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts": `export default { async fetch() {
			const { default: cache } = caches as unknown as { default: Cache }
			const found = await cache.match("http://x/")
			await cache.put("http://x/", new Response("kept", { headers: { "cache-control": "max-age=60" } }))
			return Response.json([found ?? null, await cache.delete("http://x/")])
		} }`,
	}), noAI)
	if _, body := p.get("/"); body != "[null,false]" {
		t.Errorf("GET / answers %s", body)
	}
}

func localServer(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}
