package demo

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/format/warc"
)

// Portal is the host below which the demo web has its hosts, and itself names them all.
const Portal = "demo.localhost"

// Web serves the pages of [Files] as the web that they come from: https://a.example/b is
// http://a.example.localhost:PORT/b. robots.txt of [Portal] names a sitemap of all pages.
type Web struct {
	pages   map[string]*response // by host and target
	targets []string             // the same, sorted
}

// response is what a page answers.
type response struct {
	status int
	header []warc.Field
	body   []byte
}

// NewWeb reads the pages. An error means that the embedded files are damaged.
func NewWeb() (*Web, error) {
	w := &Web{pages: map[string]*response{}}
	names, err := Files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := Files.ReadFile(name.Name())
		if err != nil {
			return nil, err
		}
		if err := w.read(data); err != nil {
			return nil, fmt.Errorf("demo: %s: %w", name.Name(), err)
		}
	}
	slices.Sort(w.targets)
	return w, nil
}

func (w *Web) read(archive []byte) error {
	r := warc.NewReader(bytes.NewReader(archive), warc.Options{})
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if rec.Type != warc.TypeResponse {
			continue
		}
		answer, err := rec.HTTP()
		if err != nil {
			return err
		}
		_, target, _ := strings.Cut(rec.TargetURI, "://")
		w.pages[target] = &response{answer.Status, slices.Clone(answer.Header), bytes.Clone(answer.Body)}
		w.targets = append(w.targets, target)
	}
}

// Addresses are those of all pages, sorted, with the port of a server.
func (w *Web) Addresses(port string) []string {
	list := make([]string, len(w.targets))
	for i, t := range w.targets {
		list[i] = address(t, port)
	}
	return list
}

func address(target, port string) string {
	host, path, _ := strings.Cut(target, "/")
	return "http://" + host + ".localhost:" + port + "/" + path
}

// ServeHTTP answers as the page did.
func (w *Web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	here := url.URL{Host: r.Host}
	if here.Hostname() == Portal {
		w.servePortal(out, r, here.Port())
		return
	}
	p := w.pages[strings.TrimSuffix(here.Hostname(), ".localhost")+r.URL.RequestURI()]
	if p == nil {
		http.NotFound(out, r)
		return
	}
	for _, f := range p.header {
		if !strings.EqualFold(f.Name, "Content-Length") {
			out.Header().Add(f.Name, f.Value)
		}
	}
	out.WriteHeader(p.status)
	_, _ = out.Write(p.body) // the client may have gone
}

// servePortal answers for the host that names all others.
func (w *Web) servePortal(out http.ResponseWriter, r *http.Request, port string) {
	switch r.URL.Path {
	case "/":
		out.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(out, "The demo web of corpusmill: made-up pages on %d addresses below *.localhost, listed in /sitemap.xml.\n", len(w.targets))
	case "/robots.txt":
		out.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(out, "User-agent: *\nAllow: /\nSitemap: http://%s:%s/sitemap.xml\n", Portal, port)
	case "/sitemap.xml":
		out.Header().Set("Content-Type", "application/xml")
		fmt.Fprint(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n")
		for _, a := range w.Addresses(port) {
			fmt.Fprintf(out, "<url><loc>%s</loc></url>\n", html.EscapeString(a))
		}
		fmt.Fprint(out, "</urlset>\n")
	default:
		http.NotFound(out, r)
	}
}
