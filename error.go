package plexus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Code is an error number of the Workers AI service. Clients compare these
// numbers, so they are part of the contract.
// See https://developers.cloudflare.com/workers-ai/platform/errors/.
type Code int

// The service's codes that Plexus answers with.
const (
	CodeInternal       Code = 1000  // anything that is our fault
	CodeInvalidInput   Code = 1001  // prompt and messages are mutually exclusive, ...
	CodeIncomplete     Code = 3003  // missing headers or body
	CodeTooLarge       Code = 3006  // request is too large
	CodeTimeout        Code = 3007  // request timeout
	CodeAborted        Code = 3008  // the client went away
	CodeRateLimited    Code = 3021  // requests per minute
	CodeAccountLimited Code = 3036  // daily neurons used up
	CodeNoCapacity     Code = 3040  // queue full, or no memory for the model now
	CodeInvalidModelID Code = 3042  // the model name is malformed
	CodeBadBase64      Code = 5004  // invalid data type for base64 input
	CodeNoLoRA         Code = 5005  // the model does not support LoRA inference
	CodeBadInput       Code = 5006  // inputs do not match the model's schema
	CodeNoSuchModel    Code = 5007  // no such model or task
	CodeNoJSONStream   Code = 5023  // JSON mode cannot stream
	CodeMethod         Code = 7001  // method not supported for the URI
	CodeNoRoute        Code = 7003  // no such route
	CodeForbidden      Code = 9109  // Host or Origin is not one of ours
	CodeAuthentication Code = 10000 // missing or wrong token
)

var statuses = map[Code]int{
	CodeInternal:       http.StatusInternalServerError,
	CodeInvalidInput:   http.StatusBadRequest,
	CodeIncomplete:     http.StatusBadRequest,
	CodeTooLarge:       http.StatusRequestEntityTooLarge,
	CodeTimeout:        http.StatusRequestTimeout,
	CodeAborted:        http.StatusRequestTimeout,
	CodeRateLimited:    http.StatusTooManyRequests,
	CodeAccountLimited: http.StatusTooManyRequests,
	CodeNoCapacity:     http.StatusTooManyRequests,
	CodeInvalidModelID: http.StatusNotFound,
	CodeBadBase64:      http.StatusBadRequest,
	CodeNoLoRA:         http.StatusMethodNotAllowed,
	CodeBadInput:       http.StatusBadRequest,
	CodeNoSuchModel:    http.StatusBadRequest,
	CodeNoJSONStream:   http.StatusBadRequest,
	CodeMethod:         http.StatusMethodNotAllowed,
	CodeNoRoute:        http.StatusNotFound,
	CodeForbidden:      http.StatusForbidden,
	CodeAuthentication: http.StatusUnauthorized,
}

// Status is the HTTP status that the service sends with the code.
func (c Code) Status() int {
	if s, ok := statuses[c]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Error is an error that a client may see: Code and Message are public, the
// wrapped cause is for the log only.
type Error struct {
	Code    Code
	Message string
	cause   error
}

// Errorf makes an Error with a public message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Because returns a copy of e that wraps cause. The cause is never shown to
// clients.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Error is the text for the log: code, public message and cause.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%d: %s: %v", e.Code, e.Message, e.cause)
	}
	return fmt.Sprintf("%d: %s", e.Code, e.Message)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// AsError returns the Error in err's chain. A context that has ended is
// CodeTimeout or CodeAborted. Any other error becomes CodeInternal with a text
// that says nothing about the cause.
func AsError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return Errorf(CodeTimeout, "Request timeout").Because(err)
	case errors.Is(err, context.Canceled):
		return Errorf(CodeAborted, "Request was aborted").Because(err)
	}
	return Errorf(CodeInternal, "Internal server error").Because(err)
}

// NoSuchModel is the service's answer to an unknown model name.
func NoSuchModel(id string) *Error {
	return Errorf(CodeNoSuchModel, "No such model %s or task", id)
}

// NoCapacity is the service's answer when a bounded queue is full.
func NoCapacity() *Error {
	return Errorf(CodeNoCapacity, "Capacity temporarily exceeded, please try again.")
}
