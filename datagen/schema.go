package datagen

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schema is a JSON schema that answers must fit.
type schema struct {
	text     []byte
	compiled *jsonschema.Schema
}

// noLoader refuses references to other files and addresses.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s: a schema refers to nothing outside of it", url)
}

func parseSchema(b []byte) (*schema, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	if err := c.AddResource("schema.json", doc); err != nil {
		return nil, err
	}
	s := &schema{}
	if s.compiled, err = c.Compile("schema.json"); err != nil {
		return nil, err
	}
	s.text, err = json.Marshal(doc)
	return s, err
}

// check reads an answer and holds it against the schema. The error is in words that a model
// can go by.
func (s *schema) check(answer string) (any, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(bare(answer)))
	if err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	err = s.compiled.Validate(doc)
	var v *jsonschema.ValidationError
	if errors.As(err, &v) {
		text, _, _ := strings.Cut(v.Error(), "\n- ")
		if _, detail, ok := strings.Cut(v.Error(), "\n- "); ok {
			text = detail
		}
		return doc, fmt.Errorf("it does not fit the schema: %.500s", strings.ReplaceAll(text, "\n", "; "))
	}
	return doc, err
}

// bare is the JSON of an answer without a fence of Markdown around it.
func bare(s string) string {
	s = strings.TrimSpace(withoutThoughts(s))
	if rest, ok := strings.CutPrefix(s, "```"); ok {
		_, rest, _ = strings.Cut(rest, "\n")
		if i := strings.LastIndex(rest, "```"); i >= 0 {
			s = strings.TrimSpace(rest[:i])
		}
	}
	return s
}

// withoutThoughts leaves out what some models say to themselves before they answer.
func withoutThoughts(s string) string {
	if strings.HasPrefix(strings.TrimSpace(s), "<think>") {
		if _, rest, ok := strings.Cut(s, "</think>"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return s
}

// parsePointer reads a JSON pointer (RFC 6901): "" is the whole, /pairs/0 the first of pairs.
func parsePointer(s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	if s[0] != '/' {
		return nil, fmt.Errorf("%q: want a JSON pointer, such as /pairs", s)
	}
	keys := strings.Split(s[1:], "/")
	for i, k := range keys {
		keys[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(k)
	}
	return keys, nil
}

// at follows a pointer.
func at(doc any, pointer []string) (any, bool) {
	for _, k := range pointer {
		switch x := doc.(type) {
		case map[string]any:
			next, ok := x[k]
			if !ok {
				return nil, false
			}
			doc = next
		case []any:
			i, err := strconv.Atoi(k)
			if err != nil || i < 0 || i >= len(x) {
				return nil, false
			}
			doc = x[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

// plain is a value of JSON as it stands in a text.
func plain(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case nil:
		return ""
	}
	b, _ := json.Marshal(v) // it came from JSON
	return string(b)
}
