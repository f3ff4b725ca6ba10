package httpapi

import (
	"encoding/json"
	"strings"

	"plexus"
)

// localAccount pays for requests of dialects that name no account.
const localAccount = "local"

// bindingRun answers env.AI.run: the model stands in a header, the inputs and
// options in the body.
func (s *Server) bindingRun(c *call) error {
	r := c.req
	if r.URL.Query().Has("userInputs") {
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: this model takes its inputs as JSON, not as a stream")
	}
	id := r.Header.Get("cf-consn-model-id")
	if id == "" {
		return plexus.Errorf(plexus.CodeIncomplete, "Request is missing headers or body: cf-consn-model-id")
	}
	if _, ok := s.Catalog.Find(id); !ok { // then it may begin with the binding's prefix
		if _, after, found := strings.Cut(id, ":"); found {
			id = after
		}
	}
	body, err := readObject(c)
	if err != nil {
		return err
	}
	var in struct {
		Inputs  json.RawMessage `json:"inputs"`
		Options runOptions      `json:"options"`
	}
	if err := field(body, &in); err != nil {
		return err
	}
	if len(in.Inputs) == 0 {
		return plexus.Errorf(plexus.CodeIncomplete, "Request is missing headers or body: inputs")
	}
	return s.run(c, localAccount, id, in.Inputs, in.Options)
}

// notYet answers the calls of env.AI that nothing here serves: run with the
// option websocket, which asks with GET, toMarkdown, autorag, gateways.
func notYet(what string) func(*call) error {
	return func(*call) error {
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: %s is not supported here yet", what)
	}
}

// restRun answers /ai/run/{model}, whose body is the inputs.
func (s *Server) restRun(c *call) error {
	body, err := readObject(c)
	if err != nil {
		return err
	}
	return s.restRunModel(c, c.req.PathValue("model"), body, body)
}

// restRunAny answers /ai/run: the model stands in the body, beside its inputs
// or an object of them.
func (s *Server) restRunAny(c *call) error {
	body, err := readObject(c)
	if err != nil {
		return err
	}
	var in struct {
		Model  string          `json:"model"`
		Inputs json.RawMessage `json:"inputs"`
	}
	if err := field(body, &in); err != nil {
		return err
	}
	if in.Model == "" {
		return missing("model")
	}
	if len(in.Inputs) == 0 {
		in.Inputs = body
	}
	return s.restRunModel(c, in.Model, body, in.Inputs)
}

func (s *Server) restRunModel(c *call, model string, body, inputs json.RawMessage) error {
	var in struct {
		Options runOptions `json:"options"`
	}
	if err := field(body, &in); err != nil {
		return err
	}
	in.Options.Queue = in.Options.Queue || c.req.URL.Query().Get("queueRequest") == "true"
	return s.run(c, c.req.PathValue("account"), model, inputs, in.Options)
}

// runOptions are the options of a call that the door looks at.
type runOptions struct {
	plexus.Options
	Queue bool `json:"queueRequest"`
}

func (s *Server) run(c *call, account, model string, inputs json.RawMessage, o runOptions) error {
	if o.Queue {
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: queueRequest is not supported here yet")
	}
	req := &plexus.Request{Account: account, Model: model, Inputs: inputs, Options: o.Options}
	return s.infer(c, req, s.runFormat(c))
}
