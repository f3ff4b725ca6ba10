package packed

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// partial ends the name of a cache file that is being written. The file is its own lock: who holds a lock
// on it is its writer, and a lock ends with its process, so one that can be locked was left by a process
// that was killed.
const partial = ".partial"

// lockPartial creates and locks the file at path, waiting while another load holds the lock.
func lockPartial(ctx context.Context, path string) (*os.File, error) {
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, err
		}
		locked, err := tryLock(file)
		// Its last owner may have renamed or removed the file before this lock was had.
		if err == nil && locked && sameFile(file, path) {
			return file, nil
		}
		file.Close()
		if err != nil {
			return nil, err
		}
		if locked {
			continue
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// removePartial removes the partial files in dir that nobody writes any more.
func removePartial(dir string) {
	entries, _ := os.ReadDir(dir) // where it cannot be read, writing to it will say so
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if !strings.HasSuffix(path, partial) || !e.Type().IsRegular() {
			continue
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if locked, err := tryLock(file); err == nil && locked && sameFile(file, path) {
			os.Remove(path)
		}
		file.Close()
	}
}

// sameFile reports whether path still names file.
func sameFile(file *os.File, path string) bool {
	a, err := file.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}
