//go:build unix

package packed_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
	"plexus/weights/packed"
)

// TestMain plays the process that is killed while it packs.
func TestMain(m *testing.M) {
	if path := os.Getenv("PACK_AND_DIE"); path != "" {
		f, err := gguf.Open(path)
		if err != nil {
			panic(err)
		}
		packed.Open(context.Background(), os.Getenv("PACK_DIR"), f, func(done, total int64) {
			if done > total/2 {
				unix.Kill(os.Getpid(), unix.SIGKILL)
				select {}
			}
		})
		panic("survived")
	}
	os.Exit(m.Run())
}

func TestKilled(t *testing.T) {
	dir, path := t.TempDir(), gguftest.LlamaFile(t, gguftest.Spec{})
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, next := range []string{path, gguftest.LlamaFile(t, gguftest.Spec{Seed: 1})} {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), "PACK_AND_DIE="+path, "PACK_DIR="+dir)
		if err := cmd.Run(); err == nil {
			t.Fatal("the process was not killed")
		}
		if names := files(t, dir); len(names) != 1 || !strings.HasSuffix(names[0], ".partial") {
			t.Fatalf("after the kill: %q", names)
		}
		if _, now := load(t, dir, next); !now {
			t.Error("half a file was used")
		}
		if err := os.Remove(cacheFile(t, dir)); err != nil {
			t.Fatal(err)
		}
	}
}

// A partial file that another process is writing is left alone, and waiting for it can be cancelled.
func TestPartialInUse(t *testing.T) {
	dir, path, other := t.TempDir(), gguftest.LlamaFile(t, gguftest.Spec{}), gguftest.LlamaFile(t, gguftest.Spec{Seed: 1})
	load(t, dir, path)
	cache := cacheFile(t, dir)
	if err := os.Rename(cache, cache+".partial"); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(cache+".partial", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := unix.Flock(int(writer.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	load(t, dir, other)
	if names := files(t, dir); len(names) != 2 {
		t.Fatalf("files: %q, want the other model's and the one being written", names)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := packed.Open(ctx, dir, open(t, path), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	// The writer ends: its file becomes the cache.
	if err := os.Rename(cache+".partial", cache); err != nil {
		t.Fatal(err)
	}
	if _, now := load(t, dir, path); now {
		t.Error("packed again")
	}
}
