package workers

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// traffic charges the calls of env.AI to the requests that made them. The
// binding does not say which request a call belongs to, so a call is charged
// to the one in flight; while there are several, each only gets to know the
// most that it can have cost.
type traffic struct {
	log *logger

	mu       sync.Mutex
	inFlight map[*flight]struct{}
}

// flight is one request to the Worker, while it is answered.
type flight struct {
	neurons float64
	calls   int
	shared  bool // some call may have been another request's
}

func newTraffic(log *logger) *traffic {
	return &traffic{log: log, inFlight: map[*flight]struct{}{}}
}

func (t *traffic) begin() *flight {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := &flight{}
	t.inFlight[f] = struct{}{}
	return f
}

// end returns what the log says of the request's calls, if it made any.
func (t *traffic) end(f *flight) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.inFlight, f)
	switch {
	case f.calls == 0:
		return ""
	case f.shared:
		return fmt.Sprintf(", ≤ %.2f neurons", f.neurons)
	default:
		return fmt.Sprintf(", %.2f neurons", f.neurons)
	}
}

func (t *traffic) current() []*flight {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []*flight
	for f := range t.inFlight {
		all = append(all, f)
	}
	return all
}

func (t *traffic) charge(payers []*flight, neurons float64) {
	if len(payers) == 0 {
		t.log.printf(dim, "AI call outside of a request: %.2f neurons", neurons)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, f := range payers {
		f.neurons += neurons
		f.calls++
		f.shared = f.shared || len(payers) > 1
	}
}

// meter wraps the handler behind env.AI.
func (t *traffic) meter(ai http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payers := t.current()
		ai.ServeHTTP(&meteredWriter{ResponseWriter: w, charge: func(neurons float64) { t.charge(payers, neurons) }}, r)
	})
}

// meteredWriter charges the neurons that pass it: those of the cf-ai-neurons
// header, or those of the usage that ends an event stream. It does so before
// the Worker can see them, hence before the request can end.
type meteredWriter struct {
	http.ResponseWriter
	charge func(neurons float64)
	begun  bool
	stream bool
}

var usageNeurons = regexp.MustCompile(`"neurons":([0-9.eE+-]+)`)

func (w *meteredWriter) WriteHeader(status int) {
	if !w.begun {
		w.begun = true
		w.stream = strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream")
		if neurons, err := strconv.ParseFloat(w.Header().Get("cf-ai-neurons"), 64); err == nil && !w.stream {
			w.charge(neurons)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *meteredWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	if w.stream {
		if found := usageNeurons.FindSubmatch(p); found != nil {
			if neurons, err := strconv.ParseFloat(string(found[1]), 64); err == nil {
				w.charge(neurons)
			}
		}
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap gives http.ResponseController its flushing and its deadlines.
func (w *meteredWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
