package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"hash/fnv"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/transform"
)

// doc is one page with its gold text.
type doc struct {
	id, set, kind, source string
	siteHash              uint64
	share                 float32 // what it weighs: the pages of a large site share siteMost
	html, gold            string
	with, without         []string // snippets that a page without a gold text must and must not hold
	goldWords             []string
	samples               []sample   // labels of its blocks, made once
	words                 *pageWords // made once
	stub                  *doc       // the page with next to no content
	page                  []float32  // features of the page, made once
}

type goldLine struct {
	ID, Source, Gold, Site string
	Kind                   string `json:"page_type"`
	With, Without          []string
}

// load reads the pages of a set that have a gold text or snippets.
func load(dir, set string) ([]*doc, error) {
	gold := map[string]goldLine{}
	f, err := os.Open(filepath.Join(dir, set+".gold.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for dec := json.NewDecoder(zr); ; {
		var g goldLine
		if err := dec.Decode(&g); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if g.Gold != "" || len(g.With) > 0 && len(g.Without) > 0 {
			gold[g.ID] = g
		}
	}
	ids := map[string]string{}
	list, err := os.ReadFile(filepath.Join(dir, set+".pages.jsonl"))
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(list) {
		var p struct{ ID, URL string }
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, err
		}
		ids[p.URL] = p.ID
	}
	archive, err := os.Open(filepath.Join(dir, set+".warc.gz"))
	if err != nil {
		return nil, err
	}
	defer archive.Close() //nolint:errcheck // read only
	var docs []*doc
	for rec, err := range warc.Responses(archive, warc.Options{}) {
		if err != nil {
			return nil, err
		}
		g, ok := gold[ids[rec.TargetURI]]
		if !ok {
			continue
		}
		resp, err := rec.HTTP()
		if err != nil {
			return nil, err
		}
		html, _, _ := transform.DecodeHTML(resp.Body, "")
		docs = append(docs, &doc{id: g.ID, set: set, kind: kindOf(g.Kind), source: g.Source, siteHash: siteHash(rec.TargetURI), share: 1,
			html: html, gold: g.Gold, with: g.With, without: g.Without, goldWords: words(g.Gold)})
	}
	return docs, nil
}

// kindOf is the kind of page as a model names it.
func kindOf(kind string) string {
	switch kind {
	case "news", "blog", "gov", "academic", "wechat":
		return "article"
	case "docs":
		return "documentation"
	}
	return kind
}

// siteMost is the number of pages that a site weighs at most: hundreds of pages of one
// template teach what one of them does.
const siteMost = 12

// weigh sets what each page weighs.
func weigh(docs []*doc) {
	pages := map[uint64]int{}
	for _, d := range docs {
		if !d.onlySnippets() {
			pages[d.siteHash]++
		}
	}
	for _, d := range docs {
		d.share = min(1, float32(siteMost)/float32(max(1, pages[d.siteHash])))
	}
}

// siteHash numbers a site: its registered domain. Pages of sets that made their
// addresses up carry the real host before the set's.
func siteHash(uri string) uint64 {
	host := uri
	if u, err := url.Parse(uri); err == nil {
		host = u.Hostname()
	}
	if real, ok := strings.CutSuffix(host, ".example"); ok {
		if i := strings.LastIndexByte(real, '.'); i > 0 {
			host = real[:i]
		}
	}
	if site, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		host = site
	}
	h := fnv.New64a()
	h.Write([]byte(host))
	return h.Sum64() >> 7
}
