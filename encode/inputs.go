package encode

import (
	"encoding/json"

	"plexus"
)

// inputs are those of every form; each form's schema says which of them it has.
type inputs struct {
	Text    oneOrMore `json:"text"`
	Pooling Pooling   `json:"pooling"`

	Query    *string    `json:"query"`
	Contexts []struct { // of Contexts and Rerank
		Text string `json:"text"`
	} `json:"contexts"`
	TopK     *float64 `json:"top_k"` // a whole number, which JSON may write 2.0
	Truncate *bool    `json:"truncate_inputs"`

	Queries     oneOrMore `json:"queries"` // of Instructed
	Documents   oneOrMore `json:"documents"`
	Instruction string    `json:"instruction"`
}

// oneOrMore is a string or an array of them.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(data []byte) error {
	var one *string
	if err := json.Unmarshal(data, &one); err == nil {
		if one != nil {
			*o = oneOrMore{*one}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(o))
}

// decode reads inputs that the form's schema has been checked against.
func decode(r *plexus.Request) (*inputs, error) {
	in := &inputs{}
	if err := json.Unmarshal(r.Inputs, in); err != nil {
		return nil, badInput("the inputs do not match the model's schema").Because(err)
	}
	return in, nil
}

// contexts are the texts to score or embed.
func (in *inputs) contexts() []string {
	texts := make([]string, len(in.Contexts))
	for i, c := range in.Contexts {
		texts[i] = c.Text
	}
	return texts
}

func badInput(format string, args ...any) *plexus.Error {
	return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: "+format, args...)
}
