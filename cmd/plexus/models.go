package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"plexus"
	"plexus/catalog"
)

type modelsCmd struct {
	JSON bool   `help:"Print as JSON." name:"json"`
	All  bool   `help:"Also those that the service has retired, which still answer here."`
	Text string `arg:"" optional:"" name:"text" help:"Only models with this in their name or description."`
}

// Help is shown below the flags.
func (*modelsCmd) Help() string {
	return `Examples:
  plexus models
  plexus models llama --all
  plexus models --json | jq -r '.[].id'`
}

// listed is a model in the output of --json.
type listed struct {
	ID      string      `json:"id"`
	Task    plexus.Task `json:"task"`
	Context int         `json:"context,omitempty"`
	Weights string      `json:"weights"` // installed, stand-in or missing
	StandIn string      `json:"stand_in,omitempty"`
	Retired bool        `json:"retired,omitempty"`
}

// Run prints the catalog.
func (m *modelsCmd) Run() error {
	c := catalog.New()
	list := []listed{}
	for _, model := range c.Search(catalog.Query{Text: m.Text, IncludeDeprecated: m.All}) {
		l := listed{ID: model.ID, Task: model.Task, Context: model.Context, Weights: "missing", Retired: model.Deprecated}
		if model.Weights != "" {
			l.Weights = "installed"
		} else if s, ok := c.StandIn(model); ok {
			l.Weights, l.StandIn = "stand-in", s.ID
		}
		list = append(list, l)
	}
	if m.JSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	return table(list)
}

func table(list []listed) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MODEL\tTASK\tCONTEXT\tWEIGHTS")
	for _, l := range list {
		context := "-"
		if l.Context > 0 {
			context = fmt.Sprint(l.Context)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.ID, l.Task, context, strings.TrimSpace(l.Weights+" "+l.StandIn))
	}
	return w.Flush()
}
