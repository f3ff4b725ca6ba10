package workers_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"plexus/workers"
)

// modules is where npm puts the runtime for this platform.
var modules = filepath.Join("node_modules", "@cloudflare", "workerd-"+runtime.GOOS+"-"+
	map[string]string{"amd64": "64", "arm64": "arm64"}[runtime.GOARCH], "bin", "workerd")

func script(t *testing.T, path, text string) {
	t.Helper()
	write(t, path, "#!/bin/sh\n"+text+"\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFindRuntime(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	root := t.TempDir()
	project, cache, bin := filepath.Join(root, "a", "b"), filepath.Join(root, "cache"), filepath.Join(root, "bin")
	// npm of this test installs a runtime of a known date, and counts.
	script(t, filepath.Join(bin, "npm"), `
		echo installing >> `+filepath.Join(root, "installations")+`
		mkdir -p "$3/`+filepath.Dir(modules)+`"
		printf '#!/bin/sh\necho workerd 2026-01-01\n' > "$3/`+modules+`"
		chmod +x "$3/`+modules+`"`)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	if err := os.MkdirAll(project, 0o755); err != nil {
		t.Fatal(err)
	}
	find := func(want, date string) {
		t.Helper()
		var out bytes.Buffer
		r, err := workers.FindRuntime(t.Context(), project, cache, &out)
		if err != nil {
			t.Fatalf("%v\n%s", err, &out)
		}
		if r.Date != date || !strings.HasPrefix(r.Path, filepath.Join(root, want)) {
			t.Errorf("found %+v, want one of %s below %s", r, date, want)
		}
	}
	find("cache", "2026-01-01")
	find("cache", "2026-01-01")
	if log, _ := os.ReadFile(filepath.Join(root, "installations")); string(log) != "installing\n" {
		t.Errorf("installed %q, want once", log)
	}
	if err := os.Remove(filepath.Join(cache, "workerd-1.20261117.1", modules)); err != nil {
		t.Fatal(err)
	}
	find("cache", "2026-01-01") // a damaged installation is replaced
	script(t, filepath.Join(root, "a", modules), "echo workerd 2025-12-01")
	find("a/node_modules", "2025-12-01")
	script(t, filepath.Join(project, modules), "echo workerd 2024-12-01") // too old to use
	find("a/node_modules", "2025-12-01")
	script(t, filepath.Join(project, modules), "echo something else")
	find("a/node_modules", "2025-12-01")
	script(t, filepath.Join(project, modules), "echo workerd 2025-12-02")
	find("a/b/node_modules", "2025-12-02")

	// pnpm's layout.
	if err := os.RemoveAll(filepath.Join(project, "node_modules")); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(project, "node_modules/.pnpm/workerd@1/node_modules")
	script(t, filepath.Join(store, "..", modules), "echo workerd 2025-12-03")
	if err := os.MkdirAll(filepath.Join(store, "workerd"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(store, "workerd"), filepath.Join(project, "node_modules/workerd")); err != nil {
		t.Fatal(err)
	}
	find("a/b/node_modules/.pnpm", "2025-12-03")

	// The same where only wrangler is installed.
	if err := os.RemoveAll(filepath.Join(project, "node_modules")); err != nil {
		t.Fatal(err)
	}
	script(t, filepath.Join(project, "node_modules/.pnpm", modules), "echo workerd 2025-12-04")
	find("a/b/node_modules/.pnpm", "2025-12-04")
}

func TestFindRuntimeWithoutNpm(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := workers.FindRuntime(t.Context(), t.TempDir(), t.TempDir(), &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "npm is not installed") {
		t.Errorf("error %v", err)
	}
}

func TestFindRuntimeKeepsNothingHalfInstalled(t *testing.T) {
	bin, cache := t.TempDir(), t.TempDir()
	script(t, filepath.Join(bin, "npm"), "echo no network; exit 1")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	var out bytes.Buffer
	_, err := workers.FindRuntime(t.Context(), t.TempDir(), cache, &out)
	if err == nil || !strings.Contains(err.Error(), "Is there a network?") || !strings.Contains(out.String(), "no network") {
		t.Errorf("error %v after %q", err, &out)
	}
	if left, _ := os.ReadDir(cache); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDevEndsWhileInstalling(t *testing.T) {
	bin := t.TempDir()
	script(t, filepath.Join(bin, "npm"), "exec sleep 60")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	ctx, cancel := context.WithCancel(t.Context())
	log := &lockedBuffer{}
	ended := make(chan error)
	go func() {
		ended <- workers.Dev(ctx, workers.Options{
			Dir: files(t, map[string]string{"wrangler.jsonc": helloConfig}), Cache: t.TempDir(), Log: log,
		})
	}()
	for !strings.Contains(log.String(), "Installing") {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // until npm runs
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Dev ends with %v", err)
	}
}

// A unix socket has a path of about a hundred bytes at most.
func TestDevInALongTemporaryFolder(t *testing.T) {
	dir := files(t, map[string]string{"wrangler.jsonc": helloConfig, "src/index.ts": `export default { fetch: () => new Response("ok") }`})
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 20))
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	p := develop(t, dir, noAI)
	p.untilAnswers("/", "ok")
}
