package plexus

import "iter"

// Result is what a task returns: exactly one of Value, Events and Body.
// How it is written on the wire is each dialect's business.
type Result struct {
	// Model is the catalog entry that was asked for.
	Model Model
	// StandIn is the id of the pocket model that answered in Model's place,
	// or empty.
	StandIn string

	// Value is a JSON value; *Generation for text generation, *Embeddings
	// and *Ranking for those.
	Value any
	// Events is a stream; of *Delta for text generation. It may be ranged
	// over once. An error ends it. Leaving the loop early cancels the work.
	// Whoever receives a Result with Events must range over them, or cancel
	// the request's context.
	Events iter.Seq2[any, error]
	// Body is bytes of ContentType.
	Body        []byte
	ContentType string

	// Usage is what Value or Body cost. Streams report it in their last event.
	Usage Usage
}

// Usage counts what a request consumed.
type Usage struct {
	PromptTokens     int
	CompletionTokens int
	CachedTokens     int // of PromptTokens, those found in the prefix cache
	Neurons          Neurons
}

// Neurons is the service's unit of cost.
type Neurons float64

// DollarsPerNeuron is the price of one: $0.011 buys 1,000.
const DollarsPerNeuron = 0.011 / 1000

// FinishReason says why a generation ended, in OpenAI's words.
type FinishReason string

const (
	FinishStop   FinishReason = "stop"   // end of turn, or a stop string
	FinishLength FinishReason = "length" // max_tokens or the context is used up
)

// Generation is the whole outcome of a text generation.
type Generation struct {
	Choices []Choice // as many as the request's n
}

// Choice is one of the texts of a Generation.
type Choice struct {
	Text         string
	FinishReason FinishReason
}

// Delta is one step of a streamed text generation.
type Delta struct {
	Choice       int          // which of the n texts
	Text         string       // what to append; whole UTF-8 sequences only
	FinishReason FinishReason // set in the choice's last Delta
	Usage        *Usage       // set in the very last Delta of the stream, whose Text is empty
}

// Embeddings are vectors of texts, in their order.
type Embeddings struct {
	Shape   [2]int      `json:"shape"` // texts, numbers of each
	Data    [][]float32 `json:"data"`
	Pooling string      `json:"pooling,omitempty"`
}

// Ranking scores contexts by their relevance to a query, the best first.
type Ranking struct {
	Response []Score `json:"response"`
}

// Score is how relevant a context is.
type Score struct {
	ID    int     `json:"id"` // its place among the contexts of the request
	Score float32 `json:"score"`
}

// Label is what a classifier calls a text, with a probability.
type Label struct {
	Label string  `json:"label"`
	Score float32 `json:"score"`
}
