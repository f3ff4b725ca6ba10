package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"plexus"
	"plexus/catalog"
)

// rules holds what inputs every kind of model that runs takes.
type rules map[shape]*rule

// rule is a compiled input schema.
type rule struct {
	schema *jsonschema.Schema
	layout *layout
}

type shape struct {
	task plexus.Task
	form plexus.Form
}

func compile() (rules, error) {
	r := rules{}
	for _, k := range []shape{
		{plexus.TextGeneration, plexus.Native},
		{plexus.TextGeneration, plexus.ChatCompletion},
		{plexus.TextEmbeddings, ""},
		{plexus.TextEmbeddings, plexus.Plain},
		{plexus.TextEmbeddings, plexus.Contexts},
		{plexus.TextEmbeddings, plexus.Instructed},
		{plexus.TextClassification, ""},
		{plexus.TextClassification, plexus.Rerank},
	} {
		s, ok := catalog.SchemaOf(k.task, k.form)
		if !ok {
			return nil, fmt.Errorf("no schema for %s in form %q", k.task, k.form)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.Input))
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", k.task, err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("inputs.json", doc); err != nil {
			return nil, fmt.Errorf("schema of %s: %w", k.task, err)
		}
		schema, err := c.Compile("inputs.json")
		if err != nil {
			return nil, fmt.Errorf("schema of %s: %w", k.task, err)
		}
		r[k] = &rule{schema, layoutOf(schema)}
	}
	return r, nil
}

// check tells whether the inputs of req suit model m, and returns them as the
// engine is to read them.
func (r rules) check(m plexus.Model, req *plexus.Request) (json.RawMessage, error) {
	// Into float64, not json.Number: a number out of range ends here rather
	// than in arithmetic on a million digits.
	var inputs any
	if err := json.Unmarshal(req.Inputs, &inputs); err != nil {
		return nil, plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: %s", jsonFault(err)).Because(err)
	}
	rule := r[shape{m.Task, req.Form}]
	if rule == nil {
		return nil, plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: model %s does not take inputs of this form", m.ID)
	}
	if at, limit := rule.layout.tooMany(inputs); limit > 0 {
		return nil, plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: Length of '%.100s' must be <= %d", at, limit)
	}
	if err := exclusive(m, inputs); err != nil {
		return nil, err
	}
	var invalid *jsonschema.ValidationError
	switch err := rule.schema.Validate(inputs); {
	case errors.As(err, &invalid):
		return nil, plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: %s", explain(invalid))
	case err != nil:
		return nil, fmt.Errorf("validate inputs of %s: %w", m.ID, err)
	}
	canonical, err := rule.layout.canonical(bytes.TrimSpace(req.Inputs))
	if err != nil {
		return nil, fmt.Errorf("read inputs of %s: %w", m.ID, err)
	}
	return canonical, nil
}

// exclusive refuses the combinations that have errors of their own.
func exclusive(m plexus.Model, inputs any) error {
	in, ok := inputs.(map[string]any)
	if !ok {
		return nil // the schema says so better
	}
	if in["prompt"] != nil && in["messages"] != nil {
		return plexus.Errorf(plexus.CodeInvalidInput, "prompt and messages are mutually exclusive")
	}
	if lora, ok := in["lora"].(string); ok && lora != "" {
		return plexus.Errorf(plexus.CodeNoLoRA, "The model %s does not support LoRa inference", m.ID)
	}
	format, _ := in["response_format"].(map[string]any)
	if in["stream"] == true && (format["type"] == "json_schema" || format["type"] == "json_object") {
		return plexus.Errorf(plexus.CodeNoJSONStream, "JSON Schema mode is not supported with stream mode.")
	}
	return nil
}

// jsonFault words a failed decoding for the client.
func jsonFault(err error) string {
	var number *json.UnmarshalTypeError
	if errors.As(err, &number) {
		return fmt.Sprintf("%.40s is out of range", number.Value)
	}
	return "the inputs are not valid JSON"
}
