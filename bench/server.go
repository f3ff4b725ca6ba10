package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"plexus"
	"plexus/bench/child"
	"plexus/catalog"
	"plexus/fleet"
)

const pocketChat = "@pocket/chat"

// measureServer measures a real server in a process of its own, with the pocket
// model: the smaller the network, the more of the time is the server's.
func measureServer(s settings) (r *serverReport, err error) {
	dir, err := os.MkdirTemp("", "plexus-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program, err := child.Build(dir)
	if err != nil {
		return nil, err
	}
	server, err := child.Start(program, dir, fmt.Sprintf("--threads=%d", s.threads))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	r = &serverReport{Streams: s.streams}
	if r.FirstToken, r.Engine, err = firstTokens(server, s.threads, 4*s.rounds+1); err != nil {
		return nil, err
	}
	r.StreamsS, r.TokensS, err = throughput(server, s.streams, time.Duration(s.seconds)*time.Second)
	return r, err
}

// firstTokens returns the median time to the first text of a stream through
// HTTP, and of the same request given to an engine in this process, in turns.
func firstTokens(server *child.Server, threads, rounds int) (http, engine time.Duration, err error) {
	model, ok := catalog.New().Find(pocketChat)
	if !ok {
		return 0, 0, fmt.Errorf("no model %s", pocketChat)
	}
	local := fleet.New(fleet.Config{Threads: threads, Log: slog.New(slog.DiscardHandler)})
	defer func() { err = errors.Join(err, local.Close()) }()
	var of [2][]float64
	for round := range rounds + 1 {
		q := question(round)
		answer, err := server.Ask(context.Background(), q)
		if err != nil {
			return 0, 0, err
		}
		inProcess, err := firstToken(local, model, q)
		if err != nil {
			return 0, 0, err
		}
		if round > 0 { // the first one loads the model
			of[0] = append(of[0], float64(answer.First))
			of[1] = append(of[1], float64(inProcess))
		}
	}
	return time.Duration(median(of[0])), time.Duration(median(of[1])), nil
}

// question differs in its first words from round to round, so that no prefix
// but the template's is in the cache.
func question(n int) child.Question {
	return child.Question{Model: pocketChat, Text: fmt.Sprintf("%d times: what is edge computing?", n), MaxTokens: 32}
}

// firstToken runs q without HTTP to its end and returns the time to its first text.
func firstToken(f *fleet.Fleet, m plexus.Model, q child.Question) (first time.Duration, err error) {
	inputs, err := json.Marshal(map[string]any{
		"messages":    []map[string]string{{"role": "user", "content": q.Text}},
		"max_tokens":  q.MaxTokens,
		"temperature": 0,
		"stream":      true,
	})
	if err != nil {
		return 0, err
	}
	start := time.Now()
	result, err := f.Run(context.Background(), m, &plexus.Request{Model: m.ID, Form: m.Form, Inputs: inputs})
	if err != nil {
		return 0, err
	}
	for event, err := range result.Events {
		if err != nil {
			return 0, err
		}
		if delta, ok := event.(*plexus.Delta); ok && delta.Text != "" && first == 0 {
			first = time.Since(start)
		}
	}
	return first, nil
}

// throughput keeps n streams open for the given time and returns finished
// streams and generated tokens per second.
func throughput(server *child.Server, n int, lasting time.Duration) (streamsS, tokensS float64, err error) {
	var group sync.WaitGroup
	var mu sync.Mutex
	var streams, tokens int
	start := time.Now()
	for i := range n {
		group.Go(func() {
			for k := i; time.Since(start) < lasting; k += n {
				a, failure := server.Ask(context.Background(), question(k))
				mu.Lock()
				streams, tokens, err = streams+1, tokens+a.Tokens, errors.Join(err, failure)
				mu.Unlock()
				if failure != nil {
					return
				}
			}
		})
	}
	group.Wait()
	took := time.Since(start).Seconds()
	return float64(streams) / took, float64(tokens) / took, err
}
