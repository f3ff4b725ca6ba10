package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"plexus/bench/child"
)

// serve prints how many texts of 16 tokens a second a real server embeds: in
// requests of 32 one after the other, and in single ones from 64 clients at
// once, which it packs together.
func serve(n *network, shape string, threads int, lasting time.Duration) error {
	dir, err := os.MkdirTemp("", "plexus-embed")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := n.publish(dir); err != nil {
		return err
	}
	program, err := child.Build(dir)
	if err != nil {
		return err
	}
	server, err := child.Start(program, filepath.Join(dir, "data"), "--model", "net="+dir, fmt.Sprintf("--threads=%d", threads))
	if err != nil {
		return err
	}
	c := client{server.URL, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	batched, err := c.rate(1, 32, lasting)
	if err == nil {
		var single float64
		if single, err = c.rate(64, 1, lasting); err == nil {
			fmt.Printf("%s over HTTP: %.1f texts/s in requests of 32, %.1f in single ones of 64 clients: %.0f%%\n",
				shape, batched, single, 100*single/batched)
		}
	}
	if stopped := server.Stop(); err == nil {
		err = stopped
	}
	return err
}

// publish writes the network as a folder that the server can load.
func (n *network) publish(dir string) error {
	config, err := json.Marshal(map[string]any{
		"architectures": []string{"BertModel"}, "model_type": "bert", "hidden_act": "gelu",
		"hidden_size": n.Hidden, "num_hidden_layers": n.Layers, "num_attention_heads": n.Heads, "intermediate_size": n.FF,
		"max_position_embeddings": n.Positions, "type_vocab_size": n.Types, "layer_norm_eps": n.Eps,
	})
	if err != nil {
		return err
	}
	vocab := "[PAD]\n[UNK]\n[CLS]\n[SEP]\n"
	for i := 4; i < vocabulary; i++ {
		vocab += word(i) + "\n"
	}
	weights, err := n.safetensors()
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"config.json": config, "vocab.txt": []byte(vocab), "model.safetensors": weights} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func word(i int) string { return fmt.Sprintf("word%d", i) }

// sentence is 16 tokens, with those that frame it.
func sentence() string {
	var words []string
	for range 14 {
		words = append(words, word(4+rand.IntN(vocabulary-4)))
	}
	return strings.Join(words, " ")
}

type client struct {
	url  string
	http *http.Client
}

// rate is texts per second of so many clients, each with requests of so many
// texts.
func (c client) rate(clients, texts int, lasting time.Duration) (float64, error) {
	if err := c.ask(texts); err != nil { // loads the model
		return 0, err
	}
	var done atomic.Int64
	failed := make(chan error, clients)
	var all sync.WaitGroup
	begin := time.Now()
	for range clients {
		all.Go(func() {
			for time.Since(begin) < lasting {
				if err := c.ask(texts); err != nil {
					failed <- err
					return
				}
				done.Add(int64(texts))
			}
		})
	}
	all.Wait()
	close(failed)
	return float64(done.Load()) / time.Since(begin).Seconds(), <-failed
}

func (c client) ask(texts int) error {
	var list []string
	for range texts {
		list = append(list, sentence())
	}
	body, err := json.Marshal(map[string]any{"text": list})
	if err != nil {
		return err
	}
	res, err := c.http.Post(c.url+"/client/v4/accounts/a/ai/run/net", "application/json", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", res.StatusCode, answer)
	}
	return err
}
