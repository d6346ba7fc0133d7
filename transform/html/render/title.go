package render

import "strings"

// WithTitle writes a title above a text that does not begin with it.
func WithTitle(f Format, title, text string) string {
	sep := "\n"
	switch f {
	case FormatMarkdown:
		var r Renderer
		m := &markdown{head: true}
		m.escape(&r, []byte(title), false)
		title, sep = "# "+string(r.out), "\n\n"
	case FormatHTML:
		title = "<h1>" + string(AppendEscaped(nil, []byte(title))) + "</h1>"
	}
	if strings.HasPrefix(text, title) {
		return text
	}
	return title + sep + text
}
