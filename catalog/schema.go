package catalog

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"plexus"
)

//go:embed schemas/*.json
var schemaFiles embed.FS

// Schema is the JSON Schema of a task's inputs and of its output.
type Schema struct {
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output"`
}

// SchemaOf returns the schema of a task in one of its forms.
func SchemaOf(task plexus.Task, form plexus.Form) (Schema, bool) {
	file := strings.ReplaceAll(strings.ToLower(string(task)), " ", "-")
	if form != "" {
		file += "." + string(form)
	}
	data, err := schemaFiles.ReadFile("schemas/" + file + ".json")
	if err != nil {
		return Schema{}, false
	}
	var s Schema
	if err := json.Unmarshal(data, &s); err != nil {
		panic(fmt.Sprintf("schemas/%s.json: %v", file, err)) // part of the binary, not input
	}
	return s, true
}
