package fleet

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"plexus"
)

// use is weights and what is made of them: models that are alike in both share
// a member.
type use struct {
	weights, pooling string
	task             plexus.Task
}

func useOf(m plexus.Model) use { return use{m.Weights, string(m.Pooling), m.Task} }

// member is a model that is loaded or being loaded. Fleet.mu guards it.
type member struct {
	model  plexus.Model
	cancel context.CancelFunc // of the load
	ready  chan struct{}      // closed when engine or err is set
	engine Engine
	err    error
	bytes  int64 // reserved
	users  int   // those who wait for the load too
	last   time.Time
	idle   *time.Timer // unloads it; nil while it has users
}

// acquire returns the member for m, loaded, with one user more. Whoever asks
// for a model that is being loaded waits for it; a load goes on when those who
// wait have gone, for the next to find it done.
func (f *Fleet) acquire(ctx context.Context, m plexus.Model) (*member, error) {
	if m.Weights == "" {
		return nil, fmt.Errorf("fleet: weights of %s are not installed", m.ID)
	}
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil, plexus.NoCapacity()
	}
	u, ok := f.members[useOf(m)]
	if !ok {
		u = f.add(m)
	}
	u.users++
	if u.idle != nil {
		u.idle.Stop()
		u.idle = nil
	}
	f.mu.Unlock()
	select {
	case <-u.ready:
	case <-ctx.Done():
		f.release(u)
		return nil, ctx.Err()
	}
	if u.err != nil {
		return nil, u.err
	}
	return u, nil
}

// release takes back what acquire gave. The last user starts the clock.
func (f *Fleet) release(u *member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u.users--
	u.last = time.Now()
	if u.users == 0 && u.engine != nil && f.members[useOf(u.model)] == u {
		f.rest(u)
	}
}

// rest unloads u after a while without users.
func (f *Fleet) rest(u *member) {
	var timer *time.Timer
	timer = time.AfterFunc(f.config.Idle, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if u.idle == timer {
			f.config.Log.Info("model unloaded: idle", "model", u.model.ID)
			f.unload(u)
		}
	})
	u.idle = timer
}

// add starts to load m.
func (f *Fleet) add(m plexus.Model) *member {
	ctx, cancel := context.WithCancel(context.Background())
	u := &member{model: m, cancel: cancel, ready: make(chan struct{})}
	f.members[useOf(m)] = u
	f.running.Go(func() {
		defer cancel()
		start := time.Now()
		engine, err := f.open(ctx, u)
		f.mu.Lock()
		defer f.mu.Unlock()
		defer close(u.ready)
		if err != nil {
			u.err = err
			f.remove(u)
			return
		}
		f.config.Log.Info("model loaded", "model", m.ID, "bytes", u.bytes, "took", time.Since(start))
		u.engine = engine
		switch {
		case f.closed:
			f.unload(u)
		case u.users == 0:
			f.rest(u)
		}
	})
	return u
}

// open loads u. Weights come from outside: what they still manage to break
// ends their load, not the server.
func (f *Fleet) open(ctx context.Context, u *member) (engine Engine, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		if err != nil {
			err = fmt.Errorf("fleet: load %s: %w", u.model.ID, err)
		}
	}()
	return f.load(ctx, u.model, func(bytes int64) error { return f.reserve(u, bytes) })
}

// reserve sets what u may take, and unloads models without users to make room,
// those unused for longest first. They are gone when it returns.
func (f *Fleet) reserve(u *member, bytes int64) error {
	victims, err := f.makeRoom(u, bytes)
	for _, v := range victims {
		f.config.Log.Info("model unloaded: its memory is needed", "model", v.model.ID, "for", u.model.ID)
		f.free(v)
	}
	return err
}

// makeRoom is the part of reserve that counts. It returns the members that
// have to go, which are forgotten but not freed.
func (f *Fleet) makeRoom(u *member, bytes int64) (victims []*member, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if bytes > f.config.Memory {
		return nil, plexus.Errorf(plexus.CodeNoCapacity, "The model %s needs %d MiB of memory, %d MiB are allowed",
			u.model.ID, bytes>>20, f.config.Memory>>20)
	}
	var resting []*member
	room := f.config.Memory - f.used + u.bytes
	for _, other := range f.members {
		if other.idle != nil {
			resting = append(resting, other)
			room += other.bytes
		}
	}
	if bytes > room { // not even without them
		return nil, plexus.NoCapacity()
	}
	slices.SortFunc(resting, func(a, b *member) int { return a.last.Compare(b.last) })
	for f.used-u.bytes+bytes > f.config.Memory {
		oldest := resting[len(victims)]
		victims = append(victims, oldest)
		f.remove(oldest)
	}
	f.used += bytes - u.bytes
	u.bytes = bytes
	return victims, nil
}

// unload removes a loaded member and frees it in the background.
func (f *Fleet) unload(u *member) {
	f.remove(u)
	f.running.Go(func() { f.free(u) })
}

func (f *Fleet) free(u *member) {
	if err := u.engine.Close(); err != nil {
		f.config.Log.Error("unload", "model", u.model.ID, "error", err)
	}
}

// remove forgets a member and what it had reserved.
func (f *Fleet) remove(u *member) {
	if u.idle != nil {
		u.idle.Stop()
		u.idle = nil
	}
	delete(f.members, useOf(u.model))
	f.used -= u.bytes
	u.bytes = 0
}
