// Command dev measures `plexus dev` beside `wrangler dev` with the plugin
// plexus-miniflare: from the start to the first answer of a model, and from a
// saved edit to its being served. Then it measures what a call costs more
// through env.AI in a Worker than straight to the API.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"time"
)

var (
	plexus  = flag.String("plexus", "../bin/plexus", "the plexus `command`")
	modules = flag.String("modules", "../examples/vitest/node_modules", "`folder` with wrangler and plexus-miniflare")
	rounds  = flag.Int("rounds", 5, "starts of each tool, in turns")
	edits   = flag.Int("edits", 5, "edits after each start")
	calls   = flag.Int("calls", 500, "calls through the binding, and as many straight to the API")
)

func main() {
	flag.Parse()
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "plexus-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, path := range []*string{plexus, modules} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	api, err := serveAPI(dir)
	if err != nil {
		return err
	}
	defer api.end()
	p, err := newProject(dir, api.address)
	if err != nil {
		return err
	}
	tools := []tool{plexusDev(dir, p), wranglerDev(p)}
	starts, reloads := make([][]time.Duration, len(tools)), make([][]time.Duration, len(tools))
	for range *rounds {
		for i, t := range tools {
			s, r, err := startAndEdit(t, p)
			if err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			starts[i] = append(starts[i], s)
			reloads[i] = append(reloads[i], r...)
		}
	}
	fmt.Printf("%-14s %24s %24s\n", "", "start to first answer", "edit to served")
	for i, t := range tools {
		fmt.Printf("%-14s %21.0f ms %21.0f ms\n", t.name, milliseconds(quantile(starts[i], 0.5)), milliseconds(quantile(reloads[i], 0.5)))
	}
	straight, bound, err := binding(tools[0], p, api.address)
	if err != nil {
		return err
	}
	fmt.Printf("\n%-14s %14s %14s\n", "one token", "p50", "p99")
	for _, row := range []struct {
		name string
		took []time.Duration
	}{{"the API", straight}, {"env.AI", bound}} {
		fmt.Printf("%-14s %11.2f ms %11.2f ms\n", row.name, milliseconds(quantile(row.took, 0.5)), milliseconds(quantile(row.took, 0.99)))
	}
	return nil
}

// startAndEdit starts a tool, has a model answer through it, and edits.
func startAndEdit(t tool, p *project) (start time.Duration, reloads []time.Duration, err error) {
	begun := time.Now()
	running, err := t.start()
	if err != nil {
		return 0, nil, err
	}
	defer running.end()
	if err := until(t.url+"/ask", `"response"`); err != nil {
		return 0, nil, err
	}
	start = time.Since(begun)
	for range *edits {
		version, err := p.edit()
		if err != nil {
			return 0, nil, err
		}
		begun := time.Now()
		if err := until(t.url+"/version", version); err != nil {
			return 0, nil, err
		}
		reloads = append(reloads, time.Since(begun))
	}
	return start, reloads, nil
}

// binding times the same question straight to the API and through the Worker,
// in turns.
func binding(t tool, p *project, api string) (straight, bound []time.Duration, err error) {
	running, err := t.start()
	if err != nil {
		return nil, nil, err
	}
	defer running.end()
	if err := until(t.url+"/ask", `"response"`); err != nil {
		return nil, nil, err
	}
	for range *calls {
		for _, way := range []struct {
			took *[]time.Duration
			url  string
		}{{&straight, "http://" + api + "/client/v4/accounts/local/ai/run/@pocket/chat"}, {&bound, t.url + "/ask"}} {
			begun := time.Now()
			if _, err := post(way.url); err != nil {
				return nil, nil, err
			}
			*way.took = append(*way.took, time.Since(begun))
		}
	}
	return straight, bound, nil
}

func quantile(took []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[int(q*float64(len(sorted)-1))]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
