package workers

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watcher tells when something changed in the folders that it follows. It
// watches folders, not files: editors replace files, and new ones count.
type watcher struct {
	notify  *fsnotify.Watcher
	changed chan struct{}
}

// settle is how long the changes of one save may be apart.
const settle = 25 * time.Millisecond

func newWatcher() (*watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	w := &watcher{notify, make(chan struct{}, 1)}
	go w.loop()
	return w, nil
}

func (w *watcher) close() { w.notify.Close() }

// follow adds the folders of files. Those of packages are left out: they
// change by an installation, which also writes a lock file beside the
// configuration.
func (w *watcher) follow(files []string) {
	for _, file := range files {
		if dir := filepath.Dir(file); !strings.Contains(dir, "node_modules") {
			w.notify.Add(dir) // one that is gone tells so as a build error
		}
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
				w.notify.Add(event.Name)
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
