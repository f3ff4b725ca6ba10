package httpapi

import (
	"fmt"
	"net/http"
	"strings"
)

func (s *Server) health(c *call) error {
	return writeJSON(c, http.StatusOK, map[string]string{"status": "ok"})
}

const homePage = `Plexus %s: Workers AI on your own machine.

Ask a model:

  curl http://%s/v1/chat/completions \
    -H 'content-type: application/json' \
    -d '{"model": "@pocket/chat", "messages": [{"role": "user", "content": "What is edge computing?"}]}'

  GET  /v1/models                                  models that answer here
  POST /v1/chat/completions                        OpenAI's API
  POST /client/v4/accounts/{account}/ai/run/{model}  Cloudflare's API
  GET  /client/v4/accounts/{account}/ai/models/search
  POST /run                                        the AI binding of workerd
  GET  /healthz, /metrics
`

// home says what this is: to a browser in words, to a program as JSON.
func (s *Server) home(c *call) error {
	if strings.Contains(c.req.Header.Get("Accept"), "text/html") {
		page := fmt.Sprintf(homePage, s.Version, c.req.Host)
		return write(c, http.StatusOK, "text/plain; charset=utf-8", []byte(page))
	}
	return writeJSON(c, http.StatusOK, map[string]any{
		"name":    "Plexus",
		"version": s.Version,
		"endpoints": map[string]string{
			"openai":     "/v1",
			"cloudflare": accounts,
			"binding":    "/run",
			"health":     "/healthz",
			"metrics":    "/metrics",
		},
	})
}
