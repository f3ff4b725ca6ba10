package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The committed files are what the generator writes.
func TestGenerated(t *testing.T) {
	for name, want := range files() {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Error(err)
		} else if string(got) != want {
			t.Errorf("%s is not up to date: run go generate", name)
		}
	}
}

// The bytes are those of the GNU assembler.
func TestDotBF16(t *testing.T) {
	for _, c := range []struct {
		b, c, dst int
		want      string
	}{
		{26, 24, 0, "LONG $0x402e9262; WORD $0xc052"},
		{2, 1, 31, "LONG $0x486e6262; WORD $0xf952"},
		{17, 9, 23, "LONG $0x4076c262; WORD $0xf952"},
	} {
		var a asm
		a.dotBF16(c.b, c.c, c.dst)
		if !strings.Contains(a.text.String(), c.want) {
			t.Errorf("Z%d, Z%d, Z%d: %s, want %s", c.c, c.b, c.dst, a.text.String(), c.want)
		}
	}
}
