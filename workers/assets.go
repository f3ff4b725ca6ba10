package workers

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
)

// assetServer serves static files as Workers static assets do.
// See https://developers.cloudflare.com/workers/static-assets/routing/.
type assetServer struct {
	config *Assets
	root   directory
}

// directory is the files of a directory, confined to it, symbolic links too. It
// is opened anew for each of them: tools replace the directory they write to.
type directory string

func (d directory) Open(name string) (fs.File, error) {
	return os.OpenInRoot(string(d), name)
}

func (d directory) Stat(name string) (fs.FileInfo, error) {
	root, err := os.OpenRoot(string(d))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.Stat(name)
}

func newAssetServer(a *Assets) (*assetServer, error) {
	root := directory(a.Directory)
	if _, err := root.Stat("."); err != nil {
		return nil, err
	}
	return &assetServer{a, root}, nil
}

// answer is where a request leads: a file with a status, or a redirect.
type answer struct {
	file     string
	status   int
	location string
}

// ServeHTTP is the fetcher behind the assets binding: a file, or what
// not_found_handling says.
func (s *assetServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	a, ok := s.find(r.URL.Path)
	if !ok {
		a, ok = s.missing(r.URL.Path)
	}
	if !ok {
		http.Error(w, "Not Found", http.StatusNotFound)
		return
	}
	s.serve(w, r, a)
}

// first says whether a request is for a file rather than for the Worker.
func (s *assetServer) first(r *http.Request) (answer, bool) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || s.config.WorkerFirst || s.workerFirst(r.URL.Path) {
		return answer{}, false
	}
	return s.find(r.URL.Path)
}

// workerFirst applies the patterns of run_worker_first; one with "!" before it
// is an exception.
func (s *assetServer) workerFirst(p string) bool {
	matched := false
	for _, pattern := range s.config.WorkerPatterns {
		pattern, except := strings.CutPrefix(pattern, "!")
		expr := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
		if ok, _ := regexp.MatchString(expr, p); ok {
			if except {
				return false
			}
			matched = true
		}
	}
	return matched
}

// find applies html_handling to a URL path.
func (s *assetServer) find(p string) (answer, bool) {
	clean := path.Clean("/" + p)
	name := strings.TrimPrefix(clean, "/")
	slash := strings.HasSuffix(p, "/")
	file := func(name string) bool {
		info, err := fs.Stat(s.root, name)
		return err == nil && info.Mode().IsRegular()
	}
	if s.config.HTML == "none" {
		return answer{file: name, status: http.StatusOK}, !slash && file(name)
	}

	// A page is either page.html or page/index.html; each has one address.
	page := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(clean, ".html"), "/index"), "/")
	address := func(isIndex bool) string {
		switch {
		case page == "":
			return "/"
		case s.config.HTML == "force-trailing-slash", s.config.HTML != "drop-trailing-slash" && isIndex:
			return page + "/"
		default:
			return page
		}
	}
	if name != "" && !slash && !strings.HasSuffix(name, ".html") && file(name) {
		return answer{file: name, status: http.StatusOK}, true
	}
	for _, index := range []bool{false, true} {
		candidate := strings.TrimPrefix(page+".html", "/")
		if index {
			candidate = strings.TrimPrefix(page+"/index.html", "/")
		}
		if candidate == ".html" || !file(candidate) {
			continue
		}
		if want := address(index); want != p {
			return answer{location: want}, true
		}
		return answer{file: candidate, status: http.StatusOK}, true
	}
	return answer{}, false
}

// missing applies not_found_handling.
func (s *assetServer) missing(p string) (answer, bool) {
	switch s.config.NotFound {
	case "single-page-application":
		return answer{file: "index.html", status: http.StatusOK}, true
	case "404-page":
		for dir := path.Clean("/" + p); dir != "/"; {
			dir = path.Dir(dir)
			name := strings.TrimPrefix(path.Join(dir, "404.html"), "/")
			if _, err := fs.Stat(s.root, name); err == nil {
				return answer{file: name, status: http.StatusNotFound}, true
			}
		}
	}
	return answer{}, false
}

func (s *assetServer) serve(w http.ResponseWriter, r *http.Request, a answer) {
	if a.location != "" {
		if r.URL.RawQuery != "" {
			a.location += "?" + r.URL.RawQuery
		}
		w.Header().Set("Location", a.location)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=0, must-revalidate")
	if a.status == http.StatusOK {
		plain := *r
		plain.URL = &url.URL{Path: "/"} // else it would redirect from /index.html on its own account
		http.ServeFileFS(w, &plain, s.root, a.file)
		return
	}
	data, err := fs.ReadFile(s.root, a.file)
	if errors.Is(err, fs.ErrNotExist) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		w.Write(data)
	}
}
