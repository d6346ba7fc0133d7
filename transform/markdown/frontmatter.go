package markdown

import (
	"cmp"
	"strings"

	"github.com/corpusmill/corpusmill/transform"
)

// Most of a front matter.
const (
	maxFrontBytes = 64 << 10
	maxValueBytes = 2048
	maxAuthors    = 100
)

// frontMatter takes the head off a document: YAML between lines of ---, TOML between
// lines of +++. What it says of the document is read line by line; nested values are not.
func frontMatter(source string) (meta transform.Metadata, body string) {
	first, rest, ok := strings.Cut(source, "\n")
	first = strings.TrimRight(first, " \t")
	if !ok || first != "---" && first != "+++" {
		return meta, source
	}
	head := ""
	for n := 0; ; {
		line, after, more := strings.Cut(rest[n:], "\n")
		line = strings.TrimRight(line, " \t\r")
		if line == first || first == "---" && line == "..." {
			head, body = rest[:n], after
			break
		}
		if n += len(line) + 1; !more || n > maxFrontBytes || n > len(rest) {
			return meta, source
		}
		n = len(rest) - len(after)
	}
	if strings.TrimSpace(head) != "" && !strings.ContainsAny(head, ":=") {
		return meta, source // two lines that divide a text
	}
	readFront(&meta, head, map[string]string{"---": ":", "+++": "="}[first])
	return meta, body
}

// readFront reads keys of the first level.
func readFront(m *transform.Metadata, head, sign string) {
	key := ""
	var authors []string
	for line := range strings.SplitSeq(head, "\n") {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if item, ok := strings.CutPrefix(trimmed, "- "); ok {
			if isAuthor(key) {
				authors = append(authors, names(item)...)
			}
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		if trimmed[0] == '[' && sign == "=" { // what follows is of a table
			break
		}
		name, value, ok := strings.Cut(trimmed, sign)
		if !ok {
			continue
		}
		key = strings.ToLower(strings.TrimSpace(name))
		value = strings.TrimSpace(value)
		if isAuthor(key) {
			authors = append(authors, names(value)...)
			continue
		}
		set(m, key, unquote(value))
	}
	m.Author = strings.Join(authors[:min(len(authors), maxAuthors)], "; ")
}

func set(m *transform.Metadata, key, value string) {
	if value == "" || value == "|" || value == ">" || len(value) > maxValueBytes {
		return
	}
	switch key {
	case "title":
		m.Title = value
	case "date", "pubdate", "published", "created":
		m.Date = cmp.Or(m.Date, value)
	case "lang", "language":
		m.Language = value
	case "description", "summary", "abstract", "subtitle":
		m.Description = cmp.Or(m.Description, value)
	case "license", "licence", "rights":
		if l, ok := transform.ParseLicense(value); ok {
			m.License = cmp.Or(l.ID, l.URL)
			if l.URL != "" {
				m.LicenseURLs = append(m.LicenseURLs, l.URL)
			}
		}
	}
}

func isAuthor(key string) bool { return key == "author" || key == "authors" }

// names reads one name, or several in brackets.
func names(value string) (list []string) {
	inner, ok := strings.CutPrefix(value, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !ok || !closed {
		if _, rest, ok := strings.Cut(value, "name:"); ok {
			value = rest
		}
		inner = ""
		if v := unquote(strings.TrimSpace(value)); v != "" && len(v) <= maxValueBytes {
			list = append(list, v)
		}
	}
	for v := range strings.SplitSeq(inner, ",") {
		if v = unquote(strings.TrimSpace(v)); v != "" && len(v) <= maxValueBytes {
			list = append(list, v)
		}
	}
	return list
}

// unquote takes the quotes off a value, or a comment behind it.
func unquote(v string) string {
	if len(v) >= 2 && (v[0] == '"' || v[0] == '\'') {
		if i := strings.LastIndexByte(v, v[0]); i > 0 {
			return strings.ReplaceAll(v[1:i], `\"`, `"`)
		}
	}
	v, _, _ = strings.Cut(v, " #")
	return strings.TrimSpace(v)
}
