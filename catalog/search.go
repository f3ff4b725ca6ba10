package catalog

import (
	"slices"
	"strings"

	"plexus"
)

// Source is where the service took a model from.
type Source int

// The sources, with the numbers that /ai/models/search uses.
const (
	Cloudflare  Source = 1 // "@cf/...", and everything that is ours
	HuggingFace Source = 2 // "@hf/..."
)

// SourceOf tells a model's source by its id.
func SourceOf(m plexus.Model) Source {
	if strings.HasPrefix(m.ID, "@hf/") {
		return HuggingFace
	}
	return Cloudflare
}

// Query filters models. Zero fields do not filter.
type Query struct {
	Task              string // name or id
	Author            string
	Source            Source
	Text              string // part of the id or the description, in any case
	HideExperimental  bool   // leave out betas
	IncludeDeprecated bool
}

// Search returns the models that match q, in the order of the listing.
func (c *Catalog) Search(q Query) []plexus.Model {
	task := q.Task
	for _, t := range c.tasks {
		if t.ID == q.Task {
			task = t.Name
		}
	}
	text := strings.ToLower(q.Text)
	return slices.DeleteFunc(c.Models(), func(m plexus.Model) bool {
		return m.Deprecated && !q.IncludeDeprecated ||
			task != "" && !strings.EqualFold(task, string(m.Task)) ||
			q.Author != "" && !strings.EqualFold(q.Author, Author(m)) ||
			q.Source != 0 && q.Source != SourceOf(m) ||
			q.HideExperimental && beta(m) ||
			!strings.Contains(strings.ToLower(m.ID), text) && !strings.Contains(strings.ToLower(m.Description), text)
	})
}

func beta(m plexus.Model) bool {
	return slices.ContainsFunc(m.Properties, func(p plexus.Property) bool {
		return p.ID == "beta" && p.Value == "true"
	})
}

// TaskOf returns the description of a model's task.
func (c *Catalog) TaskOf(m plexus.Model) Task {
	for _, t := range c.tasks {
		if t.Name == string(m.Task) {
			return t
		}
	}
	return Task{Name: string(m.Task)}
}
