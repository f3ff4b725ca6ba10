package main

import (
	"bytes"
	"io"
	"os"
	"unicode"

	"golang.org/x/term"
)

// stdout is where answers go. On a terminal it drops control characters: what
// a model says must not move the cursor, or worse.
func stdout() io.Writer {
	if term.IsTerminal(int(os.Stdout.Fd())) {
		return screen{os.Stdout}
	}
	return os.Stdout
}

// screen writes whole UTF-8 sequences without control characters.
type screen struct{ w io.Writer }

func (s screen) Write(p []byte) (int, error) {
	visible := bytes.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, p)
	if _, err := s.w.Write(visible); err != nil {
		return 0, err
	}
	return len(p), nil
}
