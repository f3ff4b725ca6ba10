package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"plexus"
)

// A call is one request being answered: the writer of its response, and what
// the log line and the metrics will say about it.
type call struct {
	http.ResponseWriter
	req     *http.Request
	id      string
	start   time.Time
	route   string // the pattern that matched, or empty
	dialect *dialect

	patience time.Duration // see Server

	read   bool // the body, all of it
	status int  // 0: nothing is written yet
	err    error

	model      string // the catalog's id
	standIn    string
	usage      plexus.Usage
	firstToken time.Duration
}

// begin notes the status, and that the connection ends if the request's body
// was left unread: the server would wait for the rest before it answers.
func (c *call) begin(status int) {
	if c.status != 0 {
		return
	}
	c.status = status
	if c.req.ContentLength != 0 && !c.read {
		c.Header().Set("Connection", "close")
	}
}

// WriteHeader begins the response.
func (c *call) WriteHeader(status int) {
	c.begin(status)
	c.hurry()
	c.ResponseWriter.WriteHeader(status)
}

// Write writes a piece of the response.
func (c *call) Write(p []byte) (int, error) {
	c.begin(http.StatusOK)
	c.hurry()
	return c.ResponseWriter.Write(p)
}

// hurry gives what is written next its time: a client that reads nothing must
// not hold a place in the batch. The limit stays until the next write, so that
// it also holds for what the server flushes after the handler.
func (c *call) hurry() {
	// Not every writer has deadlines.
	_ = http.NewResponseController(c.ResponseWriter).SetWriteDeadline(time.Now().Add(c.patience))
}

// Unwrap is for http.ResponseController.
func (c *call) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// fail writes c.err in the call's dialect, unless the response began already.
func (c *call) fail() {
	e := c.public()
	if c.status != 0 {
		return
	}
	if err := writeJSON(c, e.Code.Status(), c.dialect.failure(e)); err != nil {
		c.err = errors.Join(c.err, err)
	}
}

// public is what the client may know of c.err.
func (c *call) public() *plexus.Error { return plexus.AsError(c.err) }

// finish recovers a panic, and writes the call's log line and metrics.
func (s *Server) finish(c *call) {
	panicked, began := recover(), c.status != 0
	if panicked != nil && panicked != http.ErrAbortHandler {
		c.err = plexus.Errorf(plexus.CodeInternal, "Internal server error")
		s.Log.Error("panic", "id", c.id, "panic", panicked, "stack", string(debug.Stack()))
		c.fail()
	}
	s.metrics.observe(c, s.now().Sub(c.start))
	s.logCall(c)
	if panicked != nil && began {
		panic(http.ErrAbortHandler) // a response cut short must not look complete
	}
}

func (s *Server) logCall(c *call) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("id", c.id),
		slog.String("method", c.req.Method),
		slog.String("path", cut(c.req.URL.Path, 200)),
		slog.Int("status", c.status),
		slog.Duration("took", s.now().Sub(c.start).Round(time.Microsecond)),
	}
	if c.model != "" {
		attrs = append(attrs, slog.String("model", c.model))
	}
	if c.standIn != "" {
		attrs = append(attrs, slog.String("stand_in", c.standIn))
	}
	if c.usage.PromptTokens > 0 {
		attrs = append(attrs,
			slog.Int("prompt_tokens", c.usage.PromptTokens),
			slog.Int("cached_tokens", c.usage.CachedTokens),
			slog.Int("completion_tokens", c.usage.CompletionTokens),
			slog.Float64("neurons", float64(c.usage.Neurons)))
	}
	switch {
	case c.err != nil:
		attrs = append(attrs, slog.Int("code", int(c.public().Code)), slog.String("error", cut(c.err.Error(), 1000)))
		if c.public().Code.Status() >= http.StatusInternalServerError {
			level = slog.LevelError
		}
	case c.route == "/healthz" || c.route == "/metrics":
		level = slog.LevelDebug
	}
	s.Log.LogAttrs(c.req.Context(), level, "request", attrs...)
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n] + "..."
	}
	return s
}
