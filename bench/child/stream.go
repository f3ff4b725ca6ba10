package child

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Question is a streamed chat completion of one message.
type Question struct {
	Model     string
	Text      string
	MaxTokens int
}

// Answer is what a stream said.
type Answer struct {
	Text   string
	First  time.Duration // from sending the request to the first text
	Tokens int           // generated, by the server's count
}

// Ask streams the greedy answer to q. A stream that ends before "[DONE]" is an error.
func (s *Server) Ask(ctx context.Context, q Question) (Answer, error) {
	body, err := json.Marshal(map[string]any{
		"model":          q.Model,
		"messages":       []map[string]string{{"role": "user", "content": q.Text}},
		"max_tokens":     q.MaxTokens,
		"temperature":    0,
		"stream":         true,
		"stream_options": map[string]bool{"include_usage": true},
	})
	if err != nil {
		return Answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	start := time.Now()
	response, err := s.client.Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("child: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		return Answer{}, fmt.Errorf("child: status %d: %s", response.StatusCode, text)
	}
	return readStream(response.Body, start)
}

func readStream(r io.Reader, start time.Time) (Answer, error) {
	var a Answer
	var text strings.Builder
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if err := lines.Err(); err != nil { // the connection ended in this line
			return a, fmt.Errorf("child: %w", err)
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if data == "[DONE]" {
			a.Text = text.String()
			return a, nil
		}
		var event struct {
			Choices []struct{ Delta struct{ Content string } }
			Usage   *struct {
				Completion int `json:"completion_tokens"`
			}
		}
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			return a, fmt.Errorf("child: event %q: %w", data, err)
		}
		if event.Usage != nil {
			a.Tokens = event.Usage.Completion
		}
		for _, choice := range event.Choices {
			if choice.Delta.Content != "" && text.Len() == 0 {
				a.First = time.Since(start)
			}
			text.WriteString(choice.Delta.Content)
		}
	}
	return a, fmt.Errorf("child: stream cut after %d bytes of text: %w", text.Len(), errors.Join(lines.Err(), io.ErrUnexpectedEOF))
}
