package sitemap

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	maxDepth     = 64       // of elements within one another
	maxTextBytes = 16 << 10 // of a field of an entry
)

// form is what is read of a kind of file: the names of elements, without namespaces.
type form struct {
	entry string // the element of an entry, which stands at that depth
	depth int
	index bool
	// fields are the elements directly within an entry.
	fields map[string]field
}

type field uint8

const (
	fieldLoc field = iota + 1
	fieldLink
	fieldPermalink
	fieldTime
	fieldOtherTime
	fieldFrequency
	fieldPriority
)

var (
	pageFields = map[string]field{"loc": fieldLoc, "lastmod": fieldTime, "changefreq": fieldFrequency, "priority": fieldPriority}
	itemFields = map[string]field{"link": fieldLoc, "guid": fieldPermalink, "pubdate": fieldTime, "date": fieldTime}
)

// forms are the kinds of files by their outermost element.
var forms = map[string]form{
	"urlset":       {"url", 2, false, pageFields},
	"sitemapindex": {"sitemap", 2, true, pageFields},
	"rss":          {"item", 3, false, itemFields},
	"rdf":          {"item", 2, false, itemFields}, // RSS 1.0
	"feed":         {"entry", 2, false, map[string]field{"link": fieldLink, "updated": fieldTime, "published": fieldOtherTime}},
}

// xmlReader walks through the elements of a file.
type xmlReader struct {
	*xml.Decoder
	out   *output
	form  form
	depth int
	entry *Entry // where we are within one
	guid  string // its address if it has no link
	field field
	text  strings.Builder
}

func readXML(in *bufio.Reader, out *output) {
	x := &xmlReader{Decoder: xml.NewDecoder(in), out: out}
	x.Strict = false
	x.CharsetReader = charsetReader
	for !out.done {
		token, err := x.Token()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				x.fail(plain(err))
			} else if x.depth == 0 && x.form.entry == "" {
				x.fail(ErrForm)
			}
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			x.start(t)
		case xml.EndElement:
			x.end()
		case xml.CharData:
			if x.field != 0 && x.text.Len()+len(t) <= maxTextBytes {
				x.text.Write(t)
			}
		}
	}
}

// plain takes off what an Error says itself.
func plain(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return errors.New(syntax.Msg)
	}
	return err
}

func (x *xmlReader) line() int {
	line, _ := x.InputPos()
	return line
}

func (x *xmlReader) fail(err error) { x.out.fail(x.line(), err) }

func (x *xmlReader) start(t xml.StartElement) {
	name := strings.ToLower(t.Name.Local)
	x.depth++
	switch {
	case x.depth > maxDepth:
		x.fail(fmt.Errorf("more than %d elements within one another", maxDepth))
	case x.depth == 1:
		var ok bool
		if x.form, ok = forms[name]; !ok {
			x.fail(fmt.Errorf("%w: its element is %.40q", ErrForm, name))
		}
	case x.depth == x.form.depth && name == x.form.entry:
		x.entry, x.guid = &Entry{Index: x.form.index, Priority: 0.5}, ""
	case x.entry != nil && x.depth == x.form.depth+1:
		x.field = x.form.fields[name]
		x.text.Reset()
		x.attributes(t.Attr)
	default:
		x.field = 0
	}
}

// attributes looks at those of a field.
func (x *xmlReader) attributes(list []xml.Attr) {
	switch x.field {
	case fieldLink:
		rel, href := "alternate", ""
		for _, a := range list {
			switch strings.ToLower(a.Name.Local) {
			case "rel":
				rel = strings.ToLower(a.Value)
			case "href":
				href = a.Value
			}
		}
		if rel == "alternate" && x.entry.Loc == "" {
			x.entry.Loc = href
		}
	case fieldPermalink:
		for _, a := range list {
			if strings.EqualFold(a.Name.Local, "isPermaLink") && !strings.EqualFold(a.Value, "true") {
				x.field = 0
			}
		}
	}
}

func (x *xmlReader) end() {
	if x.depth == x.form.depth+1 && x.entry != nil {
		x.set(strings.TrimSpace(x.text.String()))
	}
	if x.depth == x.form.depth && x.entry != nil {
		if x.entry.Loc == "" && isAddress(x.guid) {
			x.entry.Loc = x.guid
		}
		x.out.entry(x.line(), *x.entry)
		x.entry = nil
	}
	x.field = 0
	x.depth--
}

// set keeps the text of a field. The first address counts, and the last of the rest.
func (x *xmlReader) set(text string) {
	e := x.entry
	switch x.field {
	case fieldLoc:
		if e.Loc == "" {
			e.Loc = text
		}
	case fieldPermalink:
		x.guid = text
	case fieldTime:
		e.LastMod = parseTime(text)
	case fieldOtherTime:
		if e.LastMod.IsZero() {
			e.LastMod = parseTime(text)
		}
	case fieldFrequency:
		switch text = strings.ToLower(text); text {
		case "always", "hourly", "daily", "weekly", "monthly", "yearly", "never":
			e.ChangeFreq = text
		}
	case fieldPriority:
		if p, err := strconv.ParseFloat(text, 64); err == nil && p >= 0 && p <= 1 {
			e.Priority = p
		}
	}
}

// charsetReader reads files that are not in UTF-8 although the protocol wants it.
// Addresses are ASCII nearly always, so one form of Latin 1 does.
func charsetReader(label string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf8", "us-ascii", "ascii":
		return in, nil
	case "iso-8859-1", "iso-8859-15", "latin1", "windows-1252":
		return &latin1{in: in}, nil
	}
	return nil, fmt.Errorf("encoding %.40q: want UTF-8", label)
}

// latin1 turns Latin 1 into UTF-8.
type latin1 struct {
	in   io.Reader
	buf  [512]byte
	rest []byte
	out  [1024]byte
}

func (l *latin1) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		n, err := l.in.Read(l.buf[:])
		out := l.out[:0]
		for _, c := range l.buf[:n] {
			if c < 0x80 {
				out = append(out, c)
			} else {
				out = append(out, 0xc0|c>>6, 0x80|c&0x3f)
			}
		}
		if l.rest = out; n == 0 {
			return 0, err
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
