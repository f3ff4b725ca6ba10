package chat

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var conversation = []map[string]any{
	{"role": "system", "content": "Be kind."},
	{"role": "user", "content": " Hi! "},
	{"role": "assistant", "content": "Hello."},
	{"role": "user", "content": "Bye <b>"},
}

func TestDefault(t *testing.T) {
	for _, c := range []struct{ token, want string }{
		{"<|im_start|>", "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\n Hi! <|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nBye <b><|im_end|>\n<|im_start|>assistant\n"},
		{"<|start_header_id|>", "<s><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye <b><|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"},
		{"<start_of_turn>", "<s><start_of_turn>user\nBe kind.<end_of_turn>\n<start_of_turn>user\nHi!<end_of_turn>\n<start_of_turn>model\nHello.<end_of_turn>\n<start_of_turn>user\nBye <b><end_of_turn>\n<start_of_turn>model\n"},
		{"[INST]", "<s>[INST]Be kind.[/INST][INST] Hi! [/INST]Hello.</s>[INST]Bye <b>[/INST]"},
		{"", "<s>System: Be kind.\nUser: Hi!\nAssistant: Hello.\nUser: Bye <b>\nAssistant:"},
	} {
		template, err := Default(func(s string) bool { return s == c.token }, "<s>", "</s>")
		if err != nil {
			t.Fatal(err)
		}
		got, err := template.Render(Input{Messages: conversation, AddGenerationPrompt: true})
		if err != nil || got != c.want {
			t.Errorf("with %q:\n got %q, %v\nwant %q", c.token, got, err, c.want)
		}
	}
}

const withTools = `{{ bos_token }}
{%- if tools is not none %}
    {{- '<|tools|>' }}
    {%- for tool in tools %}
        {{- '\n' + tool | tojson(indent=2) }}
    {%- endfor %}
    {{- '<|end|>' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'system' and not loop.first %}
        {{- raise_exception('a system message must come first') }}
    {%- endif %}
    {{- '<|' + message['role'] + '|>' }}
    {%- if message.tool_calls is defined %}
        {%- for call in message.tool_calls %}
            {{- {'name': call.function.name, 'arguments': call.function.arguments} | tojson }}
        {%- endfor %}
    {%- else %}
        {{- message.content.strip() }}
    {%- endif %}
    {{- '<|end|>' }}
{%- endfor %}
{{- strftime_now('%d %b %Y') if date is defined }}`

func TestTools(t *testing.T) {
	template, err := Parse(withTools, "<s>", "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := template.Render(Input{
		Messages: []map[string]any{
			{"role": "user", "content": "two & two?"},
			{"role": "assistant", "tool_calls": json.RawMessage(`[{"function": {"name": "add", "arguments": {"b": 2, "a": 2.0}}}]`)},
			{"role": "tool", "content": "4"},
		},
		Tools: []json.RawMessage{json.RawMessage(`{"type": "function", "function": {"name": "add", "description": "a <sum>"}}`)},
		Extra: map[string]any{"date": true},
		Now:   time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
	})
	want := "<s><|tools|>\n{\n  \"type\": \"function\",\n  \"function\": {\n    \"name\": \"add\",\n    \"description\": \"a <sum>\"\n  }\n}<|end|>" +
		"<|user|>two & two?<|end|><|assistant|>{\"name\": \"add\", \"arguments\": {\"b\": 2, \"a\": 2.0}}<|end|><|tool|>4<|end|>01 Jul 2026"
	if err != nil || got != want {
		t.Errorf("got %q, %v\nwant %q", got, err, want)
	}
	_, err = template.Render(Input{Messages: []map[string]any{{"role": "user", "content": ""}, {"role": "system", "content": ""}}})
	var raised *Error
	if !errors.As(err, &raised) || raised.Message != "a system message must come first" {
		t.Errorf("error %v", err)
	}
	if _, err := template.Render(Input{Messages: []map[string]any{{"role": "user", "content": 1 + 2i}}}); err == nil {
		t.Error("no error for a complex number")
	}
}

func TestGuard(t *testing.T) {
	controls := []string{"<|a|>", "|>b", "<s>", "é!"}
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{"x<|a|>", "x<\uFDD0|a|>"},
		{"<|a|>b", "<\uFDD0|a|\uFDD0>b"},
		{"<<s>s>", "<<\uFDD0s>s>"},
		{"é!é!", "é\uFDD0!é\uFDD0!"},
		{"<\uFDD0s>", "<\uFDD0s>"},
		{"\xff<s>\xff", "\xff<\uFDD0s>\xff"},
	} {
		if got := Guard(c.in, controls); got != c.want {
			t.Errorf("Guard(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzGuard(f *testing.F) {
	f.Add("<|a|>b<<s>s>", "<|a|>", "|>b")
	f.Fuzz(func(t *testing.T, s, a, b string) {
		controls := slices.DeleteFunc([]string{a, b}, func(c string) bool {
			return len(c) == firstRune(c) || strings.Contains(c, guardRune) || !utf8.ValidString(c)
		})
		got := Guard(s, controls)
		for _, c := range controls {
			if strings.Contains(got, c) {
				t.Errorf("Guard(%q, %q) = %q", s, controls, got)
			}
		}
		if !strings.Contains(s, guardRune) && strings.ReplaceAll(got, guardRune, "") != s {
			t.Errorf("Guard(%q, %q) = %q", s, controls, got)
		}
	})
}
