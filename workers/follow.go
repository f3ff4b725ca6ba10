package workers

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"sync"
	"time"
)

// follow keeps the newest good version live.
func (d *dev) follow(ctx context.Context) error {
	defer func() {
		d.draining.Wait()
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
			failure := d.failure
			if err := d.start(ctx, d.live.config, d.live.bundle); err != nil {
				d.fail(err)
			} else {
				d.publish(d.live, failure)
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
		bundle, err = d.bundler.build()
		d.changes.follow(d.bundler.inputs())
		if err != nil {
			return false, err
		}
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
		starting, cancel := context.WithTimeoutCause(ctx, startPatience, errors.New("the Worker does not start within "+startPatience.String()))
		defer cancel()
		starting, outdated := d.unlessChanged(starting)
		next.instance, err = startInstance(starting, d.runtime, d.tmp, config, bundle, l, d.log)
		if outdated() {
			err = errOutdated
		}
		if err != nil {
			if next.instance != nil {
				next.instance.kill()
			}
			return err
		}
	}
	old := d.live
	d.publish(next, nil)
	if old != nil && old.instance != nil {
		d.draining.Go(func() { old.instance.retire(ctx, 30*time.Second) })
	}
	return nil
}

// errOutdated says that the sources changed before their version was up.
var errOutdated = errors.New("the sources have changed meanwhile")

// unlessChanged returns a context that ends when the sources change, so that a
// version that hangs in its start does not hold up the next. outdated ends the
// watch and tells whether they did.
func (d *dev) unlessChanged(ctx context.Context) (_ context.Context, outdated func() bool) {
	ctx, cancel := context.WithCancel(ctx)
	watched := make(chan bool)
	go func() {
		select {
		case <-d.changes.changed:
			cancel()
			d.changes.again() // for follow
			watched <- true
		case watched <- false:
		}
	}()
	return ctx, func() bool {
		defer cancel()
		return <-watched
	}
}

// blind tells, once, of a folder whose changes go unseen: where one cannot be
// watched, others cannot either.
func (d *dev) blind() func(dir string, err error) {
	var once sync.Once
	return func(dir string, err error) {
		once.Do(func() {
			d.log.printf(yellow, "Changes in %s go unseen: %v. On Linux, a higher fs.inotify.max_user_watches may help.", dir, err)
		})
	}
}

// fail keeps what is live and tells why it is not newer.
func (d *dev) fail(err error) {
	if errors.Is(err, errOutdated) {
		return // the next version is on its way
	}
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
