package datagen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// turn is one message of a request.
type turn struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// body is what is sent. Its bytes name the request in a batch.
type body struct {
	Model       string          `json:"model"`
	Messages    []turn          `json:"messages,omitempty"`
	Prompt      string          `json:"prompt,omitempty"`
	MaxTokens   int             `json:"max_tokens"`
	Temperature *float64        `json:"temperature,omitempty"`
	TopP        *float64        `json:"top_p,omitempty"`
	Seed        uint32          `json:"seed"`
	Format      *responseFormat `json:"response_format,omitempty"`
}

type responseFormat struct {
	Type   string `json:"type"`
	Schema struct {
		Name   string          `json:"name"`
		Strict bool            `json:"strict"`
		Schema json.RawMessage `json:"schema"`
	} `json:"json_schema"`
}

func formatOf(schema []byte) *responseFormat {
	f := &responseFormat{Type: "json_schema"}
	f.Schema.Name, f.Schema.Strict, f.Schema.Schema = "answer", true, schema
	return f
}

// parameter is a key of a request with its value, null to leave it out.
type parameter struct {
	name  string
	value json.RawMessage
}

// parameters reads an object of more keys, in the order of their names.
func parameters(s string) (list []parameter, err error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	d := json.NewDecoder(strings.NewReader(s))
	var object map[string]json.RawMessage
	if err := d.Decode(&object); err != nil {
		return nil, fmt.Errorf("want a JSON object: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("want one JSON object, and nothing behind it")
	}
	for name, value := range object {
		list = append(list, parameter{name, value})
	}
	slices.SortFunc(list, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

// encode writes the body with the further parameters.
func (b *body) encode(more []parameter) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(b); err != nil {
		return nil, err
	}
	if len(more) == 0 {
		return bytes.TrimSpace(out.Bytes()), nil
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(out.Bytes(), &keys); err != nil {
		return nil, err
	}
	for _, p := range more {
		if delete(keys, p.name); string(p.value) != "null" {
			keys[p.name] = p.value
		}
	}
	return json.Marshal(keys)
}
