package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
	"github.com/corpusmill/corpusmill/pipelines/demo"
)

const (
	files         = 6
	originalFiles = 4 // originals lie in the first files, copies in the others
	gzipLevel     = 9
)

// output is a generated file.
type output struct {
	name string
	data []byte
}

// capture is a response with its truth.
type capture struct {
	page   demo.Page
	header []warc.Field
	reason string
	body   []byte
	file   int
}

// build makes every file of the demo from the articles.
func build(originals []article) ([]output, error) {
	s, err := newSites(originals)
	if err != nil {
		return nil, err
	}
	var all []capture
	for _, d := range planPages(originals) {
		c, err := s.capture(d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.url, err)
		}
		all = append(all, c)
	}
	all = append(all, oddResponses()...)
	var outs []output
	var truth bytes.Buffer
	for f := range files {
		var mine []capture
		for _, c := range all {
			if c.file == f {
				mine = append(mine, c)
			}
		}
		slices.SortFunc(mine, func(a, b capture) int {
			return compare(order("place", a.page.URL), order("place", b.page.URL))
		})
		o, err := packFile(f, mine, &truth)
		if err != nil {
			return nil, err
		}
		outs = append(outs, o)
	}
	return append(outs, output{"truth.jsonl", truth.Bytes()}), nil
}

// capture draws a draft and says what is true about it.
func (s *sites) capture(d draft) (capture, error) {
	drawn := d.article
	if d.drawURL != "" {
		drawn.url = d.drawURL
	}
	page, err := s.draw(drawn)
	if err != nil {
		return capture{}, err
	}
	body, err := encode(page, d.charset)
	if err != nil {
		return capture{}, err
	}
	text := plainText(d.body)
	lang, script, _ := strings.Cut(d.lang, "-")
	c := capture{
		body: body, reason: "OK", file: fileOf(d),
		page: demo.Page{
			URL: d.url, Source: d.file, Kind: d.kind, Template: d.template, Lang: lang, Script: script,
			Charset: d.charset, Declared: d.declared, Status: 200, Fate: fateOf(d),
			ExactDuplicateOf: d.exactOf, NearDuplicateOf: d.nearOf, Jaccard: d.jaccard,
			Words:  len(words(text)),
			Emails: emailPattern.FindAllString(text, -1), IPs: ipPattern.FindAllString(text, -1),
			Contains: witness(d.body), Excludes: furniture(d.lang).Rights,
		},
	}
	if d.relaid {
		c.page.NearDuplicateOf, c.page.Jaccard = d.exactOf, 1
	}
	kind := "text/html"
	if d.declared != "none" && (metaCharset(drawn) == "" || order("both", drawn.url)%2 == 0) {
		kind += "; charset=" + d.declared
	}
	c.header = responseHeader(drawn.url, kind)
	return c, nil
}

var (
	emailPattern = regexp.MustCompile(`[a-z][a-z0-9.]*@[a-z0-9-]+(?:\.[a-z]+)+`)
	ipPattern    = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`)
)

// witness is a sentence from the middle of the text.
func witness(body []block) string {
	var prose []string
	for _, b := range body {
		if b.prose() {
			prose = append(prose, b.text)
		}
	}
	if len(prose) == 0 {
		return ""
	}
	return strings.TrimSpace(sentences(prose[len(prose)/2])[0])
}

func fileOf(d draft) int {
	switch n := int(order("file", d.url) % 840); {
	case d.copied:
		return originalFiles + n%(files-originalFiles)
	case d.file == "":
		return n % files // junk lies everywhere
	default:
		return n % originalFiles
	}
}

func responseHeader(url, contentType string) []warc.Field {
	server := pick([]string{"nginx", "Apache/2.4.58 (Unix)", "nginx/1.24.0", "Caddy", "Microsoft-IIS/10.0"}, "server", hostOf(url))
	h := []warc.Field{{Name: "Server", Value: server}, {Name: "Content-Type", Value: contentType}}
	switch order("header", url) % 3 {
	case 0:
		h = append(h, warc.Field{Name: "Cache-Control", Value: "max-age=600"}, warc.Field{Name: "Vary", Value: "Accept-Encoding"})
	case 1:
		h = append(h, warc.Field{Name: "ETag", Value: fmt.Sprintf(`"%x"`, order("etag", url)>>16)})
	case 2:
		h = append(h, warc.Field{Name: "Set-Cookie", Value: fmt.Sprintf("sid=%x; Path=/; HttpOnly", order("sid", url)>>24)})
	}
	return append(h, warc.Field{Name: "Connection", Value: "close"})
}

func hostOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// oddResponses are those that hold no page at all.
func oddResponses() []capture {
	missing := "<html><head><title>404 Not Found</title></head><body><center><h1>404 Not Found</h1></center><hr><center>nginx</center></body></html>\n"
	gone := "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Gone</title></head><body><h1>Gone for good</h1>" +
		"<p>The exhibition ended in January. We would like to thank everybody who came to see it, and we hope that you will visit the next one.</p></body></html>\n"
	moved := "<html><body>The page is now <a href=\"https://oldharbour.example/history/the-price-of-salt\">here</a>.</body></html>\n"
	// The smallest transparent GIF there is.
	pixel, _ := base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
	odd := func(url, reason, kind, contentType string, status, file int, fate demo.Fate, body string) capture {
		c := capture{file: file, reason: reason, body: []byte(body), header: responseHeader(url, contentType),
			page: demo.Page{URL: url, Kind: kind, Status: status, Fate: fate}}
		if strings.HasPrefix(contentType, "text/html") {
			c.page.Charset, c.page.Declared, c.page.Lang = "utf-8", "none", "en"
		}
		return c
	}
	return []capture{
		odd("https://coast-notes.example/guides/reading-a-tide-pol", "Not Found", "error", "text/html", 404, 1, demo.HTTPStatus, missing),
		odd("https://railsandroads.test/places/exhibition-2025", "Gone", "error", "text/html; charset=utf-8", 410, 3, demo.HTTPStatus, gone),
		odd("http://oldharbour.example/salt", "Moved Permanently", "redirect", "text/html", 301, 5, demo.HTTPStatus, moved),
		odd("https://shop.copperandsteam.example/img/pixel.gif", "OK", "image", "image/gif", 200, 2, demo.NotHTML, string(pixel)),
	}
}

// packFile writes one WARC file and appends the truth about its records.
func packFile(number int, all []capture, truth *bytes.Buffer) (output, error) {
	name := fmt.Sprintf("demo-%02d.warc.gz", number)
	var out bytes.Buffer
	w := warc.NewWriter(&out, warc.WriterOptions{Level: gzipLevel, Digests: true})
	at := time.Date(2026, 7, 1+number, 6, 0, 0, 0, time.UTC)
	h, block, err := warc.NewWarcinfo(at, name, []warc.Field{
		{Name: "software", Value: "corpusmill pipelines/demo/generate"}, {Name: "format", Value: "WARC File Format 1.1"},
		{Name: "description", Value: "invented pages of the corpusmill demo"}, {Name: "isPartOf", Value: "corpusmill-demo-2026"},
	})
	if err != nil {
		return output{}, err
	}
	if _, _, err := w.WriteRecord(h, block); err != nil {
		return output{}, err
	}
	for i, c := range all {
		at = at.Add(time.Duration(3+order("pause", c.page.URL)%30) * time.Second)
		head := append([]warc.Field{{Name: "Date", Value: at.Format("Mon, 02 Jan 2006 15:04:05 GMT")}}, c.header...)
		head = append(head, warc.Field{Name: "Content-Length", Value: strconv.Itoa(len(c.body))})
		h, block, err := warc.NewResponse(c.page.URL, at, c.page.Status, c.reason, head, c.body)
		if err != nil {
			return output{}, err
		}
		h.PayloadType = "text/html"
		if c.page.Fate == demo.NotHTML {
			h.PayloadType = "image/gif"
		}
		if _, _, err := w.WriteRecord(h, block); err != nil {
			return output{}, err
		}
		c.page.File, c.page.Record = name, i+1
		e := json.NewEncoder(truth)
		e.SetEscapeHTML(false)
		if err := e.Encode(c.page); err != nil {
			return output{}, err
		}
	}
	return output{name, out.Bytes()}, nil
}
