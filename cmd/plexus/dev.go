package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"plexus/gateway"
	"plexus/httpapi"
	"plexus/workers"
)

type devCmd struct {
	engineFlags

	Dir            string          `arg:"" optional:"" help:"Folder of the Worker project." type:"path" default:"."`
	Port           int             `help:"Port of the Worker." default:"8787"`
	Env            string          `help:"Environment of the wrangler configuration." short:"e" placeholder:"NAME"`
	API            string          `help:"Address of the API. Default: 127.0.0.1:8788, or another port if that is taken." name:"api" placeholder:"HOST:PORT"`
	MissingWeights gateway.Missing `help:"What to do about weights that are not installed: ${enum}." enum:"error,stand-in" default:"stand-in"`
	PrintWrangler  bool            `help:"Print what to add to a wrangler configuration to use env.AI of Plexus with wrangler dev, and exit."`
}

// Help is shown below the flags.
func (*devCmd) Help() string {
	return `Reads wrangler.jsonc, wrangler.json or wrangler.toml and .dev.vars, bundles the
Worker, and runs it in workerd, the runtime of Cloudflare. env.AI is the genuine
binding, answered by this machine. Saved changes are served at once; a build
error leaves the last good version serving.

Where the weights of a model are not installed, a small pocket model stands in
for it, and the log says so.

Examples:
  plexus dev                                   # the project in this folder, on port 8787
  plexus dev examples/ai-demo --port 3000
  plexus dev --model @cf/meta/llama-3.1-8b-instruct=./llama-3.1-8b.gguf
  plexus dev --print-wrangler                  # keep wrangler dev, take only env.AI from here`
}

// Run serves the project until SIGINT or SIGTERM, or until its terminal is closed.
func (d *devCmd) Run(ctx context.Context, g *globals) error {
	if d.PrintWrangler {
		fmt.Print(workers.WranglerSnippet("127.0.0.1:8788"))
		return nil
	}
	if _, err := workers.Load(d.Dir, d.Env); err != nil {
		return err // before anything starts
	}
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(ctx, ends...)
	defer stop()
	log := g.logger(os.Stderr, "text", slog.LevelWarn)
	worker, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(d.Port)))
	if err != nil {
		return busyPort(d.Port, err)
	}
	defer worker.Close()
	api, err := d.listenAPI()
	if err != nil {
		return err
	}
	defer api.Close()
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	e, err := d.open(g, d.MissingWeights, log)
	if err != nil {
		return err
	}
	defer e.fleet.Close()
	handler := httpapi.New(httpapi.Config{Gateway: e.gateway, Catalog: e.catalog, Log: log, Version: version()})
	server := httpapi.NewHTTPServer(handler, log)
	go server.Serve(api)
	defer server.Close()

	fmt.Printf("Worker  http://localhost:%d\nAPI     http://%s\n", worker.Addr().(*net.TCPAddr).Port, api.Addr())
	return workers.Dev(ctx, workers.Options{
		Dir: d.Dir, Env: d.Env, Listener: worker, AI: handler,
		Cache: filepath.Join(cache, "plexus"), Log: os.Stdout,
	})
}

// listenAPI listens where asked to; unasked, anywhere rather than not at all.
func (d *devCmd) listenAPI() (net.Listener, error) {
	if d.API != "" {
		if err := private(d.API); err != nil {
			return nil, err
		}
		l, err := net.Listen("tcp", d.API)
		if err != nil {
			return nil, fmt.Errorf("--api: %w", err)
		}
		return l, nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:8788")
	if errors.Is(err, syscall.EADDRINUSE) {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	return l, err
}

func busyPort(port int, err error) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	return fmt.Errorf("port %d is in use by another program, maybe another plexus or wrangler: stop it, or choose another port with --port %d", port, port+10)
}
