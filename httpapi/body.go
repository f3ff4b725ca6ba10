package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"plexus"
)

// The limits of a request's body.
const (
	maxBody   = 32 << 20 // bytes
	maxDepth  = 100      // of JSON objects and arrays
	maxValues = 4 << 20  // JSON values, each of which costs memory when decoded
)

// readObject reads the body of c as a JSON object. It is well-formed UTF-8 and
// within the limits. Of keys given twice the last one counts, as in
// JavaScript; an escaped lone surrogate is read as U+FFFD, because
// JSON.stringify sends one for a string cut inside an emoji.
func readObject(c *call) (json.RawMessage, error) {
	r := c.req
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, plexus.Errorf(plexus.CodeIncomplete,
			"Request is missing headers or body: Content-Encoding %.40q is not supported, send the body uncompressed", e)
	}
	if t := r.Header.Get("Content-Type"); !jsonType(t) {
		return nil, plexus.Errorf(plexus.CodeIncomplete,
			"Request is missing headers or body: Content-Type is %.80q and should be \"application/json\"", t)
	}
	data, err := readBody(c)
	if err != nil {
		return nil, err
	}
	if len(data) == 0 {
		return nil, plexus.Errorf(plexus.CodeIncomplete, "Request is missing headers or body: the body is empty")
	}
	return data, checkObject(data)
}

// jsonType accepts JSON, no type at all, and what `curl -d` says when not told
// otherwise: Cloudflare's own examples leave the header out.
func jsonType(contentType string) bool {
	if contentType == "" {
		return true
	}
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "application/json" || t == "application/x-www-form-urlencoded" || strings.HasSuffix(t, "+json"))
}

func readBody(c *call) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(c.ResponseWriter, c.req.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		c.read = true
		// Left in place the deadline would cut the connection in the middle of a
		// long answer.
		_ = http.NewResponseController(c.ResponseWriter).SetReadDeadline(time.Time{})
		return data, nil
	case errors.As(err, &tooLarge):
		return nil, plexus.Errorf(plexus.CodeTooLarge, "Request is too large")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, plexus.Errorf(plexus.CodeTimeout, "Request timeout")
	}
	return nil, plexus.Errorf(plexus.CodeAborted, "Request was aborted").Because(err)
}

// checkObject tells whether data is one JSON object within the limits.
func checkObject(data []byte) error {
	if !utf8.Valid(data) {
		return badBody("it is not valid UTF-8")
	}
	if err := checkSize(data); err != nil {
		return err
	}
	var object json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return badBody(err.Error())
	}
	if bytes.TrimLeft(data, " \t\r\n")[0] != '{' {
		return badBody("it is not an object")
	}
	return nil
}

// checkSize counts brackets and commas outside strings. It need not know
// whether they make up valid JSON.
func checkSize(data []byte) error {
	depth, values, quoted := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case quoted:
			if b == '\\' {
				i++
			} else if b == '"' {
				quoted = false
			}
		case b == '"':
			quoted = true
		case b == '{' || b == '[':
			depth++
			values++
		case b == '}' || b == ']':
			depth--
		case b == ',':
			values++
		}
		if depth > maxDepth {
			return badBody("it is nested too deeply")
		}
		if values > maxValues {
			return plexus.Errorf(plexus.CodeTooLarge, "Request is too large")
		}
	}
	return nil
}

func badBody(why string) error {
	return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: the request body is not usable JSON: %s", why)
}

// field decodes into v the parts of an object that the door itself needs.
func field(data json.RawMessage, v any) error {
	var wrong *json.UnmarshalTypeError
	switch err := json.Unmarshal(data, v); {
	case errors.As(err, &wrong):
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: '/%s' must not be a %.40s",
			strings.ReplaceAll(wrong.Field, ".", "/"), wrong.Value)
	case err != nil:
		return badBody(err.Error())
	}
	return nil
}

func missing(name string) error {
	return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: required properties at '/' are '%s'", name)
}

// renamed words a fault of inputs by the keys that the client used: names are
// pairs of the service's key and the client's.
func renamed(err error, names ...string) error {
	var e *plexus.Error
	if !errors.As(err, &e) || e.Code != plexus.CodeBadInput {
		return err
	}
	var pointers []string
	for i := 0; i < len(names); i += 2 {
		pointers = append(pointers, "'/"+names[i], "'/"+names[i+1])
	}
	r := *e
	r.Message = strings.NewReplacer(pointers...).Replace(e.Message)
	return &r
}
