package workers

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"
)

//go:embed errorpage.html
var errorHTML string

var nonASCII = regexp.MustCompile(`[^\x00-\x7f]`)

var errorTemplates = template.Must(template.New("").Parse(errorHTML))

// errorPage says why there is no version to serve: as a page that looks again
// by itself for a browser, as text for others.
func errorPage(w http.ResponseWriter, r *http.Request, err error) {
	if !navigation(r) {
		http.Error(w, explain(err, false), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	io.WriteString(w, render("page", err))
}

// render fills one of the templates, in ASCII: the note becomes part of pages
// whose encoding is their own business.
func render(name string, err error) string {
	title := "The Worker could not be started."
	var build *BuildError
	if errors.As(err, &build) {
		title = "The Worker could not be built."
	}
	var b strings.Builder
	data := struct{ Title, Text string }{title, strings.TrimSpace(explain(err, false))}
	if err := errorTemplates.ExecuteTemplate(&b, name, data); err != nil {
		return template.HTMLEscapeString(data.Text)
	}
	return nonASCII.ReplaceAllStringFunc(b.String(), func(s string) string {
		r, _ := utf8.DecodeRuneInString(s)
		return fmt.Sprintf("&#%d;", r)
	})
}

// recorder notes the status of a response, and adds a note at the end of a
// page that an older version serves, because the newer one has failed.
type recorder struct {
	http.ResponseWriter
	dev    *dev
	page   bool // a browser navigates
	status int
	note   string
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 || r.status < 200 {
		r.status = status
		r.annotate()
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) annotate() {
	h := r.Header()
	if !r.page || r.status != http.StatusOK || !strings.HasPrefix(h.Get("Content-Type"), "text/html") || h.Get("Content-Encoding") != "" {
		return
	}
	r.dev.mu.Lock()
	failure := r.dev.failure
	r.dev.mu.Unlock()
	if failure == nil {
		return
	}
	r.note = render("note", failure)
	h.Del("Content-Length")
	h.Del("ETag")
	h.Set("Cache-Control", "no-store")
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	return r.ResponseWriter.Write(p)
}

func (r *recorder) finish() {
	if r.note != "" {
		io.WriteString(r.ResponseWriter, r.note)
	}
}

// Unwrap gives http.ResponseController its flushing and hijacking.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
