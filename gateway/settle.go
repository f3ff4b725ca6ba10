package gateway

import (
	"plexus"
	"plexus/meter"
)

// settle puts the neurons into the usage of res, or of its last event. A
// stand-in costs what the model that was asked for costs, so that an
// application meets the bill it will meet in production.
func settle(m plexus.Model, res *plexus.Result) {
	res.Usage.Neurons = meter.Neurons(m.Prices, res.Usage)
	events := res.Events
	if events == nil {
		return
	}
	res.Events = func(yield func(any, error) bool) {
		for event, err := range events {
			if d, ok := event.(*plexus.Delta); ok && err == nil && d.Usage != nil {
				last, usage := *d, *d.Usage
				usage.Neurons = meter.Neurons(m.Prices, usage)
				last.Usage = &usage
				event = &last
			}
			if !yield(event, err) {
				return
			}
		}
	}
}
