// Package nn holds the layers that networks are made of: linear maps, rotary
// position embeddings, the paged key/value cache and attention over it,
// attention of encoders, and what it takes to load them.
//
// It may hold numerics that more than one network needs, written as steps of
// an SPMD job: every worker of a kernel.Pool calls the same layer with its own
// *kernel.Worker, and takes a share of the work. It may not hold networks,
// file formats, or anything about requests.
package nn
