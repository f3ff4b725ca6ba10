package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// newBrowser starts a headless Chromium.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	need(t, err)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.WindowSize(900, 600))
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	do(t, ctx, chromedp.Navigate("about:blank"))
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func look[T any](t *testing.T, ctx context.Context, action chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// untilShown waits for an element that shows some text. The page may load anew
// meanwhile.
func untilShown(t *testing.T, ctx context.Context, selector, text string) {
	t.Helper()
	shown := chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector(%q)?.innerText.includes(%q) ?? false", selector, text))
	for ctx.Err() == nil {
		if ok, err := chromedp.Run(ctx, shown); ok && err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s does not show %q", selector, text)
}

func text(selector string) chromedp.Action[string] {
	return chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q).innerText", selector))
}

// The example's page shows the answer as it arrives.
func TestDevDemoInABrowser(t *testing.T) {
	d := startDev(t, example(t, "ai-demo"))
	ctx := newBrowser(t)
	ask := chromedp.Evaluate[chromedp.Void](`window.start = performance.now(); document.querySelector("button").click()`)
	do(t, ctx,
		chromedp.Navigate(d.url),
		// When each read of the page ends with a piece of the answer, and what it shows before.
		chromedp.Evaluate[chromedp.Void](`window.times = []; window.shown = [];
			const { read } = ReadableStreamDefaultReader.prototype;
			ReadableStreamDefaultReader.prototype.read = async function () {
				shown.push(document.querySelector("#answer").textContent);
				const result = await read.call(this);
				if (!result.done) times.push(performance.now() - start);
				return result;
			}; null`),
		ask,
	)
	untilShown(t, ctx, "#usage", "neurons") // the first answer waits for the Worker to start
	var times []float64
	for range attempts {
		do(t, ctx,
			chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`times.length = shown.length = 0; document.querySelector("#usage").textContent = "";
				document.querySelector("input").value = %q; null`, longQuestion)),
			ask,
		)
		untilShown(t, ctx, "#usage", "neurons")
		if times = look(t, ctx, chromedp.Evaluate[[]float64]("times")); spreads(times) {
			break
		}
	}
	if !spreads(times) {
		t.Errorf("the page reads at %v ms: the answer is held back", times)
	}
	answer := look(t, ctx, text("#answer"))
	if shown := look(t, ctx, chromedp.Evaluate[int]("new Set(shown).size")); answer == "" || shown < 3 {
		t.Errorf("the page shows %q, in %d steps", answer, shown)
	}
	screenshot(t, ctx, "answer.png")
}

// An answer that breaks off says why.
func TestDevDemoErrorInABrowser(t *testing.T) {
	d := startDev(t, example(t, "ai-demo"))
	response, err := os.ReadFile("../../httpapi/testdata/golden/binding/error-in-stream/response.http")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(response), "\n\n")
	ctx := newBrowser(t)
	do(t, ctx,
		chromedp.Navigate(d.url),
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`window.fetch = async () => new Response(%q); document.querySelector("button").click()`, body)),
	)
	untilShown(t, ctx, "#answer", "off\n1000: Internal server error")
}

// Without a good version a browser sees the build error, until it is mended;
// with one it sees that, and a note.
func TestDevBuildErrorInABrowser(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "index.js")
	save := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save(filepath.Join(dir, "wrangler.jsonc"), `{"main": "index.js", "compatibility_date": "2025-01-01"}`)
	save(source, "export default {\n  fetch() {\n    return new Response(\"hello\";\n  },\n};\n")
	d := startDev(t, dir)
	ctx := newBrowser(t)
	do(t, ctx, chromedp.Navigate(d.url))
	untilShown(t, ctx, "pre", "index.js:3:31")
	screenshot(t, ctx, "build-error.png")

	const good = `export default { fetch: () => new Response("<h1>It works</h1><p>A page of the Worker.", { headers: { "content-type": "text/html" } }) }` + "\n"
	save(source, good)
	untilShown(t, ctx, "h1", "It works")
	save(source, good+"}\n")
	d.untilLogged("index.js:2:0")
	do(t, ctx, chromedp.Reload())
	untilShown(t, ctx, "h1", "It works")
	untilShown(t, ctx, "[role=alert]", "index.js:2:0")
	screenshot(t, ctx, "note.png")
}

// screenshot saves what the browser shows, for a person to look at, where
// PLEXUS_SCREENSHOTS names a folder.
func screenshot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	folder := os.Getenv("PLEXUS_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture := look(t, ctx, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(folder, name), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
