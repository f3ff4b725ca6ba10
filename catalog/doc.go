// Package catalog says which models exist: their names and aliases, tasks,
// schemas, prices, and where the weights of the installed ones are.
//
// It may hold the embedded catalog of the service and look-ups in it. It may
// not hold code for one particular model, nor open weights.
package catalog
