package httpapi

import (
	"net/http"
	"strconv"

	"plexus"
)

// A format is how a text generation is written: whole, or as the frames of a
// stream.
type format interface {
	whole(g *plexus.Generation, u plexus.Usage) any
	frames(d *plexus.Delta) []any
}

// infer runs req and writes its result in the call's dialect; pick chooses the
// format of a text generation by the model that was asked for.
func (s *Server) infer(c *call, req *plexus.Request, pick func(plexus.Model) format) error {
	res, err := s.compute(c, req)
	if err != nil {
		return err
	}
	if res.Events != nil {
		return s.stream(c, res, pick(res.Model))
	}
	if res.Body != nil {
		return write(c, http.StatusOK, res.ContentType, res.Body)
	}
	value := res.Value
	if g, ok := value.(*plexus.Generation); ok {
		value = pick(res.Model).whole(g, res.Usage)
	}
	return writeJSON(c, http.StatusOK, c.dialect.success(value))
}

// compute runs req, and notes what is to be known of it in the call and in the
// response's headers.
func (s *Server) compute(c *call, req *plexus.Request) (*plexus.Result, error) {
	req.ID = c.id
	if m, ok := s.Catalog.Find(req.Model); ok {
		c.model = m.ID
	}
	res, err := s.Gateway.Run(c.req.Context(), req)
	if err != nil {
		return nil, err
	}
	if c.standIn = res.StandIn; c.standIn != "" {
		c.Header().Set("plexus-stand-in", c.standIn)
	}
	if res.Events == nil {
		c.usage = res.Usage
		c.Header().Set("cf-ai-neurons", strconv.FormatFloat(float64(res.Usage.Neurons), 'f', 2, 64))
	}
	return res, nil
}

// runFormat is the format of a model's answers on the service's own routes.
func (s *Server) runFormat(c *call) func(plexus.Model) format {
	return func(m plexus.Model) format {
		if m.Form == plexus.ChatCompletion {
			return &completion{id: c.id, model: m.ID, created: s.now().Unix(), native: true}
		}
		return native{}
	}
}
