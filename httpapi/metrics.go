package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the door's own figures. Labels take values from the routes and
// the catalog only, never from a client.
type metrics struct {
	handler    http.Handler
	requests   *prometheus.CounterVec   // route, model, code
	seconds    *prometheus.HistogramVec // route
	firstToken *prometheus.HistogramVec // model
	tokens     *prometheus.CounterVec   // model, kind
	neurons    *prometheus.CounterVec   // model
	streams    prometheus.Gauge
}

func newMetrics(others []prometheus.Collector) *metrics {
	buckets := prometheus.ExponentialBuckets(0.001, 2, 18) // 1 ms to 131 s
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plexus_requests_total", Help: "Requests answered.",
		}, []string{"route", "model", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "plexus_request_seconds", Help: "Time to answer a request, streams to their end.", Buckets: buckets,
		}, []string{"route"}),
		firstToken: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "plexus_first_token_seconds", Help: "Time to the first token of a stream.", Buckets: buckets,
		}, []string{"model"}),
		tokens: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plexus_tokens_total", Help: "Tokens read (prompt), reused (cached) and generated (completion).",
		}, []string{"model", "kind"}),
		neurons: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plexus_neurons_total", Help: "Neurons that requests cost.",
		}, []string{"model"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "plexus_streams", Help: "Streams being written now.",
		}),
	}
	r := prometheus.NewRegistry()
	r.MustRegister(m.requests, m.seconds, m.firstToken, m.tokens, m.neurons, m.streams,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.MustRegister(others...)
	m.handler = promhttp.HandlerFor(r, promhttp.HandlerOpts{})
	return m
}

func (m *metrics) serve(c *call) error {
	m.handler.ServeHTTP(c, c.req)
	return nil
}

func (m *metrics) observe(c *call, took time.Duration) {
	m.requests.WithLabelValues(c.route, c.model, strconv.Itoa(c.status)).Inc()
	m.seconds.WithLabelValues(c.route).Observe(took.Seconds())
	if c.firstToken > 0 {
		m.firstToken.WithLabelValues(c.model).Observe(c.firstToken.Seconds())
	}
	if c.usage.PromptTokens > 0 {
		m.tokens.WithLabelValues(c.model, "prompt").Add(float64(c.usage.PromptTokens))
		m.tokens.WithLabelValues(c.model, "cached").Add(float64(c.usage.CachedTokens))
		m.tokens.WithLabelValues(c.model, "completion").Add(float64(c.usage.CompletionTokens))
		m.neurons.WithLabelValues(c.model).Add(float64(c.usage.Neurons))
	}
}
