package gateway

import (
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// maxFaults bounds how many faults one error text lists.
const maxFaults = 8

var english = message.NewPrinter(language.English)

// explain words a failed validation as the service does, whose validator is
// github.com/cloudflare/cabidela: clients and their authors search for these
// texts.
func explain(e *jsonschema.ValidationError) string {
	for e.ErrorKind != nil && len(e.Causes) == 1 && passes(e) {
		e = e.Causes[0]
	}
	if _, ok := e.ErrorKind.(*kind.OneOf); !ok {
		return strings.Join(faults(e, nil), ", ")
	}
	return fmt.Sprintf("oneOf at '%s' not met, 0 matches found: %s",
		pointer(e.InstanceLocation), strings.Join(faults(e, nil), ", "))
}

// passes tells whether e only leads to its cause.
func passes(e *jsonschema.ValidationError) bool {
	switch e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		return true
	}
	return false
}

// faults appends the leaves of e to list, each once.
func faults(e *jsonschema.ValidationError, list []string) []string {
	if len(e.Causes) == 0 {
		if f := fault(e); len(list) < maxFaults && !slices.Contains(list, f) {
			list = append(list, f)
		}
		return list
	}
	for _, c := range e.Causes {
		list = faults(c, list)
	}
	return list
}

func fault(e *jsonschema.ValidationError) string {
	at := pointer(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return fmt.Sprintf("required properties at '%s' are '%s'", at, strings.Join(k.Missing, ","))
	case *kind.Type:
		return fmt.Sprintf("Type mismatch of '%s', '%s' not in '%s'", at, strings.Join(k.Want, ","), k.Got)
	case *kind.Enum:
		return fmt.Sprintf("enum %.40q not in %.200s at '%s'", fmt.Sprint(k.Got), list(k.Want), at)
	case *kind.Minimum:
		want, _ := k.Want.Float64()
		return fmt.Sprintf("'%s' must be >= %v", at, want)
	case *kind.Maximum:
		want, _ := k.Want.Float64()
		return fmt.Sprintf("'%s' must be <= %v", at, want)
	case *kind.MinLength:
		return fmt.Sprintf("Length of '%s' must be >= %d not met", at, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("Length of '%s' must be <= %d", at, k.Want)
	}
	return fmt.Sprintf("'%s': %.200s", at, e.ErrorKind.LocalizedString(english))
}

// pointer spells where in the inputs a fault is. A client's own keys may stand
// in it, so it is cut.
func pointer(path []string) string {
	return fmt.Sprintf("/%.100s", strings.Join(path, "/"))
}

func list(values []any) string {
	var names []string
	for _, v := range values {
		names = append(names, fmt.Sprint(v))
	}
	return strings.Join(names, ",")
}
