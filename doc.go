// Package plexus holds the words that every other package speaks: models and
// tasks, requests and results, usage, and errors with the service's own codes.
//
// It may hold domain types and the error table. It may not do I/O, and it
// imports nothing else of this module.
package plexus
