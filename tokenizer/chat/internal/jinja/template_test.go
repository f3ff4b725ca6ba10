package jinja

import (
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func variables(t testing.TB, data json.RawMessage) *Dict {
	t.Helper()
	v, err := From(data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*Dict)
}

// TestJinja2 compares with jinja2 3.1.2 itself, in the environment that
// apply_chat_template makes. Of its errors, only the texts of those that are
// not Python's own count.
func TestJinja2(t *testing.T) {
	data, err := os.ReadFile("testdata/jinja2.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vars  json.RawMessage
		Cases []struct {
			Template string
			Output   *string
			Error    string
			Raised   bool
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	vars := variables(t, file.Vars)
	for _, c := range file.Cases {
		got, err := render(c.Template, vars)
		var raised *Error
		switch {
		case c.Output == nil && err == nil:
			t.Errorf("%q: rendered %q, want error %q", c.Template, got, c.Error)
		case c.Output != nil && err != nil:
			t.Errorf("%q: %v", c.Template, err)
		case c.Output != nil && got != *c.Output:
			t.Errorf("%q:\n got %q\nwant %q", c.Template, got, *c.Output)
		case c.Raised && (!errors.As(err, &raised) || raised.Message != c.Error):
			t.Errorf("%q: error %v, want %q", c.Template, err, c.Error)
		}
	}
}

func render(source string, vars *Dict) (string, error) {
	template, err := Parse(source)
	if err != nil {
		return "", err
	}
	return template.Render(vars, 0, now)
}
