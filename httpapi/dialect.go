package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"plexus"
)

// A dialect is how one family of clients spells results and errors.
type dialect struct {
	success func(result any) any
	failure func(*plexus.Error) any
}

var (
	// binding is what env.AI reads: bare results, and errors whose
	// internalCode and description make up the message it throws.
	binding = &dialect{
		success: func(result any) any { return result },
		failure: func(e *plexus.Error) any {
			return bindingError{e.Code, "AiError", e.Message, "AiError: " + e.Message}
		},
	}
	// rest is Cloudflare's v4 envelope.
	rest = &dialect{
		success: func(result any) any {
			return envelope{Result: result, Success: true, Errors: []restError{}, Messages: []string{}}
		},
		failure: func(e *plexus.Error) any {
			return envelope{Errors: []restError{{e.Code, restMessage(e)}}, Messages: []string{}}
		},
	}
	// openai is OpenAI's API: bare results, errors in an object.
	openai = &dialect{
		success: func(result any) any { return result },
		failure: func(e *plexus.Error) any {
			return openaiFailure{openaiError{Message: e.Message, Type: openaiType(e), Code: openaiCode(e)}}
		},
	}
)

// dialectOf is the dialect of the errors of a path, matched by a route or not.
func dialectOf(path string) *dialect {
	switch {
	case path == "/run", path == "/ai-gateway/run":
		return binding
	case strings.HasPrefix(path, "/v1/"):
		return openai
	}
	if after, ok := strings.CutPrefix(path, "/client/v4/accounts/"); ok {
		if _, after, _ = strings.Cut(after, "/"); strings.HasPrefix(after, "ai/v1/") {
			return openai
		}
	}
	return rest
}

type bindingError struct {
	InternalCode plexus.Code `json:"internalCode"`
	Name         string      `json:"name"`
	Description  string      `json:"description"`
	Message      string      `json:"message"`
}

type envelope struct {
	Result     any         `json:"result"`
	Success    bool        `json:"success"`
	Errors     []restError `json:"errors"`
	Messages   []string    `json:"messages"`
	ResultInfo *resultInfo `json:"result_info,omitempty"`
}

type restError struct {
	Code    plexus.Code `json:"code"`
	Message string      `json:"message"`
}

// restMessage marks the errors of the AI product as such; those of the API in
// front of it (7001, 7003, 9109, 10000) go without.
func restMessage(e *plexus.Error) string {
	if e.Code >= plexus.CodeMethod {
		return e.Message
	}
	return "AiError: " + e.Message
}

type openaiFailure struct {
	Error openaiError `json:"error"`
}

type openaiError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

func openaiType(e *plexus.Error) string {
	switch status := e.Code.Status(); {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusForbidden:
		return "permission_error"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status >= http.StatusInternalServerError:
		return "server_error"
	}
	return "invalid_request_error"
}

// openaiCode is the service's number, except where OpenAI's clients look for
// a word of their own.
func openaiCode(e *plexus.Error) string {
	if e.Code == plexus.CodeNoSuchModel || e.Code == plexus.CodeInvalidModelID {
		return "model_not_found"
	}
	return strconv.Itoa(int(e.Code))
}
