package workers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options say what Dev serves, and where.
type Options struct {
	Dir      string       // of the project
	Env      string       // of the configuration; empty is the top level
	Listener net.Listener // the Worker answers here
	AI       http.Handler // answers what env.AI sends
	Cache    string       // a folder where workerd may be installed
	Log      io.Writer
}

// Dev serves a project until ctx ends: it follows the sources, and restarts
// what crashes. It returns an error only where there is nothing to wait for.
func Dev(ctx context.Context, o Options) error {
	d := &dev{Options: o, log: newLogger(o.Log), changed: make(chan struct{})}
	d.traffic = newTraffic(d.log)
	config, err := Load(o.Dir, o.Env)
	if err != nil {
		return err
	}
	if d.runtime, err = FindRuntime(ctx, o.Dir, o.Cache, o.Log); err != nil {
		if ctx.Err() != nil {
			return nil // ended while it was installed
		}
		return err
	}
	d.log.printf(dim, "%s on workerd of %s", filepath.Base(config.Path), d.runtime.Date)
	if d.tmp, err = socketDir(); err != nil {
		return err
	}
	defer os.RemoveAll(d.tmp)
	if d.changes, err = newWatcher(o.Dir, d.blind()); err != nil {
		return err
	}
	defer d.changes.close()

	group, ctx := errgroup.WithContext(ctx)
	serve := func(l net.Listener, h http.Handler) {
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		group.Go(func() error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			return server.Close()
		})
	}
	for name, h := range map[string]http.Handler{
		"ai":     d.traffic.meter(o.AI),
		"assets": http.HandlerFunc(d.serveAssets),
		"cache":  http.HandlerFunc(noCache),
	} {
		l, err := net.Listen("unix", filepath.Join(d.tmp, name))
		if err != nil {
			return err
		}
		serve(l, h)
	}
	serve(o.Listener, d)
	group.Go(func() error { return d.follow(ctx) })
	return group.Wait()
}

// dev is the state behind Dev.
type dev struct {
	Options
	log     *logger
	traffic *traffic
	runtime *Runtime
	changes *watcher
	tmp     string

	config   *Config // the last that loaded
	bundler  *bundler
	draining sync.WaitGroup // older versions that end their requests

	mu      sync.Mutex
	live    *version      // takes the requests; nil before the first good one
	failure error         // why the sources as they are now are not live
	shown   error         // the last that an error page has shown
	changed chan struct{} // closed when live or failure changes
}

// version is a state of the sources, and what runs it.
type version struct {
	config   *Config
	bundle   *Bundle
	assets   *assetServer // nil if there are none
	instance *instance    // nil if there is no Worker, only assets
}

// socketDir makes a temporary folder for sockets. The path of one has about a
// hundred bytes at most; some forty come after that of the parent.
func socketDir() (string, error) {
	parent := os.TempDir()
	if len(parent) <= 60 {
		return os.MkdirTemp(parent, "plexus-")
	}
	dir, err := os.MkdirTemp("/tmp", "plexus-")
	if err != nil {
		return "", fmt.Errorf("%s is too long a path for sockets: set TMPDIR to a shorter one (%w)", parent, err)
	}
	return dir, nil
}
