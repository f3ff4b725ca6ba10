package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"

	"plexus"
)

// admit refuses requests that no route should see: a Host that is not ours
// (DNS rebinding), a state-changing request from a foreign web page, a path
// that is not clean. It grants pages on loopback origins cross-origin access.
func (s *Server) admit(c *call) error {
	r := c.req
	if !s.ours(hostOf(r.Host)) && !(bindingPath(r.URL.Path) && r.Host == bindingHost) {
		return plexus.Errorf(plexus.CodeForbidden,
			"Host %.100q is not served here. If it should be, start plexus with --allow-host", r.Host)
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		switch {
		case s.trusted(origin):
			grant(c.Header(), origin)
		case r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
			return plexus.Errorf(plexus.CodeForbidden,
				"Origin %.100q may not send requests here. If it should, start plexus with --allow-host", origin)
		}
	}
	// The router would redirect to the clean path, and a redirected POST
	// arrives as a GET: better to say no.
	if p := r.URL.Path; !strings.HasPrefix(p, "/") || path.Clean(p) != p || strings.ContainsRune(p, 0) {
		return noRoute(r)
	}
	return nil
}

// bindingHost is the name that env.AI addresses, whatever the real address.
const bindingHost = "workers-binding.ai"

func bindingPath(p string) bool {
	return p == "/run" || slices.ContainsFunc([]string{"/ai-gateway/", "/ai-api/", "/to-everything/", "/autorag/"},
		func(prefix string) bool { return strings.HasPrefix(p, prefix) })
}

// hostOf is the name or address in a Host header: without port, brackets and
// trailing dot, in lower case.
func hostOf(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// ours tells whether clients may call this server by the name host.
func (s *Server) ours(host string) bool {
	return Loopback(host) || slices.ContainsFunc(s.Hosts, func(h string) bool { return hostOf(h) == host && host != "" })
}

// Loopback tells whether host, a name or an address, means this machine and
// cannot be made to mean anything else.
func Loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Zone() == "" && addr.Unmap().IsLoopback()
}

func (s *Server) trusted(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && s.ours(hostOf(u.Host))
}

func grant(h http.Header, origin string) {
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "cf-ai-req-id, cf-ai-neurons, plexus-stand-in")
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "*, Authorization")
	h.Set("Access-Control-Max-Age", "600")
	h.Add("Vary", "Origin")
}

func noRoute(r *http.Request) error {
	return plexus.Errorf(plexus.CodeNoRoute,
		"Could not route to %s, perhaps your object identifier is invalid?", cut(r.URL.Path, 200))
}

func wrongMethod(c *call, allow string) error {
	c.Header().Set("Allow", allow)
	if c.req.Method == http.MethodOptions {
		c.WriteHeader(http.StatusNoContent)
		return nil
	}
	return plexus.Errorf(plexus.CodeMethod, "%.20s not supported for requested URI.", c.req.Method)
}
