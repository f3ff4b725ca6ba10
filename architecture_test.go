package plexus_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
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
	{"textgen", "encode"},
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

// room is a folder with a package: what it imports of this module, and its doc
// comments.
type room struct {
	imports map[string]bool
	docs    int
}

// readRooms parses every file that ships, by folder; "." is the root.
func readRooms(t *testing.T) map[string]*room {
	t.Helper()
	rooms := map[string]*room{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if _, err := os.Stat(filepath.Join(name, "go.mod")); name != "." && err == nil ||
				entry.Name() == "testdata" || entry.Name() == "node_modules" {
				return filepath.SkipDir // another module, or no Go at all
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(name))
		if rooms[dir] == nil {
			rooms[dir] = &room{imports: map[string]bool{}}
		}
		if file.Doc != nil {
			rooms[dir].docs++
		}
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, `"`)
			if imported == "plexus" {
				rooms[dir].imports["."] = true
			} else if inside, ok := strings.CutPrefix(imported, "plexus/"); ok {
				rooms[dir].imports[inside] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rooms
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
	for from, room := range readRooms(t) {
		at := floor(from)
		if at < 0 {
			t.Errorf("package %s stands on no floor: add it to the list in architecture_test.go", from)
			continue
		}
		for to := range room.imports {
			if floor(to) <= at && !within(from, to) {
				t.Errorf("%s imports %s, which stands no lower", from, to)
			}
		}
	}
}

func TestEveryPackageHasOneDocComment(t *testing.T) {
	for name, room := range readRooms(t) {
		if room.docs != 1 {
			t.Errorf("package %s has %d doc comments, want one that says what may live in it", name, room.docs)
		}
	}
}
