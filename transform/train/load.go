package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/net/publicsuffix"

	"github.com/corpusmill/corpusmill/transform"
)

// doc is one page with its gold text.
type doc struct {
	id, set, kind, source string
	siteHash              uint64
	html, gold            string
	without               []string
	goldWords             []string
}

type goldLine struct {
	ID, Source, Gold string
	Kind             string `json:"page_type"`
	With, Without    []string
}

// load reads the pages of a set that have a gold text.
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
		if g.Gold != "" {
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
	var docs []*doc
	err = eachResponse(filepath.Join(dir, set+".warc.gz"), func(uri string, body []byte) {
		g, ok := gold[ids[uri]]
		if !ok {
			return
		}
		html, _, _ := transform.DecodeHTML(body, "")
		docs = append(docs, &doc{id: g.ID, set: set, kind: g.Kind, source: g.Source, siteHash: siteHash(uri),
			html: html, gold: g.Gold, without: g.Without, goldWords: words(g.Gold)})
	})
	return docs, err
}

// siteHash numbers a site: its registered domain.
func siteHash(uri string) uint64 {
	host := uri
	if u, err := url.Parse(uri); err == nil {
		host = u.Hostname()
	}
	if site, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		host = site
	}
	h := fnv.New64a()
	h.Write([]byte(host))
	return h.Sum64() >> 7
}

// eachResponse reads a WARC of one gzip member a record.
func eachResponse(path string, f func(uri string, body []byte)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	br := bufio.NewReaderSize(file, 1<<20)
	zr, err := gzip.NewReader(br)
	if err != nil {
		return err
	}
	for {
		zr.Multistream(false)
		rec, err := io.ReadAll(zr)
		if err != nil {
			return err
		}
		if err := response(rec, f); err != nil {
			return err
		}
		if err := zr.Reset(br); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func response(rec []byte, f func(string, []byte)) error {
	head, rest, ok := bytes.Cut(rec, []byte("\r\n\r\n"))
	if !ok || !bytes.Contains(head, []byte("WARC-Type: response")) {
		return nil
	}
	n, err := strconv.Atoi(field(head, "Content-Length"))
	if err != nil || n > len(rest) {
		return fmt.Errorf("content length %d of %d: %v", n, len(rest), err)
	}
	if _, body, ok := bytes.Cut(rest[:n], []byte("\r\n\r\n")); ok {
		f(field(head, "WARC-Target-URI"), body)
	}
	return nil
}

func field(head []byte, name string) string {
	for line := range bytes.Lines(head) {
		if k, v, ok := bytes.Cut(line, []byte(": ")); ok && string(k) == name {
			return string(bytes.TrimSpace(v))
		}
	}
	return ""
}
