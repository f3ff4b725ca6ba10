package workers_test

import (
	"os"
	"path/filepath"
	"testing"
)

// What is broken from the start, or breaks with a new import, is followed until
// it is mended; so are modules that are not bundled, in folders of their own.
func TestDevFollowsWhatIsBroken(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.jsonc":  helloConfig,
		"src/index.ts":    `import { text } from "./routes/a"; export default { fetch: () => new Response(text) }`,
		"src/routes/a.ts": `export const text = ;`,
		"lib/b.ts":        `export const text = ;`,
		"sql/q.sql":       "SELECT 1",
	})
	p := develop(t, dir, noAI)
	p.untilLogged("src/routes/a.ts:1:20")
	write(t, filepath.Join(dir, "src/routes/a.ts"), `export const text = "one"`)
	p.untilAnswers("/", "one")

	write(t, filepath.Join(dir, "src/index.ts"), `import { text } from "../lib/b"; export default { fetch: () => new Response(text) }`)
	p.untilLogged("lib/b.ts:1:20")
	write(t, filepath.Join(dir, "lib/b.ts"), `export const text = "two"`)
	p.untilAnswers("/", "two")

	write(t, filepath.Join(dir, "src/index.ts"), `import q from "../sql/q.sql"; export default { fetch: () => new Response(q) }`)
	p.untilAnswers("/", "SELECT 1")
	write(t, filepath.Join(dir, "sql/q.sql"), "SELECT 2")
	p.untilAnswers("/", "SELECT 2")
}

func TestDevIgnoresStyles(t *testing.T) {
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts":   `import "./a.css"; export default { fetch: () => new Response("styled") }`,
		"src/a.css":      `p { color: red }`,
	}), noAI)
	p.untilAnswers("/", "styled")
}

// Tools that write a site begin with an empty directory.
func TestDevAssetsDirectoryIsReplaced(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.json": `{"compatibility_date": "2025-01-01", "assets": {"directory": "public"}}`,
		"public/a.txt":  "one",
	})
	p := develop(t, dir, noAI)
	p.untilAnswers("/a.txt", "one")
	if err := os.RemoveAll(filepath.Join(dir, "public")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "public/a.txt"), "two")
	p.untilAnswers("/a.txt", "two")
}
