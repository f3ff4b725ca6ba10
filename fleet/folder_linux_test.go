package fleet

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe in a model's folder is refused. Opening it would wait for a writer.
func TestPipeInFolder(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "config.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := folderAt(dir)
	if !d.has("config.json") {
		t.Error("the pipe is not seen")
	}
	if _, err := d.decodes(); err == nil {
		t.Error("no error")
	}
}
