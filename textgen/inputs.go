package textgen

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"

	"plexus"
)

const (
	nativeMaxTokens    = 256 // the service's default
	nativeTemperature  = 0.6
	defaultTemperature = 1 // of chat.completion

	maxChoices   = 8
	maxStops     = 16
	maxStopBytes = 256
)

// inputs is what a request asks for.
type inputs struct {
	prompt    string
	messages  []map[string]any // nil: prompt is a single message of the user
	raw       bool             // prompt is not put through the chat template
	extra     map[string]any   // what the chat template may see besides messages
	stream    bool
	maxTokens int // 0: as many as fit
	choices   int
	seed      uint64
	stops     [][]byte
	sampling  sampling
}

// wire is the JSON of both forms; what only one of them has is in its part of
// decode.
type wire struct {
	Prompt              *string            `json:"prompt"`
	Messages            []message          `json:"messages"`
	Raw                 bool               `json:"raw"`
	Stream              bool               `json:"stream"`
	MaxTokens           *integer           `json:"max_tokens"`
	MaxCompletionTokens *integer           `json:"max_completion_tokens"`
	Temperature         *float64           `json:"temperature"`
	TopK                *integer           `json:"top_k"`
	TopP                *float64           `json:"top_p"`
	MinP                *float64           `json:"min_p"`
	Seed                *integer           `json:"seed"`
	RepetitionPenalty   *float64           `json:"repetition_penalty"`
	FrequencyPenalty    *float64           `json:"frequency_penalty"`
	PresencePenalty     *float64           `json:"presence_penalty"`
	Stop                stops              `json:"stop"`
	N                   *integer           `json:"n"`
	LogitBias           map[string]float64 `json:"logit_bias"`
	TemplateArguments   struct {
		EnableThinking *bool `json:"enable_thinking"`
		Thinking       *bool `json:"thinking"`
	} `json:"chat_template_kwargs"`

	unsupported
}

// badInput is the service's answer to inputs that are not what the model's
// schema asks for.
func badInput(format string, args ...any) *plexus.Error {
	return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: "+format, args...)
}

// decode reads a request's inputs. Its errors are *plexus.Error.
func decode(form plexus.Form, data []byte) (*inputs, error) {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, syntax(err)
	}
	if err := w.unsupported.check(); err != nil {
		return nil, err
	}
	in := &inputs{raw: w.Raw, stream: w.Stream, choices: 1, stops: w.Stop}
	limits := []*integer{w.MaxTokens}
	temperature := nativeTemperature
	if form == plexus.ChatCompletion {
		limits = []*integer{w.MaxCompletionTokens, w.MaxTokens}
		temperature = defaultTemperature
	} else {
		in.maxTokens = nativeMaxTokens
		w.N, w.LogitBias = nil, nil
	}
	if err := in.text(&w); err != nil {
		return nil, err
	}
	if err := in.length(&w, limits); err != nil {
		return nil, err
	}
	if err := in.sample(&w, temperature); err != nil {
		return nil, err
	}
	return in, nil
}

// syntax says what is wrong with JSON that does not decode.
func syntax(err error) *plexus.Error {
	var known *plexus.Error
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &wrong) && wrong.Field != "":
		return badInput("Type mismatch of '/%s', '%s' not in '%s'", pointer(wrong.Field), jsonType(wrong.Type), wrong.Value)
	case errors.As(err, &wrong):
		return badInput("Type mismatch of '/', 'object' not in '%s'", wrong.Value)
	}
	return badInput("%v", err)
}

// text takes the prompt or the messages.
func (in *inputs) text(w *wire) error {
	switch {
	case w.Prompt != nil && w.Messages != nil:
		return plexus.Errorf(plexus.CodeInvalidInput, "prompt and messages are mutually exclusive")
	case w.Prompt == nil && w.Messages == nil:
		return badInput("required properties at '/' are 'prompt' or 'messages'")
	case w.Prompt != nil && *w.Prompt == "":
		return badInput("Length of '/prompt' must be >= 1")
	case w.Messages != nil && len(w.Messages) == 0:
		return badInput("Length of '/messages' must be >= 1")
	}
	if w.Prompt != nil {
		in.prompt = *w.Prompt
	}
	for i, m := range w.Messages {
		rendered, err := m.render(i)
		if err != nil {
			return err
		}
		in.messages = append(in.messages, rendered)
	}
	in.extra = make(map[string]any)
	if b := w.TemplateArguments.EnableThinking; b != nil {
		in.extra["enable_thinking"] = *b
	}
	if b := w.TemplateArguments.Thinking; b != nil {
		in.extra["thinking"] = *b
	}
	return nil
}

// length takes what says how much to generate. The first limit that is set
// counts.
func (in *inputs) length(w *wire, limits []*integer) error {
	for _, l := range limits {
		if l != nil {
			if *l < 1 {
				return badInput("max_tokens must be >= 1, not %d", *l)
			}
			in.maxTokens = int(min(int64(*l), 1<<31-1))
			break
		}
	}
	if w.N != nil {
		if *w.N < 1 || *w.N > maxChoices {
			return badInput("n must be 1 to %d, not %d", maxChoices, *w.N)
		}
		in.choices = int(*w.N)
	}
	in.seed = rand.Uint64()
	if w.Seed != nil {
		in.seed = uint64(*w.Seed)
	}
	return nil
}

// sample takes what says how to choose tokens.
func (in *inputs) sample(w *wire, temperature float64) error {
	s := &in.sampling
	s.topP, s.temperature, s.penalties.repetition = 1, temperature, 1
	for _, p := range []struct {
		name     string
		from     *float64
		to       *float64
		min, max float64
	}{
		{"temperature", w.Temperature, &s.temperature, 0, 5},
		{"top_p", w.TopP, &s.topP, 0, 2},
		{"min_p", w.MinP, &s.minP, 0, 1},
		{"repetition_penalty", w.RepetitionPenalty, &s.penalties.repetition, 0, 2},
		{"frequency_penalty", w.FrequencyPenalty, &s.penalties.frequency, -2, 2},
		{"presence_penalty", w.PresencePenalty, &s.penalties.presence, -2, 2},
	} {
		if p.from == nil {
			continue
		}
		if *p.from < p.min || *p.from > p.max {
			return badInput("%s must be %v to %v, not %v", p.name, p.min, p.max, *p.from)
		}
		*p.to = *p.from
	}
	if s.penalties.repetition == 0 { // the service's schema lets it through; there is nothing to divide by
		s.penalties.repetition = 1
	}
	if w.TopK != nil {
		if *w.TopK < 0 {
			return badInput("top_k must be >= 0, not %d", *w.TopK)
		}
		s.topK = int(*w.TopK)
	}
	return in.biases(w.LogitBias)
}

// biases takes OpenAI's logit_bias: token ids, as JSON keys are strings, to
// numbers from -100 to 100.
func (in *inputs) biases(from map[string]float64) error {
	for name, b := range from {
		id, err := strconv.ParseUint(name, 10, 31)
		if err != nil {
			return badInput("logit_bias: %q is not a token id", name)
		}
		if b < -100 || b > 100 {
			return badInput("logit_bias of %s must be -100 to 100, not %v", name, b)
		}
		if in.sampling.bias == nil {
			in.sampling.bias = make(map[int32]float64, len(from))
		}
		in.sampling.bias[int32(id)] = b
	}
	return nil
}
