package httpapi

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// writeJSON writes v. The content type has no charset: the binding parses a
// response only if it says exactly application/json.
func writeJSON(c *call, status int, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	return write(c, status, "application/json", body)
}

func write(c *call, status int, contentType string, body []byte) error {
	h := c.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	c.WriteHeader(status)
	_, err := c.Write(body)
	return err
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
