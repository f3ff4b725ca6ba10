package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"golang.org/x/sync/semaphore"

	"plexus"
	"plexus/catalog"
)

// Engine runs a request on a model whose weights are installed. A fleet.Fleet
// is one.
type Engine interface {
	Run(context.Context, plexus.Model, *plexus.Request) (*plexus.Result, error)
}

// Missing says what to do about a model whose weights are not installed.
type Missing string

// The policies, spelled as on the command line.
const (
	Refuse  Missing = "error"    // answer with an error that says how to get them
	StandIn Missing = "stand-in" // let the pocket model of the same task answer
)

// Gateway runs requests. Its methods may be called concurrently.
type Gateway struct {
	catalog *catalog.Catalog
	engine  Engine
	missing Missing
	log     *slog.Logger
	rules   rules
	large   *semaphore.Weighted // bytes of large inputs that are being checked
	told    sync.Map            // ids of models whose stand-in was logged
}

// New returns a gateway to engine for the models of c.
func New(c *catalog.Catalog, engine Engine, missing Missing, log *slog.Logger) (*Gateway, error) {
	rules, err := compile()
	if err != nil {
		return nil, err
	}
	return &Gateway{catalog: c, engine: engine, missing: missing, log: log, rules: rules,
		large: semaphore.NewWeighted(checkedInput)}, nil
}

// Run answers one request. Errors are for the client as far as they are
// *plexus.Error. A Result with Events must be ranged over, or ctx cancelled.
func (g *Gateway) Run(ctx context.Context, req *plexus.Request) (*plexus.Result, error) {
	model, err := g.find(req.Model)
	if err != nil {
		return nil, err
	}
	run, ok := g.resolve(model)
	if !ok {
		return nil, g.notInstalled(model)
	}
	resolved := *req
	if resolved.Form == "" {
		resolved.Form = model.Form
	}
	if resolved.Inputs, err = g.check(ctx, model, &resolved); err != nil {
		return nil, err
	}
	resolved.Truncate = run.ID != model.ID
	if width := dimensions(model); run.ID != model.ID && width > 0 {
		if resolved.Dimensions > width {
			return nil, plexus.Errorf(plexus.CodeBadInput, "Bad input: Error: '/dimensions' must be >= 1 and <= %d", width)
		}
		resolved.Dimensions = cmp.Or(resolved.Dimensions, width)
	}
	res, err := g.engine.Run(ctx, run, &resolved)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", run.ID, err)
	}
	if run.ID != model.ID {
		res.StandIn = run.ID
		g.tell(model, run)
	}
	res.Model = model
	settle(model, res)
	return res, nil
}

// largeInputs is what counts as large, and all that is checked at once of what
// is: in bytes, each of which may take thirty of memory for a while.
const (
	largeInputs  = 64 << 10
	checkedInput = 16 << 20
)

// check is rules.check, but large inputs take turns.
func (g *Gateway) check(ctx context.Context, m plexus.Model, req *plexus.Request) (json.RawMessage, error) {
	if size := int64(len(req.Inputs)); size > largeInputs {
		size = min(size, checkedInput)
		if err := g.large.Acquire(ctx, size); err != nil {
			return nil, err
		}
		defer g.large.Release(size)
	}
	return g.rules.check(m, req)
}

func (g *Gateway) find(id string) (plexus.Model, error) {
	if !catalog.ValidID(id) {
		return plexus.Model{}, plexus.Errorf(plexus.CodeInvalidModelID, "The model name is invalid")
	}
	m, ok := g.catalog.Find(id)
	if !ok {
		return plexus.Model{}, plexus.NoSuchModel(id)
	}
	return m, nil
}

// Answers tells whether a request for m would be run, by m or a stand-in.
func (g *Gateway) Answers(m plexus.Model) bool {
	_, ok := g.resolve(m)
	return ok
}

// resolve returns the model that will do the work: m itself, or its stand-in.
func (g *Gateway) resolve(m plexus.Model) (plexus.Model, bool) {
	if m.Weights != "" {
		return m, true
	}
	if g.missing != StandIn {
		return plexus.Model{}, false
	}
	s, ok := g.catalog.StandIn(m)
	return s, ok && s.Weights != ""
}

// dimensions is the length of m's embeddings, which a stand-in's should have;
// 0 if it has none, or the catalog does not say.
func dimensions(m plexus.Model) int {
	for _, p := range m.Properties {
		if text, ok := p.Value.(string); ok && p.ID == "output_dimensions" {
			n, _ := strconv.Atoi(text)
			return n
		}
	}
	return 0
}

// tell logs, once a model, that another one answered for it.
func (g *Gateway) tell(m, standIn plexus.Model) {
	if _, told := g.told.LoadOrStore(m.ID, true); !told {
		g.log.Warn("weights are not installed, a pocket model stands in", "model", m.ID, "stand_in", standIn.ID)
	}
}

func (g *Gateway) notInstalled(m plexus.Model) error {
	if g.rules[shape{m.Task, m.Form}] == nil {
		return plexus.Errorf(plexus.CodeNoSuchModel,
			"No such model %s or task: Plexus does not run %s models like this one yet", m.ID, m.Task)
	}
	if m.Task != plexus.TextGeneration {
		return plexus.Errorf(plexus.CodeNoSuchModel,
			"No such model %s or task: its weights are not installed. "+
				"Name a folder with its config.json, model.safetensors and tokenizer with `--model %s=FOLDER`", m.ID, m.ID)
	}
	return plexus.Errorf(plexus.CodeNoSuchModel,
		"No such model %s or task: its weights are not installed. "+
			"Name a GGUF file with `--model %s=FILE`, or let a pocket model answer with `--missing-weights=stand-in`",
		m.ID, m.ID)
}
