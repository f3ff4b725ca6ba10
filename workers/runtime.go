package workers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const (
	// pinnedWorkerd is the version that is installed where a project brings
	// none.
	pinnedWorkerd = "1.20261117.1"
	// oldestWorkerd is the first date of the runtime that logs as JSON.
	oldestWorkerd = "2025-07-15"
)

// Runtime is an installed workerd.
type Runtime struct {
	Path string
	Date string // the newest compatibility date that it supports
}

// FindRuntime returns the workerd of the project in dir, looked for in the
// node_modules there and above as Node.js would. Where there is none, it
// installs a pinned version into cache with npm, once, and tells of it on out.
func FindRuntime(ctx context.Context, dir, cache string, out io.Writer) (*Runtime, error) {
	for {
		r, err := openRuntime(ctx, filepath.Join(dir, "node_modules"))
		if err == nil && r.Date >= oldestWorkerd {
			return r, nil
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		break
	}
	home := filepath.Join(cache, "workerd-"+pinnedWorkerd)
	if r, err := openRuntime(ctx, filepath.Join(home, "node_modules")); err == nil {
		return r, nil
	}
	if err := installRuntime(ctx, home, out); err != nil {
		return nil, fmt.Errorf("installing workerd %s: %w", pinnedWorkerd, err)
	}
	return openRuntime(ctx, filepath.Join(home, "node_modules"))
}

// openRuntime finds the executable in the package for this platform, which
// holds it whether or not install scripts have run.
func openRuntime(ctx context.Context, modules string) (*Runtime, error) {
	name, err := runtimePackage()
	if err != nil {
		return nil, err
	}
	program := filepath.Join("@cloudflare", name, "bin", "workerd")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	path, err := firstFile(runtimeFolders(modules), program)
	if err != nil {
		return nil, err
	}
	version, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w", path, err)
	}
	date, ok := strings.CutPrefix(strings.TrimSpace(string(version)), "workerd ")
	if !ok {
		return nil, fmt.Errorf("%s --version: unexpected answer %q", path, version)
	}
	return &Runtime{path, date}, nil
}

// runtimeFolders are where the platform's package can be, with node_modules in
// modules.
func runtimeFolders(modules string) []string {
	// pnpm keeps what workerd depends on beside the real workerd, and links it
	// from a folder of everything, where workerd comes with wrangler.
	folders := []string{modules, filepath.Join(modules, ".pnpm", "node_modules")}
	if real, err := filepath.EvalSymlinks(filepath.Join(modules, "workerd")); err == nil {
		folders = slices.Insert(folders, 1, filepath.Dir(real))
	}
	return folders
}

// firstFile is the path of name in the first of folders that has it.
func firstFile(folders []string, name string) (path string, err error) {
	for _, folder := range folders {
		path = filepath.Join(folder, name)
		if _, err = os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", err
}

func runtimePackage() (string, error) {
	arch := map[string]string{"amd64": "64", "arm64": "arm64"}[runtime.GOARCH]
	if arch == "" {
		return "", fmt.Errorf("there is no workerd for %s", runtime.GOARCH)
	}
	return "workerd-" + runtime.GOOS + "-" + arch, nil
}

// installRuntime installs into a folder aside and renames it, so that an
// interrupted installation leaves nothing half done.
func installRuntime(ctx context.Context, home string, out io.Writer) error {
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.New("npm is not installed: install Node.js, or add workerd to the project")
	}
	if err := os.MkdirAll(filepath.Dir(home), 0o755); err != nil {
		return err
	}
	aside, err := os.MkdirTemp(filepath.Dir(home), "installing-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(aside)
	fmt.Fprintf(out, "Installing workerd %s, once, in %s (about 40 MB to download)\n", pinnedWorkerd, home)
	npm := exec.CommandContext(ctx, "npm", "install", "--prefix", aside, "--fetch-retries=1", "--fetch-retry-mintimeout=1000",
		"--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts", "--progress", "workerd@"+pinnedWorkerd)
	npm.Stdout, npm.Stderr = out, out
	if err := npm.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("npm does not get it (%w). Is there a network? None is needed where workerd is installed in the project", err)
	}
	modules := "node_modules"
	if _, err := openRuntime(ctx, filepath.Join(aside, modules)); err != nil {
		return fmt.Errorf("npm did not install what runs here: %w", err)
	}
	if err = os.Rename(aside, home); err == nil {
		return nil
	}
	if _, there := openRuntime(ctx, filepath.Join(home, modules)); there == nil {
		return nil // another process was faster
	}
	if ctx.Err() != nil {
		return ctx.Err() // then what is there may be sound
	}
	if err := os.RemoveAll(home); err != nil { // what is there is damaged
		return err
	}
	return os.Rename(aside, home)
}
