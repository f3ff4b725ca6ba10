package workers

import (
	"strings"
	"testing"
)

// The runtime's own word counts where the inspector does not report.
func TestWorkerLogWithoutInspector(t *testing.T) {
	const line = `{"level":"error","source":"server.c++:1","message":"Uncaught exception: failed: no"}`
	var out strings.Builder
	w := &workerLog{log: newLogger(&out), stack: newStackMapper(nil)}
	w.line([]byte(line))
	if out.Len() > 0 {
		t.Errorf("with the inspector, the log has %q", &out)
	}
	w.blind.Store(true)
	w.line([]byte(line))
	if want := "Uncaught exception: failed: no\n"; out.String() != want {
		t.Errorf("without the inspector, the log has %q, want %q", &out, want)
	}
}
