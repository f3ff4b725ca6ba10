package pocket_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"plexus"
	"plexus/fleet"
)

// openFleet is the engine that serves the pocket models.
func openFleet(t *testing.T) *fleet.Fleet {
	t.Helper()
	f := fleet.New(fleet.Config{})
	t.Cleanup(func() { f.Close() })
	return f
}

func run(f *fleet.Fleet, m plexus.Model, inputs map[string]any) (*plexus.Result, error) {
	data, err := json.Marshal(inputs)
	if err != nil {
		return nil, err
	}
	return f.Run(context.Background(), m, &plexus.Request{Form: m.Form, Inputs: data})
}

// readLines reads a file of JSON values, one a line.
func readLines[T any](t *testing.T, name string) []T {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var values []T
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		values = append(values, v)
	}
	return values
}
