// Package meter turns usage into neurons, the service's unit of cost.
//
// It may hold prices, quotas and the ledger. It may not know HTTP, nor how a
// model runs.
package meter
