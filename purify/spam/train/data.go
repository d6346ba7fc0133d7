package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/purify"
	"github.com/corpusmill/corpusmill/purify/spam"
	"github.com/corpusmill/corpusmill/stage"
)

// maxLine bounds a line of a file, in bytes.
const maxLine = 64 << 20

// folds is in how many parts the articles go, by their sites; a test holds out one of tests of them at a time.
const (
	folds = 60
	tests = 3
)

// line is one to learn from or to test with.
type line struct {
	text, kind, set string
	site            string // of an article
	passage         int    // lines of a passage have the same number
	fold            int
	spam            bool
	weight          float64
	sample          spam.Sample
}

// passages reads lines.
type passages struct {
	sampler *spam.Sampler
	n       int // so far
}

// add appends the lines of a text.
func (c *passages) add(list []*line, text string, of line) []*line {
	c.n++
	h := fnv.New32a()
	_, _ = h.Write([]byte(of.site)) // a hash takes everything
	for l := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(l) == "" {
			continue
		}
		one := of
		one.text, one.passage, one.fold, one.sample = l, c.n, int(h.Sum32()%folds), c.sampler.Line(l)
		list = append(list, &one)
	}
	return list
}

// each reads the lines of a file, of gzip where its name says so.
func each(path string, yield func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was read
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return err
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	for s.Scan() {
		if err := yield(s.Bytes()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return s.Err()
}

// labelled reads the passages of a folder, all sets or those that are named.
func (c *passages) labelled(folder string, sets []string, hard float64) (list []*line, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		set := strings.TrimSuffix(filepath.Base(path), ".jsonl")
		if len(sets) > 0 && !slices.Contains(sets, set) {
			continue
		}
		err := each(path, func(b []byte) error {
			var p struct{ Kind, Label, Text string }
			if err := json.Unmarshal(b, &p); err != nil {
				return err
			}
			of := line{kind: p.Kind, set: set, spam: p.Label == "spam", weight: 1}
			if !of.spam {
				of.weight = hard
			}
			list = c.add(list, p.Text, of)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no passages")
	}
	return list, nil
}

// advertisements are lines of the gold texts that are none of an article.
var advertisements = regexp.MustCompile(`(?m)^.*(?:补肾新药|康复圣地|非常艳遇|微信搜索“|扫描二维码关注（).*$`)

// articles reads the sound Chinese articles of the files of a glob, without what frames them:
// the stage stands behind chinese_trim.
func (c *passages) articles(ctx context.Context, glob string, weight float64) (list []*line, err error) {
	trim, err := purify.OpenChineseTrim(ctx, purify.ChineseTrim{}, stage.NewEnv())
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(glob)
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		sites, err := sitesOf(strings.Replace(path, ".gold.jsonl.gz", ".pages.jsonl", 1))
		if err != nil {
			return nil, err
		}
		err = each(path, func(b []byte) error {
			var g struct{ ID, Gold string }
			if err := json.Unmarshal(b, &g); err != nil {
				return err
			}
			if !isChinese(g.Gold) {
				return nil
			}
			doc := &corpus.Document{Text: g.Gold}
			if _, err := trim.Apply(doc); err != nil {
				return err
			}
			text := advertisements.ReplaceAllString(doc.Text, "")
			list = c.add(list, text, line{kind: g.ID, site: sites[g.ID], weight: weight})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, errors.New("no Chinese articles")
	}
	return list, nil
}

// sitesOf are the sites of the pages of a file: hosts, and of made up addresses the first part
// of the path too.
func sitesOf(path string) (map[string]string, error) {
	sites := map[string]string{}
	err := each(path, func(b []byte) error {
		var p struct{ ID, URL string }
		if err := json.Unmarshal(b, &p); err != nil {
			return err
		}
		u, err := url.Parse(p.URL)
		if err != nil {
			return err
		}
		sites[p.ID] = u.Host
		if strings.HasSuffix(u.Host, ".example") {
			first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
			sites[p.ID] += "/" + first
		}
		return nil
	})
	return sites, err
}

// isChinese reports whether most of a text is Han and little of it kana.
func isChinese(s string) bool {
	han, kana, all := 0, 0, 0
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			continue
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		}
		all++
	}
	return han*10 > all*3 && kana*20 < all
}
