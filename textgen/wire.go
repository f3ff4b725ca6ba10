package textgen

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"

	"plexus"
)

// integer is a JSON number without a fraction, 42 or 42.0 as JSON Schema has
// it.
type integer int64

func (n *integer) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var f float64
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	if f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return badInput("%s is not an integer", clip(string(data)))
	}
	*n = integer(f)
	return nil
}

// stops is one stop string or a list of them.
type stops [][]byte

func (s *stops) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var list []string
	if data[0] == '"' {
		list = make([]string, 1)
		if err := json.Unmarshal(data, &list[0]); err != nil {
			return err
		}
	} else if err := json.Unmarshal(data, &list); err != nil {
		return badInput("stop must be a string or a list of strings")
	}
	if len(list) > maxStops {
		return badInput("stop holds %d strings, at most %d are allowed", len(list), maxStops)
	}
	*s = nil // of two keys the last counts
	for _, text := range list {
		if text == "" || len(text) > maxStopBytes {
			return badInput("stop strings must have 1 to %d bytes, not %d", maxStopBytes, len(text))
		}
		*s = append(*s, []byte(text))
	}
	return nil
}

// unsupported are inputs that would change what the answer means and that the
// engine cannot honour yet. Saying so beats an answer that ignores them.
type unsupported struct {
	ResponseFormat struct {
		Type string `json:"type"`
	} `json:"response_format"`
	GuidedJSON any    `json:"guided_json"`
	Tools      []any  `json:"tools"`
	ToolChoice any    `json:"tool_choice"`
	Functions  []any  `json:"functions"`
	Image      any    `json:"image"`
	LoRA       string `json:"lora"`
	Logprobs   any    `json:"logprobs"`
}

func (u *unsupported) check() error {
	if u.LoRA != "" {
		return plexus.Errorf(plexus.CodeNoLoRA, "The model does not support LoRa inference")
	}
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"response_format", u.ResponseFormat.Type != "" && u.ResponseFormat.Type != "text"},
		{"guided_json", u.GuidedJSON != nil},
		{"tools", len(u.Tools) > 0 && u.ToolChoice != "none"},
		{"functions", len(u.Functions) > 0},
		{"image", u.Image != nil},
		{"logprobs", u.Logprobs != nil && u.Logprobs != false},
	} {
		if f.set {
			return badInput("%s is not supported yet by this server", f.name)
		}
	}
	return nil
}

// pointer turns the dotted path of encoding/json into a JSON pointer.
func pointer(field string) string { return strings.ReplaceAll(field, ".", "/") }

// jsonType names the JSON type that decodes into t.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice:
		return "array"
	case reflect.Float64, reflect.Int64:
		return "number"
	}
	return "object"
}

// clip shortens what a client sent, for an error message.
func clip(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "..."
	}
	return s
}

// isNull reports whether JSON is missing or null.
func isNull(data []byte) bool {
	return len(data) == 0 || bytes.Equal(data, []byte("null"))
}
