package workers_test

import (
	"os"
	"path/filepath"
	"strings"
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

// A folder is imported by its index, once it has one.
func TestDevFollowsImportedFolders(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.jsonc":      helloConfig,
		"src/index.ts":        `import { text } from "./routes"; export default { fetch: () => new Response(text) }`,
		"src/routes/other.ts": `export const text = "other"`,
	})
	p := develop(t, dir, noAI)
	p.untilLogged(`Could not resolve "./routes"`)
	write(t, filepath.Join(dir, "src/routes/index.ts"), `export { text } from "./other"`)
	p.untilAnswers("/", "other")
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

// Folders that are not there yet are followed as they come.
func TestDevFollowsNewFolders(t *testing.T) {
	dir := files(t, map[string]string{
		"wrangler.jsonc":   `{"main": "src/app/index.ts", "compatibility_date": "2025-01-01"}`,
		"src/app/index.ts": `import { text } from "../lib/deep/a"; export default { fetch: () => new Response(text) }`,
	})
	p := develop(t, dir, noAI)
	p.untilLogged("Could not resolve")
	write(t, filepath.Join(dir, "src/lib/deep/a.ts"), `export const text = "one"`)
	p.untilAnswers("/", "one")
}

// A project may itself lie in a node_modules.
func TestDevFollowsWithinNodeModules(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "node_modules", "project")
	write(t, filepath.Join(dir, "wrangler.jsonc"), helloConfig)
	write(t, filepath.Join(dir, "src/index.ts"), `export default { fetch: () => new Response("one") }`)
	p := develop(t, dir, noAI)
	p.untilAnswers("/", "one")
	write(t, filepath.Join(dir, "src/index.ts"), `export default { fetch: () => new Response("two") }`)
	p.untilAnswers("/", "two")
}

// A folder that cannot be watched is told of. The system has no path as long as
// this one.
func TestDevTellsWhatItCannotFollow(t *testing.T) {
	p := develop(t, files(t, map[string]string{
		"wrangler.jsonc": helloConfig,
		"src/index.ts":   `import "./` + strings.Repeat("a", 300) + `/b"; export default {}`,
	}), noAI)
	p.untilLogged("a go unseen: file name too long.")
	if n := strings.Count(p.log.String(), "go unseen"); n != 1 {
		t.Errorf("that is in the log %d times", n)
	}
}
