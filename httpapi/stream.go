package httpapi

import (
	"bytes"
	"net/http"

	"plexus"
)

// stream writes the events of res as server-sent events, each flushed at once,
// and "[DONE]" at the end. An error before the first event is an ordinary
// error response. A later one is written as a frame, the error body of the
// dialect, after which the stream ends without "[DONE]". A client that went
// away ends the loop and with it the work.
func (s *Server) stream(c *call, res *plexus.Result, f format) error {
	w := http.NewResponseController(c.ResponseWriter)
	push := func(data []byte) error {
		if _, err := c.Write(data); err != nil {
			return err
		}
		return w.Flush()
	}

	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	var trailer []byte // the usage, which the engine tells before an error too
	for event, err := range res.Events {
		if err != nil {
			if c.status != 0 && c.req.Context().Err() == nil {
				c.err = err
				if data, err := frameOf(c.dialect.failure(c.public())); err == nil {
					_ = push(data) // err is the one to report
				}
			}
			return err
		}
		frames := []any{event}
		d, ok := event.(*plexus.Delta)
		if ok {
			frames = f.frames(d)
		}
		data, err := frameOf(frames...)
		if err != nil {
			return err
		}
		if ok && d.Usage != nil {
			c.usage, trailer = *d.Usage, data
			continue
		}
		s.startStream(c)
		if err := push(data); err != nil {
			return plexus.Errorf(plexus.CodeAborted, "Request was aborted").Because(err)
		}
	}
	if err := c.req.Context().Err(); err != nil {
		return err
	}
	s.startStream(c)
	if err := push(append(trailer, "data: [DONE]\n\n"...)); err != nil {
		return plexus.Errorf(plexus.CodeAborted, "Request was aborted").Because(err)
	}
	return nil
}

// startStream writes the header, the first time it is called.
func (s *Server) startStream(c *call) {
	if c.status != 0 {
		return
	}
	c.firstToken = s.now().Sub(c.start)
	h := c.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no") // nginx would hold tokens back
	c.WriteHeader(http.StatusOK)
}

// frameOf encodes values as server-sent events.
func frameOf(values ...any) ([]byte, error) {
	var b bytes.Buffer
	for _, v := range values {
		data, err := encode(v)
		if err != nil {
			return nil, err
		}
		b.WriteString("data: ")
		b.Write(data)
		b.WriteString("\n\n")
	}
	return b.Bytes(), nil
}
