package httpapi

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden responses anew")

// Each folder of testdata/golden is a case: request.http, and the
// response.http that it must get.
func TestGolden(t *testing.T) {
	requests, err := filepath.Glob("testdata/golden/*/*/request.http")
	if err != nil || len(requests) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range requests {
		dir := filepath.Dir(path)
		t.Run(filepath.ToSlash(strings.TrimPrefix(dir, "testdata/golden/")), func(t *testing.T) {
			w := httptest.NewRecorder()
			newServer(t, io.Discard).ServeHTTP(w, readRequest(t, path))
			got := dump(w.Result())
			golden := filepath.Join(dir, "response.http")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("response differs (-want +got):\n%s", diff)
			}
		})
	}
}

// readRequest reads an HTTP request as a person writes it down: no
// Content-Length, a newline at the end.
func readRequest(t *testing.T, path string) *http.Request {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := bytes.Cut(data, []byte("\n\n"))
	body = bytes.TrimSuffix(body, []byte("\n"))
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(head, "\n\n"...))))
	if err != nil {
		t.Fatal(err)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return r
}

func dump(r *http.Response) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %s\n", r.Status)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(&b, "%s: %s\n", strings.ToLower(name), strings.Join(r.Header[name], ", "))
	}
	b.WriteString("\n")
	_, _ = io.Copy(&b, r.Body) // from memory
	if !bytes.HasSuffix(b.Bytes(), []byte("\n")) {
		b.WriteString("\n")
	}
	return b.Bytes()
}
