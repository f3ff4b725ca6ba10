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
	"reflect"
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
		return err
	}
	d.log.printf(dim, "%s on workerd of %s", filepath.Base(config.Path), d.runtime.Date)
	// Short, as the path of a unix socket has about a hundred bytes at most.
	if d.tmp, err = os.MkdirTemp("", "plexus-"); err != nil {
		return err
	}
	defer os.RemoveAll(d.tmp)
	if d.changes, err = newWatcher(); err != nil {
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

	config  *Config // the last that loaded
	bundler *bundler

	mu      sync.Mutex
	live    *version      // takes the requests; nil before the first good one
	failure error         // why the sources as they are now are not live
	changed chan struct{} // closed when live or failure changes
}

// version is a state of the sources, and what runs it.
type version struct {
	config   *Config
	bundle   *Bundle
	assets   *assetServer // nil if there are none
	instance *instance    // nil if there is no Worker, only assets
}

// follow keeps the newest good version live.
func (d *dev) follow(ctx context.Context) error {
	defer func() {
		if d.live != nil && d.live.instance != nil {
			d.live.instance.kill()
		}
		if d.bundler != nil {
			d.bundler.close()
		}
	}()
	d.update(ctx)
	var pause backoff
	for {
		var crashed <-chan struct{}
		if d.live != nil && d.live.instance != nil {
			crashed = d.live.instance.done
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.changes.changed:
			d.update(ctx)
		case <-crashed:
			d.log.printf(red, "workerd ended (%v); restarting it", d.live.instance.err)
			if !pause.wait(ctx) {
				return nil
			}
			if err := d.start(ctx, d.live.config, d.live.bundle); err != nil {
				d.fail(err)
			}
		}
	}
}

// update builds the sources as they are now and makes them live.
func (d *dev) update(ctx context.Context) {
	begun := time.Now()
	first := d.live == nil
	changed, err := d.rebuild(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		d.fail(err)
	case changed && !first:
		d.log.printf(green, "Reloaded in %d ms", time.Since(begun).Milliseconds())
	}
}

func (d *dev) rebuild(ctx context.Context) (changed bool, err error) {
	config, err := Load(d.Dir, d.Env)
	if err != nil {
		return false, err
	}
	d.changes.follow(config.Files)
	if config.CompatibilityDate > d.runtime.Date {
		config.Warnings = append(config.Warnings, fmt.Sprintf("compatibility_date %s is newer than workerd here, which knows dates up to %s: using that.",
			config.CompatibilityDate, d.runtime.Date))
		config.CompatibilityDate = d.runtime.Date
	}
	if d.config == nil || !reflect.DeepEqual(config, d.config) {
		for _, warning := range config.Warnings {
			d.log.printf(yellow, "%s", warning)
		}
		if d.bundler != nil {
			d.bundler.close()
			d.bundler = nil
		}
		d.config = config
	}
	config = d.config
	bundle := &Bundle{}
	if config.Main != "" {
		d.changes.follow([]string{config.Main})
		if d.bundler == nil {
			if d.bundler, err = newBundler(config); err != nil {
				return false, err
			}
		}
		if bundle, err = d.bundler.build(); err != nil {
			return false, err
		}
		d.changes.follow(bundle.Inputs)
	}
	if d.live != nil && d.live.config == config && d.live.bundle.same(bundle) {
		d.publish(d.live, nil)
		return false, nil
	}
	if bundle.Warnings != "" {
		d.log.printf(yellow, "%s", bundle.Warnings)
	}
	return true, d.start(ctx, config, bundle)
}

// start runs a version beside the live one, and swaps them when it is up.
func (d *dev) start(ctx context.Context, config *Config, bundle *Bundle) (err error) {
	next := &version{config: config, bundle: bundle}
	if config.Assets != nil {
		if next.assets, err = newAssetServer(config.Assets); err != nil {
			return fmt.Errorf("assets: %w", err)
		}
	}
	if config.Main != "" {
		l := layout{AI: filepath.Join(d.tmp, "ai"), Assets: filepath.Join(d.tmp, "assets"), Cache: filepath.Join(d.tmp, "cache")}
		ctx, cancel := context.WithTimeoutCause(ctx, startPatience, errors.New("the Worker does not start within "+startPatience.String()))
		defer cancel()
		if next.instance, err = startInstance(ctx, d.runtime, d.tmp, config, bundle, l, d.log); err != nil {
			return err
		}
	}
	old := d.live
	d.publish(next, nil)
	if old != nil && old.instance != nil {
		go old.instance.retire(30 * time.Second)
	}
	return nil
}

// fail keeps what is live and tells why it is not newer.
func (d *dev) fail(err error) {
	d.log.printf("", "%s", explain(err, d.log.color))
	d.publish(d.live, err)
}

func (d *dev) publish(live *version, failure error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.live, d.failure = live, failure
	close(d.changed)
	d.changed = make(chan struct{})
}

// explain is the whole text of a failure.
func explain(err error, color bool) string {
	var build *BuildError
	if errors.As(err, &build) {
		return build.Format(color)
	}
	return err.Error()
}

// backoff spaces out restarts: none after a quiet while, then ever longer.
type backoff struct {
	last  time.Time
	delay time.Duration
}

func (b *backoff) wait(ctx context.Context) bool {
	if time.Since(b.last) > 10*time.Second {
		b.delay = 0
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(b.delay):
	}
	b.last = time.Now()
	b.delay = min(max(2*b.delay, 100*time.Millisecond), 5*time.Second)
	return true
}
