package workers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// readDevVars adds the secrets of .dev.vars to the variables. An environment
// with a file of its own, .dev.vars.NAME, reads only that one.
func (c *Config) readDevVars(env string) error {
	names := []string{".dev.vars"}
	if env != "" {
		names = []string{".dev.vars." + env, ".dev.vars"}
	}
	for _, name := range names {
		c.Files = append(c.Files, filepath.Join(c.Dir, name))
	}
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(c.Dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("reading secrets: %w", err)
		}
		for key, value := range parseDotenv(string(data)) {
			c.Vars[key] = value
		}
		return nil
	}
	return nil
}

// dotenvLine is one assignment: a key, and a value in single, double or back
// quotes, which may span lines, or bare up to a comment.
var dotenvLine = regexp.MustCompile("(?m)^[ \\t]*(?:export[ \\t]+)?([\\w.-]+)[ \\t]*=[ \\t]*" +
	"(?:'((?:\\\\'|[^'])*)'|\"((?:\\\\\"|[^\"])*)\"|`((?:\\\\`|[^`])*)`|([^#\\r\\n]*))")

// parseDotenv reads NAME=value lines as the npm package dotenv does, on which
// wrangler builds. The Go ports of it also expand $NAME, which would damage
// secrets that hold a dollar sign.
func parseDotenv(text string) map[string]string {
	vars := map[string]string{}
	for _, m := range dotenvLine.FindAllStringSubmatch(text, -1) {
		switch {
		case m[3] != "":
			vars[m[1]] = strings.NewReplacer(`\n`, "\n", `\r`, "\r").Replace(m[3])
		default:
			vars[m[1]] = m[2] + m[4] + strings.TrimSpace(m[5])
		}
	}
	return vars
}
