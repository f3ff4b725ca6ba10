package workers

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// logger writes whole lines to a terminal, or plain ones elsewhere.
type logger struct {
	mu    sync.Mutex
	out   io.Writer
	color bool
}

func newLogger(out io.Writer) *logger {
	l := &logger{out: out}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			l.color = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return l
}

// The colours of a terminal that the log uses.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
)

// paint colours s where the log goes to a terminal.
func (l *logger) paint(color, s string) string {
	if !l.color || color == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

func (l *logger) printf(color, format string, args ...any) {
	text := l.paint(color, strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.out, text)
}
