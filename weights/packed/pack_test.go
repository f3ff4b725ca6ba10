package packed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"plexus/weights/gguf"
	"plexus/weights/gguf/gguftest"
)

// fullDisk fails as a full disk does, after some bytes.
type fullDisk struct{ io.WriterAt }

func (fullDisk) WriteAt(p []byte, offset int64) (int, error) {
	if offset > 1<<20 {
		return 0, syscall.ENOSPC
	}
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	var b bytes.Buffer
	if err := gguftest.Llama(&b, gguftest.Spec{}); err != nil {
		t.Fatal(err)
	}
	f, err := gguf.Parse(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLayout(f)
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	err = l.packTo(context.Background(), fullDisk{}, func(done, total int64) { last = total - done })
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v, want ENOSPC", err)
	}
	if last == 0 {
		t.Error("progress reached the end")
	}
}
