package httpapi

import (
	"net/http"
	"net/url"
	"strconv"

	"plexus"
	"plexus/catalog"
)

// The service's listing, /ai/models/search and its neighbours.

type listedModel struct {
	ID          string            `json:"id"`
	Source      catalog.Source    `json:"source"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Task        catalog.Task      `json:"task"`
	CreatedAt   string            `json:"created_at"`
	Tags        []string          `json:"tags"`
	Properties  []plexus.Property `json:"properties"`
}

type resultInfo struct {
	Count      int `json:"count"`
	Page       int `json:"page"`
	PerPage    int `json:"per_page"`
	TotalCount int `json:"total_count"`
	TotalPages int `json:"total_pages"`
}

const (
	defaultPerPage = 100
	maxPerPage     = 1000
)

func (s *Server) searchModels(c *call) error {
	q := c.req.URL.Query()
	page, err := number(q, "page", 1, 1, 1<<20)
	if err != nil {
		return err
	}
	perPage, err := number(q, "per_page", defaultPerPage, 1, maxPerPage)
	if err != nil {
		return err
	}
	source, err := number(q, "source", 0, 1, 2)
	if err != nil {
		return err
	}
	models := s.Catalog.Search(catalog.Query{
		Task:              q.Get("task"),
		Author:            q.Get("author"),
		Source:            catalog.Source(source),
		Text:              q.Get("search"),
		HideExperimental:  q.Get("hide_experimental") == "true",
		IncludeDeprecated: q.Get("include_deprecated") == "true",
	})
	if q.Get("format") == "openrouter" {
		return writeJSON(c, http.StatusOK, openrouter(models))
	}
	info := &resultInfo{Page: page, PerPage: perPage, TotalCount: len(models), TotalPages: (len(models) + perPage - 1) / perPage}
	first := min((page-1)*perPage, len(models))
	result := []listedModel{}
	for _, m := range models[first:min(first+perPage, len(models))] {
		result = append(result, s.listed(m))
	}
	info.Count = len(result)
	return writeJSON(c, http.StatusOK, envelope{
		Result: result, Success: true, Errors: []restError{}, Messages: []string{}, ResultInfo: info,
	})
}

func (s *Server) listed(m plexus.Model) listedModel {
	return listedModel{
		ID: m.UUID, Source: catalog.SourceOf(m), Name: m.ID, Description: m.Description,
		Task: s.Catalog.TaskOf(m), CreatedAt: m.CreatedAt,
		Tags: append([]string{}, m.Tags...), Properties: append([]plexus.Property{}, m.Properties...),
	}
}

// number reads a decimal parameter of the query.
func number(q url.Values, name string, missing, low, high int) (int, error) {
	if !q.Has(name) {
		return missing, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < low || n > high {
		return 0, plexus.Errorf(plexus.CodeInvalidInput, "%s must be a number from %d to %d", name, low, high)
	}
	return n, nil
}

func (s *Server) modelSchema(c *call) error {
	id := c.req.URL.Query().Get("model")
	m, ok := s.Catalog.Find(id)
	if !ok {
		return plexus.NoSuchModel(cut(id, 200))
	}
	schema, ok := catalog.SchemaOf(m.Task, m.Form)
	if !ok {
		return plexus.NoSuchModel(m.ID)
	}
	return writeJSON(c, http.StatusOK, c.dialect.success(schema))
}

func (s *Server) searchTasks(c *call) error {
	return writeJSON(c, http.StatusOK, c.dialect.success(s.Catalog.Tasks()))
}

type openrouterModel struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Description   string            `json:"description"`
	Created       int64             `json:"created"`
	ContextLength int               `json:"context_length"`
	Pricing       map[string]string `json:"pricing"` // dollars per token
}

// openrouter is the listing as https://openrouter.ai/docs has it.
func openrouter(models []plexus.Model) any {
	data := []openrouterModel{}
	for _, m := range models {
		if m.Task == plexus.TextGeneration {
			data = append(data, openrouterModel{
				ID: m.ID, Name: m.ID, Description: m.Description, Created: created(m),
				ContextLength: m.Context, Pricing: pricing(m),
			})
		}
	}
	return map[string]any{"data": data}
}

func pricing(m plexus.Model) map[string]string {
	p := map[string]string{"prompt": "0", "completion": "0"}
	for _, price := range m.Prices {
		dollars := strconv.FormatFloat(price.Neurons*plexus.DollarsPerNeuron/1e6, 'f', 12, 64)
		switch price.Unit {
		case "per M input tokens":
			p["prompt"] = dollars
		case "per M output tokens":
			p["completion"] = dollars
		}
	}
	return p
}
