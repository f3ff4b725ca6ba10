// Package jinja renders the part of the Jinja language
// (https://jinja.palletsprojects.com/en/stable/templates/) that chat templates
// are written in, as the environment of Hugging Face's apply_chat_template has
// it: trim_blocks, lstrip_blocks, loop controls, nothing mutable.
//
// It may hold the language: lexer, parser, values, filters, tests, methods. It
// may not know of messages or models.
//
// Templates come out of model files that strangers made. Values are plain data
// of a closed set of types, so that there is nothing of the host to reach, and
// steps, bytes and nesting are bounded, so that a template ends. The values:
//
//	nil  bool  int64  float64  string  List  *Dict  Undefined  *namespace  *loop  callable
package jinja
