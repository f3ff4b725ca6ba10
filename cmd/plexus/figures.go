package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"plexus/fleet"
	"plexus/textgen"
)

// fleetFigures shows the loaded models in /metrics.
type fleetFigures struct{ fleet *fleet.Fleet }

type figure struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(fleet.Status) float64
}

func describe(name, help string, kind prometheus.ValueType, of func(fleet.Status) float64) figure {
	return figure{prometheus.NewDesc("plexus_engine_"+name, help, []string{"model"}, nil), kind, of}
}

func stat(of func(textgen.Stats) float64) func(fleet.Status) float64 {
	return func(s fleet.Status) float64 { return of(s.Stats) }
}

var figures = []figure{
	describe("memory_bytes", "Memory of a loaded model's weights and caches.", prometheus.GaugeValue,
		func(s fleet.Status) float64 { return float64(s.Bytes) }),
	describe("active", "Texts being generated.", prometheus.GaugeValue,
		stat(func(s textgen.Stats) float64 { return float64(s.Active) })),
	describe("queued", "Texts waiting for their turn.", prometheus.GaugeValue,
		stat(func(s textgen.Stats) float64 { return float64(s.Queued) })),
	describe("kv_blocks", "Blocks of the KV cache.", prometheus.GaugeValue,
		stat(func(s textgen.Stats) float64 { return float64(s.Blocks) })),
	describe("kv_blocks_used", "Blocks of the KV cache that running texts use.", prometheus.GaugeValue,
		stat(func(s textgen.Stats) float64 { return float64(s.BlocksUsed) })),
	describe("rejected_total", "Requests refused because the model was busy.", prometheus.CounterValue,
		stat(func(s textgen.Stats) float64 { return float64(s.Rejected) })),
	describe("preempted_total", "Times a text gave its KV blocks back to another.", prometheus.CounterValue,
		stat(func(s textgen.Stats) float64 { return float64(s.Preempted) })),
	describe("turns_total", "Forward passes.", prometheus.CounterValue,
		stat(func(s textgen.Stats) float64 { return float64(s.Turns) })),
	describe("busy_seconds_total", "Time spent computing.", prometheus.CounterValue,
		stat(func(s textgen.Stats) float64 { return s.Busy.Seconds() })),
}

// Describe implements prometheus.Collector.
func (fleetFigures) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range figures {
		ch <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (c fleetFigures) Collect(ch chan<- prometheus.Metric) {
	for _, s := range c.fleet.Loaded() {
		for _, f := range figures {
			ch <- prometheus.MustNewConstMetric(f.desc, f.kind, f.of(s), s.Model)
		}
	}
}
