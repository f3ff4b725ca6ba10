package plexus

import "encoding/json"

// Request is one call of one model, whatever dialect it came in.
type Request struct {
	ID      string          // unique; the cf-ai-req-id of the response
	Account string          // who pays, and whose cached prefixes may be shared
	Model   string          // as the client named it
	Form    Form            // of Inputs; empty: the model's own
	Inputs  json.RawMessage // a JSON object, the task's inputs
	// Dimensions is the length of the embeddings that the answer should have,
	// by leaving out the last numbers; 0 is the model's own.
	Dimensions int
	// Truncate cuts what is longer than the model takes, whatever the inputs
	// say: a stand-in does not refuse what the model it stands in for takes.
	Truncate bool
	Options  Options
}

// Options are the parts of a call that are not inputs of the model.
// Unknown ones are ignored, as the service does.
type Options struct {
	// RejectIfBusy answers CodeNoCapacity rather than wait in a queue.
	RejectIfBusy bool `json:"rejectIfBusy"`
}
