package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/term"

	"plexus"
	"plexus/gateway"
)

type runCmd struct {
	engineFlags
	generation

	MissingWeights gateway.Missing `help:"What to do about weights that are not installed: ${enum}." enum:"error,stand-in" default:"error"`

	JSON    bool `help:"Print the answer, usage and times as one JSON object." name:"json"`
	NoStats bool `help:"Do not print tokens/s to stderr."`

	Name   string   `arg:"" name:"model" help:"A model's name, the path of a GGUF file, or of a folder in Hugging Face's layout."`
	Prompt []string `arg:"" optional:"" help:"What to ask. Left out: read from stdin, or chat if that is a terminal."`
}

// Help is shown below the flags.
func (*runCmd) Help() string {
	return `Examples:
  plexus run @pocket/chat "What is edge computing?"
  plexus run @pocket/chat                          # chat, Ctrl-D ends it
  plexus run ./model.gguf --temperature 0 "Count to ten."
  plexus run ./model.gguf --raw < story.txt        # continue a text
  plexus run @pocket/chat --json "Hello" | jq .usage
  plexus run ./bge-small-en-v1.5 "Hello"           # an embedding
  plexus run ./bge-reranker-base "What is a panda?" < lines.txt`
}

// Run answers one prompt, or chats.
func (r *runCmd) Run(ctx context.Context, g *globals) error {
	chatting := len(r.Prompt) == 0 && term.IsTerminal(int(os.Stdin.Fd()))
	if chatting && (r.Raw || r.JSON) {
		return fmt.Errorf("--raw and --json need a prompt: add one, or pipe it in")
	}
	prompt := strings.Join(r.Prompt, " ")
	if len(r.Prompt) == 0 && !chatting {
		text, err := io.ReadAll(os.Stdin)
		if err != nil {
			return fmt.Errorf("read the prompt: %w", err)
		}
		prompt = string(text)
	}
	if !chatting && strings.TrimSpace(prompt) == "" {
		return fmt.Errorf("the prompt is empty")
	}
	e, err := r.open(g, r.MissingWeights, g.logger(os.Stderr, "text", slog.LevelWarn))
	if err != nil {
		return err
	}
	defer e.fleet.Close()
	if r.Name, err = e.locate(r.Name); err != nil {
		return err
	}
	if m, ok := e.catalog.Find(r.Name); ok && m.Task != plexus.TextGeneration {
		return r.encode(ctx, e, m, prompt)
	}
	if chatting {
		return r.chat(ctx, e)
	}
	return r.once(ctx, e, prompt)
}

// locate returns the name of the model that a user means by a name or path.
func (e *engine) locate(name string) (string, error) {
	if _, ok := e.catalog.Find(name); ok {
		return name, nil
	}
	if _, err := os.Stat(name); err == nil {
		return e.install(name)
	}
	if strings.HasSuffix(name, ".gguf") || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/") {
		return "", fmt.Errorf("there is no file %s", name)
	}
	if near := e.catalog.Near(name); len(near) > 0 {
		return "", fmt.Errorf("no model is named %s, did you mean %s?", name, strings.Join(near, " or "))
	}
	return "", fmt.Errorf("no model is named %s: `plexus models` lists them", name)
}

func (r *runCmd) once(ctx context.Context, e *engine, prompt string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	out := stdout()
	if r.JSON {
		out = io.Discard
	}
	var messages []message
	if r.System != "" {
		messages = append(messages, message{"system", r.System})
	}
	a, err := r.answer(ctx, e, r.Name, append(messages, message{"user", prompt}), out)
	if ctx.Err() != nil {
		fmt.Fprintln(out)
		return errInterrupted
	}
	if err != nil {
		return err
	}
	if r.JSON {
		return json.NewEncoder(os.Stdout).Encode(a)
	}
	fmt.Fprintln(out)
	if !r.NoStats {
		fmt.Fprintln(os.Stderr, a.stats())
	}
	return nil
}
