package textgen

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"plexus"
	"plexus/tokenizer/chat"
)

func TestDecodeErrors(t *testing.T) {
	many := `["` + strings.Repeat(`a","`, 10000) + `a"]`
	for inputs, want := range map[string]string{
		``:                                   "unexpected end of JSON",
		`[]`:                                 "'object' not in 'array'",
		`{}`:                                 "'prompt' or 'messages'",
		`{"prompt":null}`:                    "'prompt' or 'messages'",
		`{"prompt":""}`:                      "Length of '/prompt'",
		`{"prompt":7}`:                       "'/prompt', 'string' not in 'number'",
		`{"prompt":["a"]}`:                   "'/prompt'",
		`{"prompt":"p","messages":[]}`:       "mutually exclusive",
		`{"messages":[]}`:                    "Length of '/messages'",
		`{"messages":{}}`:                    "'/messages'",
		`{"messages":["hi"]}`:                "'object' not in 'string'",
		`{"messages":[{"content":"hi"}]}`:    "'/messages/0' are 'role'",
		`{"messages":[{"role":"user"}]}`:     "'/messages/0' are 'content'",
		`{"messages":[{"role":"robot"}]}`:    `"robot"`,
		`{"prompt":"p","max_tokens":0}`:      "max_tokens must be >= 1",
		`{"prompt":"p","max_tokens":-1}`:     "max_tokens must be >= 1",
		`{"prompt":"p","max_tokens":1.5}`:    "1.5 is not an integer",
		`{"prompt":"p","max_tokens":"9"}`:    "'number' not in 'string'",
		`{"prompt":"p","max_tokens":1e999}`:  "1e999",
		`{"prompt":"p","seed":1.5}`:          "not an integer",
		`{"prompt":"p","temperature":NaN}`:   "invalid character",
		`{"prompt":"p","temperature":-0.1}`:  "temperature must be 0 to 5",
		`{"prompt":"p","top_p":3}`:           "top_p",
		`{"prompt":"p","top_k":-1}`:          "top_k",
		`{"prompt":"p","min_p":2}`:           "min_p",
		`{"prompt":"p","n":9}`:               "n must be 1 to 8",
		`{"prompt":"p","n":0}`:               "n must be 1 to 8",
		`{"prompt":"p","stop":""}`:           "stop strings must have",
		`{"prompt":"p","stop":7}`:            "stop must be",
		`{"prompt":"p","stop":` + many + `}`: "stop holds 10001 strings",
		`{"prompt":"p","stop":"` + strings.Repeat("a", 300) + `"}`:        "not 300",
		`{"prompt":"p","logit_bias":{"x":1}}`:                             `"x" is not a token id`,
		`{"prompt":"p","logit_bias":{"-1":1}}`:                            "not a token id",
		`{"prompt":"p","logit_bias":{"1":101}}`:                           "logit_bias of 1",
		`{"prompt":"p","response_format":{"type":"json_object"}}`:         "response_format is not supported yet",
		`{"prompt":"p","tools":[{"name":"f"}]}`:                           "tools is not supported yet",
		`{"prompt":"p","image":[1,2]}`:                                    "image is not supported yet",
		`{"prompt":"p","logprobs":true}`:                                  "logprobs is not supported yet",
		`{"prompt":"p","lora":"mine"}`:                                    "LoRa",
		`{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}`: `'/messages/0/content/0' is of type "image_url"`,
		`{"messages":[{"role":"user","content":{"text":"hi"}}]}`:          "'/messages/0/content'",
	} {
		_, err := decode(plexus.ChatCompletion, []byte(inputs))
		var p *plexus.Error
		if !errors.As(err, &p) || p.Code.Status() >= 500 || !strings.Contains(p.Message, want) {
			t.Errorf("%.60s: %v, want %q", inputs, err, want)
		}
	}
}

func TestDecode(t *testing.T) {
	native, err := decode(plexus.Native, []byte(`{"prompt":"hi","n":3,"logit_bias":{"1":5},"repetition_penalty":0,
		"response_format":{"type":"text"},"tools":[],"image":null,"stop":null,"top_k":null,"lora":null,"unknown":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if native.maxTokens != 256 || native.choices != 1 || native.sampling.temperature != 0.6 || native.sampling.bias != nil || native.sampling.penalties.repetition != 1 {
		t.Errorf("native defaults: %+v", native)
	}
	chat, err := decode(plexus.ChatCompletion, []byte(`{"max_tokens":9,"max_completion_tokens":7.0,"seed":42,"stop":["w"],"stop":"x","tool_choice":"none","tools":[{}],
		"chat_template_kwargs":{"enable_thinking":false,"messages":"mine"},"messages":[
		{"role":"developer","content":"be brief"},
		{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"name":"me"},
		{"role":"assistant","content":null,"tool_calls":[]},
		{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},
		{"role":"tool","content":"7","tool_call_id":"1"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if chat.maxTokens != 7 || chat.seed != 42 || chat.sampling.temperature != 1 || len(chat.stops) != 1 {
		t.Errorf("chat: %+v", chat)
	}
	got, _ := json.Marshal(map[string]any{"messages": chat.messages, "extra": chat.extra})
	want := `{"extra":{"enable_thinking":false},"messages":[{"content":"be brief","role":"system"},` +
		`{"content":"ab","name":"me","role":"user"},` +
		`{"content":"","role":"assistant"},{"content":"","role":"assistant","tool_calls":[{"function":{"arguments":{"x":1},"name":"f"},"id":"1","type":"function"}]},` +
		`{"content":"7","role":"tool","tool_call_id":"1"}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Whatever the inputs, the answer is text or an error that blames the client.
func FuzzRun(f *testing.F) {
	for _, s := range []string{
		`{"prompt":"hi","stream":true,"seed":1,"stop":["a","b"],"top_k":3,"top_p":0,"min_p":0.1,"temperature":1e-9}`,
		`{"messages":[{"role":"user","content":[{"type":"text","text":"\ud800"}]}],"n":2,"logit_bias":{"259":100,"3":-100}}`,
		`{"prompt":"<|end|>","raw":true,"max_tokens":2147483648,"repetition_penalty":1e-300,"frequency_penalty":2}`,
		`{"messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"{"}}]}],"chat_template_kwargs":{}}`,
	} {
		f.Add([]byte(s), true)
	}
	template, err := chat.Default(func(string) bool { return false }, "", "")
	if err != nil {
		f.Fatal(err)
	}
	e := New(newFake(babble, 64, 100, 20), bytesTokenizer(f), template, workers(f), Options{})
	defer e.Close()
	f.Fuzz(func(t *testing.T, inputs []byte, native bool) {
		form := plexus.ChatCompletion
		if native {
			form = plexus.Native
		}
		r, err := e.Run(context.Background(), &plexus.Request{Form: form, Inputs: inputs})
		if err == nil && r.Events != nil {
			_, _, err = collect(r)
		}
		if err != nil && plexus.AsError(err).Code.Status() >= 500 {
			t.Errorf("%s: %v", inputs, err)
		}
	})
}
