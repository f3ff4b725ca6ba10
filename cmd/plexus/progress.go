package main

import (
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// packingProgress returns a progress bar of weights being packed on out, or nil
// if out is not a terminal.
func packingProgress(out *os.File) func(model string, done, total int64) {
	if !term.IsTerminal(int(out.Fd())) {
		return nil
	}
	var mu sync.Mutex
	bars := map[string]*progressbar.ProgressBar{}
	return func(model string, done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		bar := bars[model]
		if bar == nil {
			bar = progressbar.NewOptions64(total,
				progressbar.OptionSetWriter(out),
				progressbar.OptionSetDescription("packing "+model),
				progressbar.OptionShowBytes(true),
				progressbar.OptionThrottle(50*time.Millisecond),
				progressbar.OptionClearOnFinish(),
			)
			bars[model] = bar
		}
		_ = bar.Set64(done) // it is only a picture
		if done >= total {
			delete(bars, model)
		}
	}
}
