package plexus_test

import (
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// floors is the house from top to bottom: a package may import packages of
// lower floors only, and none of its own floor. A package that stands in no
// floor belongs to its parent folder's.
var floors = [][]string{
	{"cmd/plexus"},
	{"httpapi", "workers"},
	{"gateway"},
	{"catalog", "meter", "fleet"},
	{"textgen"},
	{"models/llama", "models/bert"},
	{"nn"},
	{"tokenizer/chat"},
	{"tokenizer", "weights/packed", "pocket"},
	{"weights/gguf", "weights/safetensors"},
	{"weights"},
	{"kernel"},
	{"tensor"},
	{"."},
}

// within are imports that stay inside one room: a package and its own parts.
func within(a, b string) bool {
	return strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

type goPackage struct {
	ImportPath, Doc string
	Imports         []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p goPackage
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// room is the path of a package below the module, "." for the root.
func room(importPath string) string {
	if importPath == "plexus" {
		return "."
	}
	return strings.TrimPrefix(importPath, "plexus/")
}

// floor is the height at which a room, or the room it is a part of, stands;
// the lowest is the last. -1 is nowhere.
func floor(name string) int {
	for i, names := range floors {
		if slices.Contains(names, name) {
			return i
		}
	}
	if parent := path.Dir(name); parent != "." {
		return floor(parent)
	}
	return -1
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range listPackages(t) {
		from := room(p.ImportPath)
		at := floor(from)
		if at < 0 {
			t.Errorf("package %s stands on no floor: add it to the list in architecture_test.go", from)
			continue
		}
		for _, imported := range p.Imports {
			if imported != "plexus" && !strings.HasPrefix(imported, "plexus/") {
				continue
			}
			to := room(imported)
			if floor(to) <= at && !within(from, to) {
				t.Errorf("%s imports %s, which stands no lower", from, to)
			}
		}
	}
}

func TestEveryPackageHasADocComment(t *testing.T) {
	for _, p := range listPackages(t) {
		if strings.TrimSpace(p.Doc) == "" {
			t.Errorf("package %s has no doc comment that says what may live in it", room(p.ImportPath))
		}
	}
}
