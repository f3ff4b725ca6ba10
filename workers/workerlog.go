package workers

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
)

// workerLog turns what one version of a Worker says into log lines, with stacks
// that point into its sources.
type workerLog struct {
	log   *logger
	stack *stackMapper
	blind atomic.Bool // the inspector does not tell of exceptions
}

// line handles one line of workerd's structured log: a call of console in the
// Worker, or, where there is a source, a message of the runtime itself.
func (w *workerLog) line(line []byte) {
	var entry struct {
		Level   string `json:"level"`
		Source  string `json:"source"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(line, &entry); err != nil {
		w.log.printf("", "%s", line)
		return
	}
	if entry.Source != "" && strings.HasPrefix(entry.Message, "Uncaught exception") && !w.blind.Load() {
		return // the inspector reports it with its stack
	}
	colors := map[string]string{"error": red, "warn": yellow, "warning": yellow, "debug": dim}
	w.log.printf(colors[entry.Level], "%s", w.stack.text(entry.Message))
}

// exception logs an exception that the Worker did not catch.
func (w *workerLog) exception(text string, frames []frame) {
	w.log.printf(red, "%s", text+w.stack.frames(frames))
}

// lineWriter hands on what is written to it, line by line.
type lineWriter struct {
	mu   sync.Mutex
	rest []byte
	line func([]byte)
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		if len(bytes.TrimSpace(line)) > 0 {
			w.line(line)
		}
		w.rest = rest
	}
}
