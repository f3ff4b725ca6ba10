package gateway

import (
	"encoding/json"
	"strings"
	"testing"

	"plexus"
)

// What the engine reads is what was checked: no other spelling of a key, no
// earlier one of two, no key of another form.
func TestCanonical(t *testing.T) {
	r, err := compile()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		task         plexus.Task
		form         plexus.Form
		inputs, want string
	}{
		{plexus.TextGeneration, plexus.Native, `{"prompt":"a","max_tokens":1,"Max_Tokens":9,"STREAM":true}`, `{"max_tokens":1,"prompt":"a"}`},
		{plexus.TextGeneration, plexus.Native, ` {"prompt":"a","stop":["b"],"stop":["c"],"options":{}} `, `{"prompt":"a","stop":["c"]}`},
		{
			plexus.TextGeneration, plexus.Native,
			`{"messages":[{"role":"user","Content":"b","content":"a"},{"role":"assistant","tool_calls":[{"name":"f","arguments":{"z":1,"a":2},"X":0}]}]}`,
			`{"messages":[{"content":"a","role":"user"},{"role":"assistant","tool_calls":[{"arguments":{"z":1,"a":2},"name":"f"}]}]}`,
		},
		{plexus.TextGeneration, plexus.ChatCompletion, `{"prompt":"a","logit_bias":{"7":1}}`, `{"logit_bias":{"7":1},"prompt":"a"}`},
		{plexus.TextEmbeddings, "", `{"text":"a","Text":["b","c"],"contexts":"mine","queries":["d"],"Pooling":"last"}`, `{"text":"a"}`},
		{plexus.TextEmbeddings, plexus.Contexts, `{"text":"a","TEXT":null,"pooling":"weird"}`, `{"text":"a"}`},
	} {
		got, err := r.check(plexus.Model{ID: "m", Task: c.task}, &plexus.Request{Form: c.form, Inputs: json.RawMessage(c.inputs)})
		if err != nil || strings.TrimSpace(string(got)) != c.want {
			t.Errorf("%s\n got %s, %v\nwant %s", c.inputs, got, err, c.want)
		}
	}
}
