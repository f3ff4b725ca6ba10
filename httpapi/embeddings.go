package httpapi

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"net/http"

	"plexus"
)

// embeddingsInputs is OpenAI's POST /embeddings.
type embeddingsInputs struct {
	Model      string          `json:"model"`
	Input      json.RawMessage `json:"input"`
	Format     string          `json:"encoding_format"`
	Dimensions *int            `json:"dimensions"`
	Options    plexus.Options  `json:"options"`
}

type embeddingsAnswer struct {
	Object string          `json:"object"`
	Data   []embedding     `json:"data"`
	Model  string          `json:"model"`
	Usage  embeddingsUsage `json:"usage"`
}

type embedding struct {
	Object    string `json:"object"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"` // numbers, or their bytes in base64
}

type embeddingsUsage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

// embeddings answers OpenAI's POST /embeddings. What is texts here is "text"
// in every form of the service.
func (s *Server) embeddings(c *call) error {
	body, err := readObject(c)
	if err != nil {
		return err
	}
	var in embeddingsInputs
	if err := field(body, &in); err != nil {
		return err
	}
	switch {
	case in.Model == "":
		return missing("model")
	case in.Input == nil:
		return missing("input")
	case in.Format != "" && in.Format != "float" && in.Format != "base64":
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: enum %.40q not in float,base64 at '/encoding_format'", in.Format)
	case in.Dimensions != nil && *in.Dimensions < 1:
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: '/dimensions' must be >= 1")
	case s.taskOf(in.Model) != plexus.TextEmbeddings:
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: the model %.200s does not make embeddings", in.Model)
	}
	if !texts(in.Input) {
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: '/input' must be a text or an array of texts: tokens are not taken")
	}
	inputs, err := json.Marshal(map[string]any{"text": in.Input})
	if err != nil {
		return err
	}
	req := &plexus.Request{
		Account: cmp.Or(c.req.PathValue("account"), localAccount),
		Model:   in.Model, Inputs: inputs, Options: in.Options,
	}
	if in.Dimensions != nil {
		req.Dimensions = *in.Dimensions
	}
	res, err := s.compute(c, req)
	if err != nil {
		return renamed(err, "text", "input")
	}
	v, ok := res.Value.(*plexus.Embeddings)
	if !ok {
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: the model %s does not make embeddings", res.Model.ID)
	}
	a := embeddingsAnswer{Object: "list", Data: []embedding{}, Model: res.Model.ID,
		Usage: embeddingsUsage{res.Usage.PromptTokens, res.Usage.PromptTokens}}
	for i, numbers := range v.Data {
		e := embedding{Object: "embedding", Index: i, Embedding: numbers}
		if in.Format == "base64" {
			e.Embedding = base64Floats(numbers)
		}
		a.Data = append(a.Data, e)
	}
	return writeJSON(c, http.StatusOK, c.dialect.success(a))
}

// texts reports whether input is a string or an array of them.
func texts(input json.RawMessage) bool {
	var one string
	var more []string
	return json.Unmarshal(input, &one) == nil || json.Unmarshal(input, &more) == nil
}

// taskOf is the task of the model with the id; that of an unknown one is the
// gateway's to refuse.
func (s *Server) taskOf(id string) plexus.Task {
	m, ok := s.Catalog.Find(id)
	if !ok {
		return plexus.TextEmbeddings
	}
	return m.Task
}

// base64Floats is x as OpenAI's clients ask for it: float32, little-endian.
func base64Floats(x []float32) string {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return base64.StdEncoding.EncodeToString(b)
}
