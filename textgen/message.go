package textgen

import (
	"encoding/json"
	"strings"
)

// message is one turn of a conversation.
type message struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"`
	Name       string          `json:"name"`
	ToolCalls  []toolCall      `json:"tool_calls"`
	ToolCallID string          `json:"tool_call_id"`
}

// part is an element of a message's content where that is a list.
type part struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// render returns the message as chat templates know it. i is its index, for
// errors.
func (m *message) render(i int) (map[string]any, error) {
	role := m.Role
	switch role {
	case "system", "user", "assistant", "tool":
	case "developer": // OpenAI's newer word
		role = "system"
	case "":
		return nil, badInput("required properties at '/messages/%d' are 'role'", i)
	default:
		return nil, badInput("'/messages/%d/role' must be system, developer, user, assistant or tool, not %q", i, clip(role))
	}
	content, err := m.text(i)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"role": role, "content": content}
	if m.Name != "" {
		out["name"] = m.Name
	}
	if m.ToolCallID != "" {
		out["tool_call_id"] = m.ToolCallID
	}
	if len(m.ToolCalls) > 0 {
		calls := make([]any, len(m.ToolCalls))
		for j, c := range m.ToolCalls {
			calls[j] = c.render()
		}
		out["tool_calls"] = calls
	}
	return out, nil
}

// text returns the content: a string, text parts joined, or null of an
// assistant that only called tools.
func (m *message) text(i int) (string, error) {
	if isNull(m.Content) {
		if m.Role != "assistant" {
			return "", badInput("required properties at '/messages/%d' are 'content'", i)
		}
		return "", nil
	}
	var text string
	if json.Unmarshal(m.Content, &text) == nil {
		return text, nil
	}
	var parts []part
	if err := json.Unmarshal(m.Content, &parts); err != nil {
		return "", badInput("'/messages/%d/content' must be a string or a list of parts", i)
	}
	var all strings.Builder
	for j, p := range parts {
		if p.Type != "text" {
			return "", badInput("'/messages/%d/content/%d' is of type %q; this model reads text only", i, j, clip(p.Type))
		}
		all.WriteString(p.Text)
	}
	return all.String(), nil
}

// toolCall is a call of a function, as {"function": {"name", "arguments"}} or
// flat. Its values stay JSON so that their keys stay in order.
type toolCall map[string]json.RawMessage

// render returns the call as templates expect it: arguments that came as JSON
// text, OpenAI's way, become the object that the text says.
func (c toolCall) render() map[string]any {
	out := make(map[string]any, len(c))
	for k, v := range c {
		out[k] = v
	}
	var function toolCall
	var text string
	switch {
	case json.Unmarshal(c["function"], &function) == nil && function != nil:
		out["function"] = function.render()
	case json.Unmarshal(c["arguments"], &text) == nil && isObject(text):
		out["arguments"] = json.RawMessage(text)
	}
	return out
}

func isObject(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), "{") && json.Valid([]byte(text))
}
