// Package state makes a page of the text that only a script of it holds: what a framework
// leaves there for the browser to build the page from.
package state

import (
	"strings"

	"github.com/corpusmill/corpusmill/internal/percent"
	"github.com/corpusmill/corpusmill/transform/html/metadata"
)

const (
	maxText   = 256 << 10 // bytes of text that are taken
	minString = 60        // bytes of a string that may be text
)

// Page makes a page of the text that a script holds, "" where there is none: the
// longest string of HTML if it has half of all, else all strings that are text.
func Page(script string) string {
	if strings.HasPrefix(strings.TrimSpace(script), "%7B") {
		script = percent.Decode(script)
	}
	var texts []string
	longest, all := "", 0
	for i := 0; i < len(script) && all < maxText; {
		open := strings.IndexAny(script[i:], `"'`)
		if open < 0 {
			break
		}
		i += open
		end := stringEnd(script, i)
		if end < 0 {
			break
		}
		raw := script[i+1 : end]
		i = end + 1
		if len(raw) < minString || len(raw) > maxText {
			continue
		}
		s := metadata.UnescapeJSON(strings.ReplaceAll(raw, `\n`, "\n"))
		if isMarkup(s) {
			if len(s) > len(longest) {
				longest = s
			}
		} else if !isProse(s) {
			continue
		}
		texts = append(texts, s)
		all += len(s)
	}
	if 2*len(longest) >= all {
		return longest
	}
	var b strings.Builder
	seen := map[string]bool{}
	for _, s := range texts {
		if seen[s] {
			continue
		}
		seen[s] = true
		if isMarkup(s) {
			b.WriteString("<div>" + s + "</div>")
			continue
		}
		for line := range strings.SplitSeq(s, "\n") {
			b.WriteString("<p>" + textEscaper.Replace(line) + "</p>")
		}
	}
	return b.String()
}

var textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

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

// isMarkup reports a text with paragraphs or line breaks of HTML.
func isMarkup(s string) bool {
	return strings.Contains(s, "</p>") || strings.Contains(s, "<br") || strings.Contains(s, "</div>")
}

// isProse reports a text with a sentence in it, and neither code nor addresses.
func isProse(s string) bool {
	if strings.ContainsAny(s[:min(len(s), 256)], "{}<>=\\|") || strings.Contains(s[:min(len(s), 16)], "://") {
		return false
	}
	if strings.Contains(s, "。") || strings.Contains(s, "，") {
		return true
	}
	return strings.Contains(s, ". ") && strings.Count(s, " ") > len(s)/12
}
