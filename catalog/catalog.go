package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"plexus"
)

//go:embed catalog.json
var embedded []byte

// A Catalog knows the service's models, the pocket models, and the local ones
// that Install adds. Install before the first look-up from another goroutine;
// look-ups may run concurrently.
type Catalog struct {
	models  []plexus.Model
	aliases map[string]string // retired or tutorial name -> id
	tasks   []Task
}

// Task describes a task as /ai/tasks/search and /ai/models/search print it.
type Task struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// entry is a model in catalog.json.
type entry struct {
	ID          string      `json:"id"`
	UUID        string      `json:"uuid"`
	Aliases     []string    `json:"aliases"`
	Task        plexus.Task `json:"task"`
	Form        plexus.Form `json:"form"`
	Description string      `json:"description"`
	CreatedAt   string      `json:"created_at"`
	Tags        []string    `json:"tags"`
	Context     int         `json:"context"`
	Pooling     string      `json:"pooling"`
	Deprecated  bool        `json:"deprecated"`
	Properties  []struct {
		ID    string          `json:"property_id"`
		Value json.RawMessage `json:"value"`
	} `json:"properties"`
	Prices []struct {
		Unit    string  `json:"unit"`
		Neurons float64 `json:"neurons"`
	} `json:"prices"`
	Weights string `json:"weights"`
}

// New returns the embedded catalog.
func New() *Catalog {
	var file struct {
		Tasks  []Task  `json:"tasks"`
		Models []entry `json:"models"`
	}
	if err := json.Unmarshal(embedded, &file); err != nil {
		panic(fmt.Sprintf("catalog.json: %v", err)) // part of the binary, not input
	}
	c := &Catalog{tasks: file.Tasks, aliases: map[string]string{}}
	for _, e := range file.Models {
		m := plexus.Model{
			ID: e.ID, UUID: e.UUID, Task: e.Task, Form: e.Form,
			Description: e.Description, CreatedAt: e.CreatedAt, Tags: e.Tags,
			Context: e.Context, Pooling: e.Pooling, Deprecated: e.Deprecated, Weights: e.Weights,
		}
		for _, p := range e.Properties {
			property := plexus.Property{ID: p.ID, Value: p.Value} // as the service spells it
			var text string
			if json.Unmarshal(p.Value, &text) == nil {
				property.Value = text
			}
			m.Properties = append(m.Properties, property)
		}
		for _, p := range e.Prices {
			m.Prices = append(m.Prices, plexus.Price{Unit: p.Unit, Neurons: p.Neurons})
		}
		c.models = append(c.models, m)
		for _, a := range e.Aliases {
			c.aliases[a] = e.ID
		}
	}
	return c
}

// Models returns every model, in the order of the listing. The slice is the
// caller's, what it points to is not.
func (c *Catalog) Models() []plexus.Model { return slices.Clone(c.models) }

// Tasks returns the service's tasks.
func (c *Catalog) Tasks() []Task { return slices.Clone(c.tasks) }

// Find returns the model with the id, or the one that the id is an alias of.
func (c *Catalog) Find(id string) (plexus.Model, bool) {
	i := c.index(id)
	if i < 0 {
		return plexus.Model{}, false
	}
	return c.models[i], true
}

func (c *Catalog) index(id string) int {
	if target, ok := c.aliases[id]; ok {
		id = target
	}
	return slices.IndexFunc(c.models, func(m plexus.Model) bool { return m.ID == id })
}

// names are letters, digits and a little punctuation, in segments.
var name = regexp.MustCompile(`^@?[A-Za-z0-9][A-Za-z0-9._:+-]*(/[A-Za-z0-9][A-Za-z0-9._:+-]*)*$`)

// ValidID tells whether id is spelled like a model's name at all.
func ValidID(id string) bool { return len(id) <= 200 && name.MatchString(id) }

// Install says that the weights of model id are the GGUF file at path, or the
// folder. An id that the catalog does not have becomes a new model of the given
// task and form.
func (c *Catalog) Install(id, path string, task plexus.Task, form plexus.Form) error {
	if !ValidID(id) {
		return plexus.Errorf(plexus.CodeInvalidModelID, "The model name %.200q is invalid", id)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("model %s: %w", id, err)
	}
	if !info.Mode().IsRegular() && !info.IsDir() {
		return fmt.Errorf("model %s: %s is neither a file nor a folder", id, path)
	}
	if i := c.index(id); i >= 0 {
		c.models[i].Weights = path
		return nil
	}
	c.models = append(c.models, plexus.Model{
		ID:          id,
		UUID:        uuid.NewSHA1(uuid.NameSpaceURL, []byte("plexus:"+id)).String(),
		Task:        task,
		Form:        form,
		Description: "Local weights: " + filepath.Base(path),
		CreatedAt:   info.ModTime().UTC().Format("2006-01-02 15:04:05.000"),
		Weights:     path,
	})
	return nil
}

// standIn names the pocket model that answers for each task. Where it embeds,
// it ranks by the cosine of embeddings.
func standIn(m plexus.Model) string {
	switch {
	case m.Task == plexus.TextGeneration:
		return "@pocket/chat"
	case m.Task == plexus.TextEmbeddings, m.Task == plexus.TextClassification && m.Form == plexus.Rerank:
		return "@pocket/embed"
	case m.Task == plexus.TextClassification:
		return "@pocket/sentiment"
	}
	return ""
}

// StandIn returns the pocket model that can answer in m's place, and in m's
// form.
func (c *Catalog) StandIn(m plexus.Model) (plexus.Model, bool) {
	if m.Task == plexus.TextGeneration && m.Form == "" {
		return plexus.Model{}, false // a schema of its own, not chat
	}
	return c.Find(standIn(m))
}

// Author is the part of a model's id that names who made it: "meta" in
// "@cf/meta/llama-3.2-1b-instruct".
func Author(m plexus.Model) string {
	parts := strings.Split(m.ID, "/")
	if len(parts) < 3 {
		return strings.TrimPrefix(parts[0], "@")
	}
	return parts[1]
}
