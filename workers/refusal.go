package workers

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// StartError says that workerd refused a version, and why.
type StartError struct{ Reason string }

func (e *StartError) Error() string { return "The Worker does not start. " + e.Reason }

// servicePrefix is workerd's name for the Worker.
var servicePrefix = regexp.MustCompile(`^service \S+: `)

// startOutput keeps what workerd says on stderr until it has started: should
// it refuse the Worker, that is why.
type startOutput struct {
	mu      sync.Mutex
	lines   []string
	started bool
}

// keep takes a line, unless the Worker has started.
func (o *startOutput) keep(line []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.started && len(o.lines) < 100 {
		o.lines = append(o.lines, string(line))
	}
	return !o.started
}

func (o *startOutput) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.started = true
}

// reason is what was kept as a person would read it, or how the process ended
// if it said nothing.
func (o *startOutput) reason(c *Config, stack *stackMapper, end error) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var reasons []string
	for _, line := range o.lines {
		var entry struct {
			Message string `json:"message"`
		}
		if json.Unmarshal([]byte(line), &entry) == nil {
			line = servicePrefix.ReplaceAllString(entry.Message, "")
		}
		reasons = append(reasons, stack.text(line))
		if strings.Contains(line, `No such module "node:`) && !c.flag("nodejs_compat") {
			reasons = append(reasons, `Add "nodejs_compat" to "compatibility_flags" for the modules of Node.js.`)
		}
	}
	if len(reasons) == 0 {
		return fmt.Sprintf("workerd ended: %v", end)
	}
	return strings.Join(reasons, "\n")
}
