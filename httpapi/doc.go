// Package httpapi is the door: it speaks the dialects of the Workers AI
// binding, of the REST API and of OpenAI over one gateway.
//
// It may hold routes, decoding and encoding, and the checks of Host, Origin and
// size. It may not know models, nor metering rules.
package httpapi
