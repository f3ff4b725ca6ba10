package packed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"plexus/tensor"
	"plexus/weights"
)

// errStale reports a cache file that is not the packed form of the model as it is.
var errStale = errors.New("the cache file does not belong to the model")

// openCache maps the cache file of s in dir, which it makes first unless it is there and good.
func openCache(ctx context.Context, dir string, s weights.Source, l *layout, progress Progress) (*tensor.Memory, error) {
	path, err := cachePath(dir, s)
	if err != nil {
		return nil, err
	}
	memory, err := mapCache(path, s, l)
	if err == nil || !rebuild(err) {
		return memory, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	removePartial(dir)
	file, err := lockPartial(ctx, path+partial)
	if err != nil {
		return nil, err
	}
	defer file.Close() // and unlock
	// Another load may have packed the model while this one waited for the lock.
	memory, err = mapCache(path, s, l)
	if err == nil || !rebuild(err) {
		os.Remove(file.Name())
		return memory, err
	}
	if err := makeCache(ctx, file, s, l, progress); err != nil {
		os.Remove(file.Name())
		return nil, fmt.Errorf("cache of %d MB in %s: %w", l.size>>20, dir, err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		os.Remove(file.Name())
		return nil, err
	}
	return mapCache(path, s, l)
}

func rebuild(err error) bool {
	return errors.Is(err, errStale) || errors.Is(err, fs.ErrNotExist)
}

// cachePath names the cache file after the model's path: a new version of a model replaces the old one's
// cache. A model without a path is named after its header.
func cachePath(dir string, s weights.Source) (string, error) {
	path, parts := s.Files()
	name, key := "model", parts[0].Bytes[:parts[0].Header]
	if path != "" {
		path, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		name, key = strings.TrimSuffix(filepath.Base(path), ".gguf"), []byte(path)
	}
	sum := sha256.Sum256(key)
	return filepath.Join(dir, name[:min(len(name), 100)]+"-"+hex.EncodeToString(sum[:6])+".packed"), nil
}

// mapCache maps a cache file, or fails with errStale or fs.ErrNotExist where one must be made.
func mapCache(path string, s weights.Source, l *layout) (*tensor.Memory, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() != int64(l.size) {
		return nil, errStale
	}
	want, err := seal(s, l, file)
	if err != nil {
		return nil, err
	}
	got := make([]byte, len(want))
	if _, err := file.ReadAt(got, 0); err != nil {
		return nil, err
	}
	if !bytes.Equal(got, want) {
		return nil, errStale
	}
	memory, err := tensor.Map(file, l.size)
	if err != nil {
		return nil, err
	}
	memory.Prefetch()
	return memory, nil
}

// makeCache writes the packed model to file and sees it to the disk.
func makeCache(ctx context.Context, file *os.File, s weights.Source, l *layout, progress Progress) error {
	if err := file.Truncate(0); err != nil { // what a killed process may have left
		return err
	}
	if err := file.Truncate(int64(l.size)); err != nil {
		return err
	}
	if err := l.packTo(ctx, file, progress); err != nil {
		return err
	}
	sealed, err := seal(s, l, file)
	if err != nil {
		return err
	}
	if _, err := file.WriteAt(sealed, 0); err != nil {
		return err
	}
	return file.Sync()
}
