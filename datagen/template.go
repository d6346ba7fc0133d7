package datagen

import (
	"fmt"
	"strings"
)

// template is a text with places for fields, {{name}}. There is nothing else in it: no
// conditions, no loops, and no default for a field that is not there. Braces of JSON are text.
type template struct{ parts []templatePart }

// templatePart is a literal, or a field where it has a name.
type templatePart struct{ literal, field string }

// templateBytesMax bounds a template, and what it may grow to with its fields.
const (
	templateBytesMax = 1 << 20
	renderedBytesMax = 32 << 20
)

// parseTemplate reads a template; the error names the place by its line.
func parseTemplate(s string) (*template, error) {
	if len(s) > templateBytesMax {
		return nil, fmt.Errorf("%d bytes, want at most %d", len(s), templateBytesMax)
	}
	t, line := &template{}, 1
	for {
		literal, rest, found := strings.Cut(s, "{{")
		line += strings.Count(literal, "\n")
		if literal != "" {
			t.parts = append(t.parts, templatePart{literal: literal})
		}
		if !found {
			return t, nil
		}
		name, behind, closed := strings.Cut(rest, "}}")
		if !closed || strings.Contains(name, "\n") {
			return nil, fmt.Errorf("line %d: {{ has no }} behind it in its line", line)
		}
		if name = strings.TrimSpace(name); !validField(name) {
			return nil, fmt.Errorf("line %d: {{%s}}: want the name of a field, such as {{text}}", line, name)
		}
		t.parts = append(t.parts, templatePart{field: name})
		s = behind
	}
}

// validField reports whether a name is letters, digits, low lines, dashes and dots.
func validField(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || i > 0 && (c >= '0' && c <= '9' || c == '.' || c == '-') {
			continue
		}
		return false
	}
	return name != "" && len(name) <= 100
}

// fields are the names of all fields, each once, in their order.
func (t *template) fields() (names []string) {
	seen := map[string]bool{}
	for _, p := range t.parts {
		if p.field != "" && !seen[p.field] {
			seen[p.field] = true
			names = append(names, p.field)
		}
	}
	return names
}

// literals is the text without fields.
func (t *template) literals() string {
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.literal)
		if p.field != "" {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// render fills in the fields.
func (t *template) render(value func(field string) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		text := p.literal
		if p.field != "" {
			var err error
			if text, err = value(p.field); err != nil {
				return "", err
			}
		}
		if b.Len()+len(text) > renderedBytesMax {
			return "", fmt.Errorf("more than %d bytes", renderedBytesMax)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}
