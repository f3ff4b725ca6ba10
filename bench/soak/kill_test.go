package soak

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// TestKillStreaming kills the server amid streams. The next one on the same
// data gives the same answers.
func TestKillStreaming(t *testing.T) {
	data, args := t.TempDir(), model(t)
	s := start(t, data, args)
	want := ask(t, s)
	ended := make(chan error, *streams)
	for n := range *streams {
		go func() {
			_, err := s.Ask(context.Background(), question(n%questions))
			ended <- err
		}()
	}
	<-ended // some are done, others run or wait
	s.Kill()
	cut := 0
	for range *streams - 1 {
		if <-ended != nil {
			cut++
		}
	}
	if cut == 0 {
		t.Fatal("no stream was cut: the server was killed too late to show anything")
	}
	t.Logf("%d of %d streams cut", cut, *streams)

	s = start(t, data, args)
	if got := ask(t, s); got != want {
		t.Errorf("the answers have changed: %q, before %q", got, want)
	}
	leftovers(t, data)
}

// TestKillPacking kills the server while it writes packed weights. The next one
// packs again, and nothing of the first attempt stays.
func TestKillPacking(t *testing.T) {
	spec := gguftest.Spec{Type: gguf.Q4_0, Hidden: 1024, FF: 4096, Layers: 6, Vocab: 8192, Tokenizer: "gpt2", Pre: "llama-bpe"}
	args := "--model=test/random=" + gguftest.LlamaFile(t, spec)
	for range 5 {
		data := t.TempDir()
		if !killWhilePacking(t, data, args) {
			continue // packed before it was seen
		}
		s := start(t, data, args)
		if _, err := s.Ask(t.Context(), question(0)); err != nil {
			t.Fatal(err)
		}
		leftovers(t, data)
		return
	}
	t.Fatal("five servers packed too fast to be killed meanwhile")
}

// killWhilePacking reports whether a partial file was there when it killed the server.
func killWhilePacking(t *testing.T, data, args string) bool {
	s := start(t, data, args)
	answered := make(chan struct{})
	go func() {
		s.Ask(context.Background(), question(0))
		close(answered)
	}()
	for {
		select {
		case <-answered:
			s.Kill()
			return false
		case <-time.After(time.Millisecond):
			if len(partials(t, data)) > 0 {
				s.Kill()
				return len(partials(t, data)) > 0
			}
		}
	}
}

// leftovers wants a data folder without files that were never finished.
func leftovers(t *testing.T, data string) {
	t.Helper()
	if left := partials(t, data); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func partials(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
		if strings.HasSuffix(path, ".partial") {
			paths = append(paths, path)
		}
		return nil // whatever the error: files come and go meanwhile
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
