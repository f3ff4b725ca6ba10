// Command bench measures Plexus beside llama.cpp on the same random model, in
// turns in one process, and then the server's own overhead. It prints medians,
// ratios and the share of the memory bandwidth.
//
// This package may hold measurements and their report; how the engines and the
// server are driven is in the packages below it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"plexus/bench/llamacpp"
	"plexus/kernel"
)

type settings struct {
	parts   []string // prefill, decode, server
	models  []string // names in models
	cache   string
	threads int
	rounds  int
	steps   int
	streams int
	seconds int
}

func main() {
	var s settings
	parts := flag.String("only", "prefill,decode,server", "parts to run")
	models := flag.String("models", "Q4_0,Q4_K_M", "weights to run them on")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.StringVar(&s.cache, "cache", defaultCache(), "folder of the random models, 1.3 GB, and of their packed weights")
	flag.IntVar(&s.threads, "threads", 2, "threads of either engine")
	flag.IntVar(&s.rounds, "rounds", 5, "turns of each engine; the median counts")
	flag.IntVar(&s.steps, "steps", 24, "decoding steps of a turn")
	flag.IntVar(&s.streams, "streams", 64, "concurrent streams to the server")
	flag.IntVar(&s.seconds, "seconds", 10, "time of the concurrent streams")
	flag.Parse()
	s.parts, s.models = strings.Split(*parts, ","), strings.Split(*models, ",")

	r, err := run(s)
	if err == nil && *asJSON {
		err = json.NewEncoder(os.Stdout).Encode(r)
	} else if err == nil {
		r.print(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func defaultCache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "plexus-bench")
}

// run measures the parts that s asks for.
func run(s settings) (*report, error) {
	r := &report{Threads: s.threads, Rounds: s.rounds, Kernels: kernel.Using()}
	if slices.Contains(s.parts, "prefill") || slices.Contains(s.parts, "decode") {
		if err := llamacpp.Open(); err != nil {
			return nil, err
		}
		r.Peer, _ = llamacpp.Variant()
		r.Bandwidth = readBandwidth(s.threads)
		for _, name := range s.models {
			rows, err := compare(s, name, r.Bandwidth)
			if err != nil {
				return nil, err
			}
			r.Rows = append(r.Rows, rows...)
		}
	}
	if slices.Contains(s.parts, "server") {
		var err error
		if r.Server, err = measureServer(s); err != nil {
			return nil, err
		}
	}
	return r, nil
}
