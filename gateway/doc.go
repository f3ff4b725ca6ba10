// Package gateway is the one path that every request takes: find the model,
// validate the inputs, run, settle the usage.
//
// It may hold the rules of that path. It may not know HTTP, nor how a model is
// loaded or run.
package gateway
