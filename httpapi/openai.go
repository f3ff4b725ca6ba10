package httpapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"

	"plexus"
	"plexus/catalog"
)

// chatCompletions answers OpenAI's POST /chat/completions.
func (s *Server) chatCompletions(c *call) error {
	body, err := readObject(c)
	if err != nil {
		return err
	}
	return s.complete(c, body, func(f completion) format { return &f })
}

// textCompletions answers OpenAI's older POST /completions: it continues a
// prompt as it is.
func (s *Server) textCompletions(c *call) error {
	body, err := readObject(c)
	if err != nil {
		return err
	}
	var inputs map[string]json.RawMessage
	if err := field(body, &inputs); err != nil {
		return err
	}
	if _, ok := inputs["prompt"]; !ok {
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: required properties at '/' are 'prompt'")
	}
	inputs["raw"] = json.RawMessage("true")
	if body, err = json.Marshal(inputs); err != nil {
		return err
	}
	return s.complete(c, body, func(f completion) format { return textCompletion{f} })
}

// complete runs an OpenAI request and writes it in the format that pick makes
// of the particulars.
func (s *Server) complete(c *call, body json.RawMessage, pick func(completion) format) error {
	var in struct {
		Model         string         `json:"model"`
		Options       plexus.Options `json:"options"`
		StreamOptions struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	if err := field(body, &in); err != nil {
		return err
	}
	if in.Model == "" {
		return plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: required properties at '/' are 'model'")
	}
	req := &plexus.Request{
		Account: cmp.Or(c.req.PathValue("account"), localAccount),
		Model:   in.Model,
		Form:    plexus.ChatCompletion,
		Inputs:  body,
		Options: in.Options,
	}
	return s.infer(c, req, func(m plexus.Model) format {
		return pick(completion{
			id: c.id, model: m.ID, created: s.now().Unix(),
			usage: in.StreamOptions.IncludeUsage,
		})
	})
}

type openaiModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// listModels answers GET /models with the models that would answer a request.
func (s *Server) listModels(c *call) error {
	list := struct {
		Object string        `json:"object"`
		Data   []openaiModel `json:"data"`
	}{"list", []openaiModel{}}
	for _, m := range s.Catalog.Models() {
		if !m.Deprecated && s.Gateway.Answers(m) {
			list.Data = append(list.Data, newOpenAIModel(m))
		}
	}
	return writeJSON(c, http.StatusOK, list)
}

func (s *Server) getModel(c *call) error {
	m, ok := s.Catalog.Find(c.req.PathValue("model"))
	if !ok || !s.Gateway.Answers(m) {
		return plexus.NoSuchModel(cut(c.req.PathValue("model"), 200))
	}
	return writeJSON(c, http.StatusOK, newOpenAIModel(m))
}

func newOpenAIModel(m plexus.Model) openaiModel {
	return openaiModel{ID: m.ID, Object: "model", Created: created(m), OwnedBy: catalog.Author(m)}
}

// created is when the model was added, in seconds since 1970.
func created(m plexus.Model) int64 {
	t, err := time.Parse("2006-01-02 15:04:05.999", m.CreatedAt)
	if err != nil {
		return 0
	}
	return t.Unix()
}
