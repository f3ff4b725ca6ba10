package workers_test

import (
	"io"
	"net/http"
	"regexp"
	"sync"
	"testing"
)

// fakeAI answers as the service does: JSON with the neurons in a header, and a
// stream with them in its last frame.
func fakeAI(entered chan<- struct{}, opened <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("cf-consn-model-id") {
		case "stream":
			w.Header().Set("Content-Type", "text/event-stream")
			io.WriteString(w, "data: {\"response\":\"hi\"}\n\n")
			http.NewResponseController(w).Flush()
			io.WriteString(w, "data: {\"response\":\"\",\"usage\":{\"neurons\":2.5}}\n\ndata: [DONE]\n\n")
			return
		case "together":
			entered <- struct{}{}
			<-opened
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("cf-ai-neurons", "1.25")
		io.WriteString(w, `{"response":"hi"}`)
	}
}

func TestDevLogsNeurons(t *testing.T) {
	entered, opened := make(chan struct{}), make(chan struct{})
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": `{"main": "index.js", "compatibility_date": "2025-01-01", "ai": {"binding": "AI"}}`,
		"index.js": `export default { async fetch(request, env, ctx) {
			const model = new URL(request.url).pathname.slice(1)
			const run = model => env.AI.run(model, { prompt: "hi" })
			switch (model) {
			case "none": return new Response("no AI")
			case "twice": await run("json"); return Response.json(await run("json"))
			case "stream": return new Response(await run("stream"))
			case "later": ctx.waitUntil(scheduler.wait(200).then(() => run("json"))); return new Response("ok")
			default: return Response.json(await run(model))
			}
		} }`,
	}), fakeAI(entered, opened))
	for path, line := range map[string]string{
		"/none":   `GET /none 200 in \d+ ms\n`,
		"/json":   `GET /json 200 in \d+ ms, 1\.25 neurons\n`,
		"/twice":  `GET /twice 200 in \d+ ms, 2\.50 neurons\n`,
		"/stream": `GET /stream 200 in \d+ ms, 2\.50 neurons\n`,
		"/later":  `AI call outside of a request: 1\.25 neurons\n`,
	} {
		p.get(path)
		p.until("a log line "+line, func() bool { return regexp.MustCompile(line).MatchString(p.log.String()) })
	}

	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { p.get("/together") })
	}
	<-entered
	<-entered
	close(opened)
	both.Wait()
	p.until("two requests at once share their cost", func() bool {
		return len(regexp.MustCompile(`GET /together 200 in \d+ ms, ≤ `).FindAllString(p.log.String(), -1)) > 0
	})
}
