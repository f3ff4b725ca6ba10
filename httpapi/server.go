package httpapi

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"plexus/catalog"
	"plexus/gateway"
)

// Config is what a Server needs.
type Config struct {
	Gateway *gateway.Gateway
	Catalog *catalog.Catalog
	Log     *slog.Logger
	Version string

	// Hosts are names, beside the loopback ones, that clients may use in the
	// Host and Origin headers.
	Hosts []string
	// Collectors are figures of the engine that /metrics shows too.
	Collectors []prometheus.Collector
}

// A Server is the http.Handler of the whole API. Every response carries
// cf-ai-req-id; every request is logged once, when it has been answered.
type Server struct {
	Config
	mux     *http.ServeMux
	metrics *metrics

	newID    func() string
	now      func() time.Time
	patience time.Duration // for a client to send its body, or to accept a piece of the response
}

// New returns the API's handler.
func New(c Config) *Server {
	s := &Server{
		Config:   c,
		mux:      http.NewServeMux(),
		metrics:  newMetrics(c.Collectors),
		newID:    uuid.NewString,
		now:      time.Now,
		patience: 30 * time.Second,
	}
	s.routes()
	return s
}

// A route answers one method of one path. Its handler returns errors; the
// dialect spells them.
type route struct {
	method, path string
	dialect      *dialect
	handle       func(*call) error
}

const accounts = "/client/v4/accounts/{account}/ai"

func (s *Server) routes() {
	routes := []route{
		{"POST", "/run", binding, s.bindingRun},
		{"GET", "/run", binding, notYet("websocket")},
		{"POST", "/ai-gateway/run", binding, s.bindingRun},
		{"GET", "/ai-api/models/search", rest, s.searchModels},
		{"POST", "/to-everything/markdown/transformer", rest, notYet("toMarkdown")},
		{"GET", "/to-everything/markdown/supported", rest, notYet("toMarkdown")},
		{"GET", "/autorag/{path...}", rest, notYet("autorag")},
		{"POST", "/autorag/{path...}", rest, notYet("autorag")},
		{"GET", "/ai-gateway/gateways/{path...}", rest, notYet("AI Gateway")},
		{"PATCH", "/ai-gateway/gateways/{path...}", rest, notYet("AI Gateway")},
		{"POST", "/ai-gateway/universal/run/{gateway}", rest, notYet("AI Gateway")},

		{"POST", accounts + "/run", rest, s.restRunAny},
		{"POST", accounts + "/run/{model...}", rest, s.restRun},
		{"GET", accounts + "/models/search", rest, s.searchModels},
		{"GET", accounts + "/models/schema", rest, s.modelSchema},
		{"GET", accounts + "/tasks/search", rest, s.searchTasks},

		{"POST", accounts + "/v1/chat/completions", openai, s.chatCompletions},
		{"POST", accounts + "/v1/embeddings", openai, s.embeddings},
		{"GET", accounts + "/v1/models", openai, s.listModels},
		{"GET", accounts + "/v1/models/{model...}", openai, s.getModel},
		{"POST", "/v1/chat/completions", openai, s.chatCompletions},
		{"POST", "/v1/completions", openai, s.textCompletions},
		{"POST", "/v1/embeddings", openai, s.embeddings},
		{"POST", "/v1/rerank", openai, s.rerank},
		{"GET", "/v1/models", openai, s.listModels},
		{"GET", "/v1/models/{model...}", openai, s.getModel},

		{"GET", "/healthz", rest, s.health},
		{"GET", "/metrics", rest, s.metrics.serve},
		{"GET", "/{$}", rest, s.home},
	}
	allowed := map[string][]string{}
	for _, rt := range routes {
		s.mux.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) {
			c := w.(*call)
			c.req, c.route, c.dialect = r, rt.path, rt.dialect
			c.err = rt.handle(c)
		})
		allowed[rt.path] = append(allowed[rt.path], rt.method)
	}
	for path, methods := range allowed {
		allow := strings.Join(slices.Concat(methods, []string{"OPTIONS"}), ", ")
		s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			c := w.(*call)
			c.route = path
			c.err = wrongMethod(c, allow)
		})
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.(*call).err = noRoute(r)
	})
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{
		ResponseWriter: w, req: r, dialect: dialectOf(r.URL.Path),
		id: s.newID(), start: s.now(), patience: s.patience,
	}
	defer s.finish(c)
	w.Header().Set("cf-ai-req-id", c.id)
	if r.ContentLength != 0 { // also for what no handler reads; not every writer has deadlines
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(c.patience))
	}
	if c.err = s.admit(c); c.err == nil {
		s.mux.ServeHTTP(c, r)
	}
	if c.err != nil {
		c.fail()
	}
}

// NewHTTPServer returns a server for h with the limits that keep slow and
// oversized requests from holding on to it. Bodies and streams have deadlines
// of their own.
func NewHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    128 << 10, // a model's name in the path may be long, but not longer
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
