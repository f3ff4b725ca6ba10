package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"plexus/gateway"
)

// cancelling is a terminal whose user presses Ctrl-C at the first word.
type cancelling struct {
	text   strings.Builder
	cancel context.CancelFunc
}

func (c *cancelling) Write(p []byte) (int, error) {
	c.cancel()
	return c.text.Write(p)
}

func TestInterruptedAnswer(t *testing.T) {
	var flags engineFlags
	e, err := flags.open(&globals{}, gateway.Refuse, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer e.fleet.Close()
	ctx, cancel := context.WithCancel(t.Context())
	out := &cancelling{cancel: cancel}
	g := generation{Temperature: 0}
	a, err := g.answer(ctx, e, "@pocket/chat", []message{{"user", "Tell me about edge computing in one paragraph."}}, out)
	if err == nil || ctx.Err() == nil {
		t.Fatalf("the answer ended by itself: %+v", a)
	}
	if a.Response == "" || !strings.HasPrefix(out.text.String(), a.Response) {
		t.Errorf("printed %q, kept %q", out.text.String(), a.Response)
	}
	if status := fail(errors.Join(errInterrupted, err)); status != 130 {
		t.Errorf("exit status %d", status)
	}
}

func TestScreen(t *testing.T) {
	var b strings.Builder
	const text = "a\x1b[2Jb\u009bc\td\r\ne\x00é 😀\x7f"
	if n, err := (screen{&b}).Write([]byte(text)); n != len(text) || err != nil {
		t.Errorf("wrote %d, %v", n, err)
	}
	if want := "a[2Jbc\td\neé 😀"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}
