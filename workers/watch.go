package workers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watcher tells when something changed in the folders that it follows. It
// watches folders, not files: editors replace files, and new ones count.
type watcher struct {
	root    string // of the project
	notify  *fsnotify.Watcher
	changed chan struct{}
	blind   func(dir string, err error) // told where it cannot watch
}

// settle is how long the changes of one save may be apart.
const settle = 25 * time.Millisecond

func newWatcher(root string, blind func(dir string, err error)) (*watcher, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("following changes: %w", err)
	}
	w := &watcher{root, notify, make(chan struct{}, 1), blind}
	go w.loop()
	return w, nil
}

func (w *watcher) close() { w.notify.Close() }

// follow adds the folders of files. Those of packages are left out: they
// change by an installation, which also writes a lock file beside the
// configuration.
func (w *watcher) follow(files []string) {
	for _, file := range files {
		if dir := filepath.Dir(file); !w.installed(dir) {
			w.add(dir)
		}
	}
}

// installed says whether npm has made dir. The project itself may lie in a
// node_modules.
func (w *watcher) installed(dir string) bool {
	rel, err := filepath.Rel(w.root, dir)
	return err == nil && slices.Contains(strings.Split(rel, string(filepath.Separator)), "node_modules")
}

// add watches dir, or what there is of it: its first folder to come is seen
// from there. What lies above the project changes for other reasons.
func (w *watcher) add(dir string) {
	err := w.notify.Add(dir)
	for errors.Is(err, fs.ErrNotExist) {
		dir = filepath.Dir(dir)
		if down, err := filepath.Rel(dir, w.root); err != nil || down != "." && filepath.IsLocal(down) {
			return
		}
		err = w.notify.Add(dir)
	}
	if err != nil && !errors.Is(err, fsnotify.ErrClosed) {
		w.blind(dir, err)
	}
}

func (w *watcher) loop() {
	var quiet <-chan time.Time
	for {
		select {
		case event, ok := <-w.notify.Events:
			if !ok {
				return
			}
			if !relevant(event) {
				continue
			}
			if info, err := os.Stat(event.Name); err == nil && info.IsDir() {
				w.add(event.Name)
			}
			quiet = time.After(settle)
		case _, ok := <-w.notify.Errors:
			if !ok {
				return
			}
			quiet = time.After(settle) // events may be lost: look anew
		case <-quiet:
			quiet = nil
			w.again()
		}
	}
}

// again has changed tell of a change.
func (w *watcher) again() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func relevant(event fsnotify.Event) bool {
	name := filepath.Base(event.Name)
	switch {
	case event.Op == fsnotify.Chmod, name == "node_modules", strings.HasSuffix(name, "~"):
		return false
	default:
		return !strings.HasPrefix(name, ".") || strings.HasPrefix(name, ".dev.vars")
	}
}
