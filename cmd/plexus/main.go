// Command plexus is Workers AI on your own machine: a server, and the tools to
// run models in the terminal.
//
// It may hold the command line, one file a command, and the wiring of the
// packages below. It may not hold logic that a server needs.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/alecthomas/kong"

	"plexus"
	"plexus/kernel"
)

// globals are the flags that every command has.
type globals struct {
	Data    string `help:"Folder for packed weights and state." type:"path" env:"PLEXUS_DATA" default:"${data}"`
	CPU     string `help:"Force a kernel set: ${enum}." name:"cpu" env:"PLEXUS_CPU" enum:"auto,generic,avx2,avx512" default:"auto"`
	Verbose bool   `help:"Log more." short:"v"`
}

type cli struct {
	globals

	Run     runCmd     `cmd:"" help:"Ask a model a question, or chat with it in the terminal."`
	Serve   serveCmd   `cmd:"" help:"Serve the Workers AI, OpenAI and binding APIs."`
	Dev     devCmd     `cmd:"" help:"Run a Worker project, with env.AI answered by this machine."`
	Models  modelsCmd  `cmd:"" help:"List the models."`
	Version versionCmd `cmd:"" help:"Show the version, and the kernels that this processor can run."`
}

const description = `Workers AI on your own machine.

Examples:
  plexus run @pocket/chat "What is edge computing?"
  plexus serve
  plexus dev .
  plexus run ./model.gguf "Write a haiku about the sea."`

func main() { os.Exit(run(os.Args[1:])) }

// run is main with an exit status: 0, 1 for a failure, 2 for a wrong command
// line, 130 after Ctrl-C.
func run(args []string) int {
	var c cli
	parser, err := kong.New(&c,
		kong.Name("plexus"),
		kong.Description(description),
		kong.Vars{"data": dataDir()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return fail(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "plexus: %v\nTry `plexus --help`.\n", err)
		return 2
	}
	if c.CPU != "auto" {
		if err := kernel.Use(c.CPU); err != nil {
			return fail(err)
		}
	}
	k.BindTo(context.Background(), (*context.Context)(nil))
	if err := k.Run(&c.globals); err != nil {
		return fail(err)
	}
	return 0
}

// errInterrupted ends a command after Ctrl-C.
var errInterrupted = errors.New("interrupted")

func fail(err error) int {
	if errors.Is(err, errInterrupted) {
		return 130
	}
	fmt.Fprintln(os.Stderr, "plexus:", reason(err))
	return 1
}

// reason is what the owner of the machine may know of err, which is all.
func reason(err error) string {
	var e *plexus.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	if cause := e.Unwrap(); cause != nil && e.Code == plexus.CodeInternal {
		return cause.Error()
	}
	return strings.TrimPrefix(e.Message, "Bad input: Error: ")
}

// dataDir is $XDG_DATA_HOME/plexus, or where that is by default.
func dataDir() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "plexus")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return filepath.Join(os.TempDir(), "plexus")
	}
	return filepath.Join(home, ".local", "share", "plexus")
}

// logger writes to w what is worth knowing: from level on, or more if verbose.
func (g *globals) logger(w io.Writer, format string, level slog.Level) *slog.Logger {
	if g.Verbose {
		level = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
