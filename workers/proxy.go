package workers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"
)

// cfHeader carries the request.cf object into workerd.
const cfHeader = "plexus-cf"

// cf stands in for what the network would know of a request. The names are
// Cloudflare's, the place is made up, as it is in wrangler dev.
const cf = `{"asn":395747,"colo":"DFW","city":"Austin","region":"Texas","regionCode":"TX","country":"US","continent":"NA",` +
	`"postalCode":"78701","latitude":"30.27130","longitude":"-97.74260","timezone":"America/Chicago","httpProtocol":"HTTP/1.1"}`

// startPatience is how long a request waits for a version to serve it.
const startPatience = 30 * time.Second

// ServeHTTP answers a request with the live version, and logs it.
func (d *dev) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	again := false // a browser only looks again at what it shows
	rec := &recorder{ResponseWriter: w, dev: d, page: r.Method == http.MethodGet && navigation(r)}
	var calls string // what those of env.AI cost
	defer func() {
		outcome := fmt.Sprintf("%d in", rec.status)
		switch {
		case again:
			return
		case rec.status == 0 && r.Context().Err() != nil:
			outcome = "left after"
		}
		d.log.printf(statusColor(rec.status), "%s %s %s %s %d ms%s", begun.Format(time.TimeOnly),
			r.Method, r.URL.EscapedPath(), outcome, time.Since(begun).Milliseconds(), calls)
	}()
	v, err := d.acquire(r.Context())
	if err != nil && r.Context().Err() != nil {
		return
	}
	if err != nil {
		again = rec.page && d.shows(err)
		rec.page = false
		errorPage(rec, r, err)
		return
	}
	if v.instance != nil {
		defer v.instance.release()
	}
	if !v.asset(rec, r) {
		f := d.traffic.begin()
		defer func() { calls = d.traffic.end(f) }()
		v.proxy(rec, r, d.log)
	}
	rec.finish()
}

// acquire returns the live version, which it waits for. With a Worker, it is
// counted in there: release it.
func (d *dev) acquire(ctx context.Context) (*version, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startPatience, errors.New("the Worker is still not up; see the terminal"))
	defer cancel()
	for {
		d.mu.Lock()
		live, failure, changed := d.live, d.failure, d.changed
		d.mu.Unlock()
		if live != nil && (live.instance == nil || live.instance.acquire()) {
			return live, nil
		}
		if live == nil && failure != nil {
			return nil, failure
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// asset answers a request that is not the Worker's.
func (v *version) asset(w http.ResponseWriter, r *http.Request) bool {
	if v.assets == nil {
		return false
	}
	if a, ok := v.assets.first(r); ok {
		v.assets.serve(w, r, a)
		return true
	}
	if v.instance == nil || v.navigatesToAssets(r) {
		v.assets.ServeHTTP(w, r)
		return true
	}
	return false
}

// shows says whether some page shows err already, and notes that one does.
func (d *dev) shows(err error) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.shown
	d.shown = err
	return before == err
}

// proxy has the Worker answer.
func (v *version) proxy(w http.ResponseWriter, r *http.Request, logs *logger) {
	proxy := &httputil.ReverseProxy{
		Transport:     v.instance.transport,
		FlushInterval: -1, // streams arrive as they are written
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", "worker", p.In.Host
			p.Out.URL.RawQuery = p.In.URL.RawQuery
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if values, ok := p.In.Header[name]; ok {
					p.Out.Header[name] = values
				}
			}
			p.Out.Header.Set(cfHeader, cf)
			p.Out.Header.Set("CF-Connecting-IP", "127.0.0.1")
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				http.Error(w, fmt.Sprintf("The Worker broke off: %v", err), http.StatusBadGateway)
			}
		},
		ErrorLog: log.New(&lineWriter{line: func(line []byte) {
			logs.printf(red, "The Worker broke off: %s", bytes.TrimPrefix(line, []byte("httputil: ReverseProxy ")))
		}}, "", 0),
	}
	proxy.ServeHTTP(w, r)
}

// navigatesToAssets says whether a page that a browser asked for, and that is
// no file, is still the assets' to answer, as with the compatibility flag
// assets_navigation_prefers_asset_serving.
func (v *version) navigatesToAssets(r *http.Request) bool {
	a := v.assets.config
	prefers := v.config.CompatibilityDate >= "2025-04-01" && !v.config.flag("assets_navigation_has_no_effect") ||
		v.config.flag("assets_navigation_prefers_asset_serving")
	handled := a.NotFound == "single-page-application" || a.NotFound == "404-page"
	return prefers && handled && !a.WorkerFirst && !v.assets.workerFirst(r.URL.Path) && r.Header.Get("Sec-Fetch-Mode") == "navigate"
}

// serveAssets is the fetcher behind the assets binding.
func (d *dev) serveAssets(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	live := d.live
	d.mu.Unlock()
	if live == nil || live.assets == nil {
		http.NotFound(w, r)
		return
	}
	live.assets.ServeHTTP(w, r)
}

// noCache answers the Worker's caches: nothing is ever found, as on a
// workers.dev address.
func noCache(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPut:
		w.WriteHeader(http.StatusNoContent)
	case "PURGE":
		w.WriteHeader(http.StatusNotFound)
	default:
		w.Header().Set("CF-Cache-Status", "MISS")
		w.WriteHeader(http.StatusGatewayTimeout)
	}
}

// navigation says whether a browser wants to show the answer as a page.
func navigation(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

func statusColor(status int) string {
	switch {
	case status >= 500:
		return red
	case status >= 400:
		return yellow
	default:
		return ""
	}
}
