package workers_test

import (
	"fmt"
	"strings"
	"testing"
)

// The addresses of a site, by html_handling, as Cloudflare documents them.
func TestDevAssets(t *testing.T) {
	site := map[string]string{
		"public/index.html": "home", "public/page.html": "page", "public/dir/index.html": "dir",
		"public/file.txt": "file", "public/404.html": "missing", "secret.txt": "secret",
	}
	tests := []struct {
		assets string
		want   string // path answer, a pair a line
	}{
		{`"directory": "public"`, `
			/ 200 home
			/index 307 /
			/index.html 307 /
			/page 200 page
			/page?q=1 200 page
			/page.html?q=1 307 /page?q=1
			/page/ 307 /page
			/dir 307 /dir/
			/dir/ 200 dir
			/dir/index.html 307 /dir/
			/dir/index 307 /dir/
			/file.txt 200 file
			/none 404 Not Found
			/../secret.txt 404 Not Found
			//example.com/ 404 Not Found`},
		{`"directory": "public", "html_handling": "force-trailing-slash"`, `
			/page 307 /page/
			/page/ 200 page
			/dir/ 200 dir
			/page.html 307 /page/`},
		{`"directory": "public", "html_handling": "drop-trailing-slash"`, `
			/dir 200 dir
			/dir/ 307 /dir
			/page 200 page
			/page/ 307 /page`},
		{`"directory": "public", "html_handling": "none"`, `
			/page 404 Not Found
			/page.html 200 page
			/dir/index.html 200 dir
			/dir/ 404 Not Found`},
		{`"directory": "public", "not_found_handling": "404-page"`, `
			/dir/none 404 missing`},
		{`"directory": "public", "not_found_handling": "single-page-application"`, `
			/app/route 200 home`},
	}
	for _, test := range tests {
		t.Run(test.assets, func(t *testing.T) {
			site["wrangler.json"] = fmt.Sprintf(`{"compatibility_date": "2025-01-01", "assets": {%s}}`, test.assets)
			p := develop(t, files(t, site), noAI)
			for line := range strings.Lines(strings.TrimSpace(test.want)) {
				path, want, _ := strings.Cut(strings.TrimSpace(line), " ")
				if got := p.answer(path); got != want {
					t.Errorf("GET %s answers %q, want %q", path, got, want)
				}
			}
		})
	}
}

func (p *project) answer(path string) string {
	res, body := p.response(path)
	if location := res.Header.Get("Location"); location != "" {
		body = location
	}
	return fmt.Sprintf("%d %s", res.StatusCode, strings.TrimSpace(body))
}

func TestDevAssetsBeforeTheWorker(t *testing.T) {
	contents := map[string]string{
		"public/index.html": "home", "public/api/data.txt": "data",
		"index.js": `export default { async fetch(request, env) {
			const { pathname } = new URL(request.url)
			if (pathname == "/through") return env.ASSETS.fetch("http://any/api/data.txt")
			return new Response("worker " + pathname)
		} }`,
	}
	start := func(date, assets string) *project {
		contents["wrangler.json"] = fmt.Sprintf(`{"main": "index.js", "compatibility_date": %q, "assets": {"directory": "public", "binding": "ASSETS"%s}}`, date, assets)
		return develop(t, files(t, contents), noAI)
	}
	check := func(p *project, path, want string, header ...string) {
		t.Helper()
		if _, got := p.get(path, header...); got != want {
			t.Errorf("GET %s answers %q, want %q", path, got, want)
		}
	}

	p := start("2025-01-01", "")
	check(p, "/", "home")
	check(p, "/api/data.txt", "data")
	check(p, "/through", "data")
	check(p, "/other", "worker /other")

	p = start("2025-01-01", `, "run_worker_first": ["/api/*", "!/api/data.txt"]`)
	check(p, "/", "home")
	check(p, "/api/data.txt", "data")
	check(p, "/api/x", "worker /api/x")

	p = start("2025-01-01", `, "run_worker_first": true`)
	check(p, "/", "worker /")

	p = start("2025-05-01", `, "not_found_handling": "single-page-application"`)
	check(p, "/route", "home", "Sec-Fetch-Mode", "navigate")
	check(p, "/route", "worker /route", "Sec-Fetch-Mode", "cors")
}
