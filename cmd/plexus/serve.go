package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plexus/gateway"
	"plexus/httpapi"
)

type serveCmd struct {
	engineFlags

	Listen         string          `help:"Address to listen on." default:"127.0.0.1:8788"`
	MissingWeights gateway.Missing `help:"What to do about weights that are not installed: ${enum}." enum:"error,stand-in" default:"error"`
	AllowHost      []string        `help:"Another name that clients may use in Host and Origin headers. Repeatable." placeholder:"NAME"`
	LogFormat      string          `help:"How to log to stderr: ${enum}." enum:"text,json" default:"text"`
}

// Help is shown below the flags.
func (*serveCmd) Help() string {
	return `Examples:
  plexus serve
  plexus serve --listen 127.0.0.1:9000 --model my-llama=./llama.gguf
  plexus serve --model @cf/meta/llama-3.2-1b-instruct=./llama-3.2-1b.gguf
  plexus serve --missing-weights=stand-in      # a pocket model answers for those not installed`
}

// drain is how long running requests may take to end when the server stops.
const drain = 10 * time.Second

// Run serves until SIGINT or SIGTERM.
func (s *serveCmd) Run(ctx context.Context, g *globals) error {
	if err := private(s.Listen); err != nil {
		return err
	}
	log := g.logger(os.Stderr, s.LogFormat, slog.LevelInfo)
	e, err := s.open(g, s.MissingWeights, log)
	if err != nil {
		return err
	}
	defer e.fleet.Close()
	l, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return cannotListen(s.Listen, err)
	}
	handler := httpapi.New(httpapi.Config{
		Gateway: e.gateway, Catalog: e.catalog, Log: log, Version: version(),
		Hosts:      s.AllowHost,
		Collectors: []prometheus.Collector{fleetFigures{e.fleet}},
	})
	fmt.Printf(welcome, l.Addr(), l.Addr())
	return serve(ctx, httpapi.NewHTTPServer(handler, log), l, log)
}

const welcome = `Plexus listens on http://%s

  curl http://%s/v1/chat/completions -H 'content-type: application/json' \
    -d '{"model": "@pocket/chat", "messages": [{"role": "user", "content": "What is edge computing?"}]}'

`

// private refuses addresses that others can reach: there is nothing yet to
// tell them apart by.
func private(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("--listen %s: want HOST:PORT, as in 127.0.0.1:8788", listen)
	}
	if !httpapi.Loopback(host) {
		return fmt.Errorf("--listen %s would let others in, and without a token nothing would keep them out. "+
			"This version knows no tokens: listen on 127.0.0.1, and let a proxy that authenticates stand in front", listen)
	}
	return nil
}

func cannotListen(listen string, err error) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	host, port, _ := net.SplitHostPort(listen) // private has parsed it before
	return fmt.Errorf("port %s is in use by another program, maybe another plexus: stop it, or choose another port with --listen %s",
		port, net.JoinHostPort(host, "PORT"))
}

// serve runs the server until a signal; running requests may end then. A
// second signal ends them at once.
func serve(ctx context.Context, server *http.Server, l net.Listener, log *slog.Logger) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	stop()
	log.Info("stopping, running requests may end", "within", drain)
	end, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		log.Warn("requests were cut", "error", err)
		return server.Close()
	}
	return nil
}
