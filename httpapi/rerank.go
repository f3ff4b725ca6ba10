package httpapi

import (
	"encoding/json"
	"net/http"

	"plexus"
)

// rerankInputs is the POST /rerank that Cohere and Jina AI have in common.
type rerankInputs struct {
	Model           string         `json:"model"`
	Query           string         `json:"query"`
	Documents       []document     `json:"documents"`
	TopN            *int           `json:"top_n"`
	ReturnDocuments bool           `json:"return_documents"`
	Options         plexus.Options `json:"options"`
}

// document is a text, on the wire alone or in an object.
type document struct {
	Text string `json:"text"`
}

func (d *document) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &d.Text) == nil {
		return nil
	}
	type object document
	return json.Unmarshal(data, (*object)(d))
}

type rerankAnswer struct {
	Model   string          `json:"model"`
	Results []rerankResult  `json:"results"`
	Usage   embeddingsUsage `json:"usage"`
}

type rerankResult struct {
	Index    int       `json:"index"`
	Score    float32   `json:"relevance_score"`
	Document *document `json:"document,omitempty"`
}

// rerank answers POST /rerank.
func (s *Server) rerank(c *call) error {
	body, err := readObject(c)
	if err != nil {
		return err
	}
	var in rerankInputs
	if err := field(body, &in); err != nil {
		return err
	}
	if in.Model == "" {
		return missing("model")
	}
	if m, ok := s.Catalog.Find(in.Model); ok && m.Form != plexus.Rerank && m.Form != plexus.Contexts {
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: the model %.200s does not rank", in.Model)
	}
	inputs := map[string]any{"query": in.Query, "contexts": in.Documents}
	if in.TopN != nil {
		inputs["top_k"] = *in.TopN
	}
	data, err := json.Marshal(inputs)
	if err != nil {
		return err
	}
	res, err := s.compute(c, &plexus.Request{Account: localAccount, Model: in.Model, Inputs: data, Options: in.Options})
	if err != nil {
		return renamed(err, "contexts", "documents", "top_k", "top_n")
	}
	ranking, ok := res.Value.(*plexus.Ranking)
	if !ok {
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: the model %s does not rank", res.Model.ID)
	}
	a := rerankAnswer{Model: res.Model.ID, Results: []rerankResult{},
		Usage: embeddingsUsage{res.Usage.PromptTokens, res.Usage.PromptTokens}}
	for _, r := range ranking.Response {
		result := rerankResult{Index: r.ID, Score: r.Score}
		if in.ReturnDocuments {
			result.Document = &in.Documents[r.ID]
		}
		a.Results = append(a.Results, result)
	}
	return writeJSON(c, http.StatusOK, c.dialect.success(a))
}
