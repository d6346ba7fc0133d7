// Package state makes a page of the text that only a script of it holds: what a framework
// leaves there for the browser to build the page from.
package state

import (
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/internal/percent"
	"github.com/corpusmill/corpusmill/transform/html/metadata"
)

const (
	maxText   = 256 << 10 // bytes of text that are taken
	maxScript = 2 << 20   // bytes of a script inside a string that is read
	minString = 60        // bytes of a string that may be text
	minShort  = 12        // bytes of one beside others of its key
	manyOfKey = 3         // texts of a key from which its short strings are text
	longText  = 400       // bytes of a text that needs no others of its key
	shortKey  = 0.8       // share of a key's bytes that its texts then have at least
	depth     = 2         // scripts in strings of scripts
)

// Page makes a page of the text that a script holds, "" where there is none: the
// longest string of HTML if it has half of all, else all strings that are text.
func Page(script string) string {
	if strings.HasPrefix(strings.TrimSpace(script), "%7B") {
		script = percent.Decode(script)
	}
	var r reader
	if strings.Contains(script[:min(len(script), len(flight)+reach)], flight) {
		r.read(chunks(script), depth-1)
	} else {
		r.read(script, depth)
	}
	return r.page()
}

// Island makes a page of the text that JSON of an unknown use holds. Translations and
// settings have sentences too, each under a key of its own: texts are those of a key that
// has several, and long ones.
func Island(script string) string {
	r := reader{strict: true}
	r.read(script, depth)
	return r.page()
}

// Body makes a page of the body that a page's metadata give, as it is written in JSON.
func Body(body string) string {
	s := strings.ToValidUTF8(unescape(body[:min(len(body), maxText)]), "")
	if isMarkup(s) {
		return s
	}
	var b strings.Builder
	writeLines(&b, s)
	return b.String()
}

const (
	flight = "__next_f" // the variable that Next.js pushes a page's state to
	reach  = 64         // bytes in which it stands
)

// chunks joins the texts that a page pushes to its state one by one.
func chunks(script string) string {
	var b strings.Builder
	for {
		_, rest, ok := strings.Cut(script, ".push([1,")
		if !ok || b.Len() > maxScript {
			return b.String()
		}
		if rest = strings.TrimLeft(rest, " "); rest == "" || rest[0] != '"' {
			script = rest
			continue
		}
		end := stringEnd(rest, 0)
		if end < 0 {
			return b.String()
		}
		b.WriteString(unescape(rest[1:end]))
		script = rest[end:]
	}
}

// found is a string that may be text.
type found struct {
	key, text string
	prose     bool // else it is markup, or short
}

// reader reads the strings of a script.
type reader struct {
	found  []found
	keys   map[string]*keyed
	all    int  // bytes of texts
	short  int  // bytes of short strings
	strict bool // see Island
	most   int  // place of the longest markup in found, one behind
}

// keyed counts the strings of a key.
type keyed struct{ texts, bytes, short int }

// read takes the strings of a script that may be text, with the key before each.
func (r *reader) read(script string, depth int) {
	key := ""
	for i := 0; i < len(script) && r.all < maxText && r.short < maxText; {
		open := strings.IndexAny(script[i:], `"'`)
		if open < 0 {
			return
		}
		i += open
		end := stringEnd(script, i)
		if end < 0 {
			return
		}
		raw := script[i+1 : end]
		i = end + 1
		if after := strings.TrimLeft(script[i:min(len(script), i+8)], " \n\r\t"); strings.HasPrefix(after, ":") {
			key = raw
			continue
		}
		switch {
		case len(raw) < minShort || len(raw) > maxScript:
		case depth > 1 && isScript(raw):
			r.read(unescape(raw), depth-1)
		case len(raw) <= maxText:
			r.take(key, unescape(raw))
		}
	}
}

func (r *reader) take(key, s string) {
	if r.keys == nil {
		r.keys = map[string]*keyed{}
	}
	k := r.keys[key]
	if k == nil {
		k = &keyed{}
		r.keys[key] = k
	}
	switch {
	case len(s) >= minString && isMarkup(s):
		if r.most == 0 || len(s) > len(r.found[r.most-1].text) {
			r.most = len(r.found) + 1
		}
	case len(s) >= minString && isProse(s):
		k.texts++
		k.bytes += len(s)
	default:
		k.short += len(s)
		if key != "" && !strings.ContainsAny(s, "{}<>=\\|") && strings.Contains(s, " ") || hasHan(s) {
			r.short += len(s)
			r.found = append(r.found, found{key, s, false})
		}
		return
	}
	r.all += len(s)
	r.found = append(r.found, found{key, s, true})
}

// page is the page of what was read.
func (r *reader) page() string {
	if r.most > 0 && 2*len(r.found[r.most-1].text) >= r.all {
		return r.found[r.most-1].text
	}
	var b strings.Builder
	seen := map[string]bool{}
	for _, f := range r.found {
		if seen[f.text] || !f.prose && !r.keys[f.key].takesShort() {
			continue
		}
		seen[f.text] = true
		if r.strict && r.keys[f.key].texts < manyOfKey && len(f.text) < longText {
			continue
		}
		if f.prose && isMarkup(f.text) {
			b.WriteString("<div>" + f.text + "</div>")
		} else {
			writeLines(&b, f.text)
		}
	}
	return b.String()
}

// takesShort reports a key whose strings are text, for the most part.
func (k *keyed) takesShort() bool {
	return k.texts >= manyOfKey && float64(k.bytes) >= shortKey*float64(k.bytes+k.short)
}

func writeLines(b *strings.Builder, s string) {
	for line := range strings.SplitSeq(s, "\n") {
		b.WriteString("<p>" + textEscaper.Replace(line) + "</p>")
	}
}

var textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// breaks keeps the breaks of lines, which UnescapeJSON makes spaces of; behind a backslash
// an n is a letter.
var breaks = strings.NewReplacer(`\\`, `\\`, `\n`, "\n")

func unescape(s string) string { return metadata.UnescapeJSON(breaks.Replace(s)) }

// stringEnd finds the quote that ends the string that begins at i, -1 where it has none.
func stringEnd(s string, i int) int {
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case s[i]:
			return j
		}
	}
	return -1
}

// isScript reports a string that holds JSON, as it is written in a string.
func isScript(raw string) bool {
	raw = strings.TrimLeft(raw[:min(len(raw), reach)], " ")
	return len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') && strings.Contains(raw, `\"`)
}

// isMarkup reports a text with paragraphs or line breaks of HTML.
func isMarkup(s string) bool {
	return strings.Contains(s, "</p>") || strings.Contains(s, "<br") || strings.Contains(s, "</div>")
}

func hasHan(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x3041 && r <= 0x9fff })
}

// isProse reports a text with a sentence in it, and neither code nor addresses.
func isProse(s string) bool {
	if strings.ContainsAny(s[:min(len(s), 256)], "{}<>=\\|") || strings.Contains(s[:min(len(s), 16)], "://") {
		return false
	}
	if strings.Contains(s, "。") || strings.Contains(s, "，") {
		return true
	}
	end := strings.TrimRight(s, "\"'”’) \n")
	last, _ := utf8.DecodeLastRuneInString(end)
	full := strings.ContainsRune(".!?…", last)
	return (full || strings.Contains(s, ". ")) && strings.Count(s, " ") > len(s)/12
}
