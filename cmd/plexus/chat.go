package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

// chat answers line after line of the terminal, with all that was said before
// in mind. Ctrl-C ends an answer, or the chat; Ctrl-D the chat.
func (r *runCmd) chat(ctx context.Context, e *engine) error {
	fmt.Fprintf(os.Stderr, "Chatting with %s. /clear forgets what was said, /bye or Ctrl-D ends it.\n", r.Name)
	var messages []message
	forget := func() {
		messages = nil
		if r.System != "" {
			messages = append(messages, message{"system", r.System})
		}
	}
	forget()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for {
		fmt.Fprint(os.Stderr, ">>> ")
		if !lines.Scan() {
			fmt.Fprintln(os.Stderr)
			return lines.Err()
		}
		switch line := strings.TrimSpace(lines.Text()); line {
		case "":
		case "/bye":
			return nil
		case "/clear":
			forget()
		default:
			messages = r.turn(ctx, e, append(messages, message{"user", line}))
		}
	}
}

// turn answers the last message and returns the conversation with the answer,
// or without the message if it failed.
func (r *runCmd) turn(ctx context.Context, e *engine, messages []message) []message {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	a, err := r.answer(ctx, e, r.Name, messages, stdout())
	fmt.Println()
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "plexus:", reason(err))
		return messages[:len(messages)-1]
	}
	if a == nil {
		return messages[:len(messages)-1]
	}
	if err == nil && !r.NoStats {
		fmt.Fprintln(os.Stderr, a.stats())
	}
	return append(messages, message{"assistant", a.Response})
}
