package cli

import (
	_ "embed"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
)

// stageDocs is generated from the comments of the settings: go generate.
//
//go:embed stagedocs.json
var stageDocs []byte

// PartDoc is the documentation of one source, stage or sink, or of the sizing
// block. It is made from the comments and tags of its settings.
type PartDoc struct {
	Kind     string `json:"kind"` // "source", "stage", "sink" or "sizing"
	Name     string `json:"name"`
	Family   string `json:"family"` // package that has it
	Revision int    `json:"revision"`
	Summary  string `json:"summary"` // first sentence of Doc
	// Doc is plain text: paragraphs are lines apart by an empty one, lines that
	// begin with a tab are to be left as they are.
	Doc string `json:"doc"`
	// Does says how a stage works: "measures and decides", "edits", ...
	Does string `json:"does,omitempty"`
	// Step is the part of the way that it belongs to: gather, transform, purify, ...
	Step string `json:"step,omitempty"`
	// Example is a use of it in a pipeline, in YAML.
	Example string `json:"example,omitempty"`
	// Reads and Sets are columns of a document, beside its own values.
	Reads    []string     `json:"reads,omitempty"`
	Sets     []string     `json:"sets,omitempty"`
	Settings []SettingDoc `json:"settings"`
	Rules    []string     `json:"rules,omitempty"`
	Columns  []ColumnDoc  `json:"columns,omitempty"`
}

// SettingDoc documents one key.
type SettingDoc struct {
	Name     string       `json:"name"`
	Type     string       `json:"type"`
	Default  string       `json:"default"` // as it is written in YAML
	Values   []string     `json:"values,omitempty"`
	Doc      string       `json:"doc"`
	Settings []SettingDoc `json:"settings,omitempty"` // of a block
}

// ColumnDoc documents one value that a stage measures.
type ColumnDoc struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

// partDocs returns the documentation of all parts of a program; a part of a third
// party has its keys and defaults only.
func partDocs(app *run.App) ([]PartDoc, error) {
	var known []PartDoc
	if err := json.Unmarshal(stageDocs, &known); err != nil {
		return nil, fmt.Errorf("embedded documentation: %w", err)
	}
	var docs []PartDoc
	for _, list := range []struct {
		kind string
		defs []stage.Def
	}{{"source", app.Sources}, {"stage", app.Stages}, {"sink", app.Sinks}} {
		for _, d := range list.defs {
			i := slices.IndexFunc(known, func(p PartDoc) bool { return p.Kind == list.kind && p.Name == d.Name })
			if i >= 0 {
				docs = append(docs, known[i])
			} else {
				docs = append(docs, undocumented(list.kind, d))
			}
		}
	}
	for _, p := range known {
		if p.Kind == "sizing" && app.Sizing != nil || p.Kind == "crawl" && app.Crawl != nil {
			docs = append(docs, p)
		}
	}
	return docs, nil
}

// undocumented is what reflection tells of a part of another program: names, types and
// defaults of its settings, with the words of their doc tags; what its type says it does; and
// the text of a method Doc, if it has one.
func undocumented(kind string, d stage.Def) PartDoc {
	p := PartDoc{Kind: kind, Name: d.Name, Family: d.Settings.PkgPath(), Revision: d.Revision}
	settings := d.New()
	if x, ok := settings.(interface{ Doc() string }); ok {
		p.Doc = x.Doc()
		p.Summary, _, _ = strings.Cut(p.Doc, ". ")
	}
	p.Settings = reflected(reflect.ValueOf(settings).Elem())
	if kind == "stage" {
		Describe(&p, settings)
	}
	return p
}

// reflected documents the keys of a struct that holds its defaults.
func reflected(v reflect.Value) (list []SettingDoc) {
	for f := range config.Fields(v.Type()) {
		if name := config.YAMLName(f); name != "" {
			list = append(list, SettingDoc{Name: name, Type: TypeName(f.Type), Doc: f.Tag.Get("doc"), Default: InYAML(config.Encode(v.FieldByIndex(f.Index).Interface()))})
		}
	}
	return list
}

// Describe notes what a stage does, by the contracts that it meets.
func Describe(doc *PartDoc, obj any) {
	_, decides := obj.(stage.Decider)
	if m, ok := obj.(stage.Measurer); ok {
		doc.Does = "measures"
		if decides {
			doc.Does = "measures and decides"
		}
		for _, c := range m.Columns() {
			doc.Columns = append(doc.Columns, ColumnDoc{Name: c.Name, Doc: c.Doc})
		}
	}
	if _, ok := obj.(stage.Editor); ok {
		doc.Does = "edits"
	}
	if a, ok := obj.(stage.Attacher); ok {
		doc.Does = "adds columns and decides"
		for _, c := range a.Cells() {
			doc.Columns = append(doc.Columns, ColumnDoc{Name: columnOf(doc.Name, c), Doc: c.Doc})
		}
	}
	if g, ok := obj.(stage.Grader); ok {
		doc.Does, doc.Columns = "adds columns and decides", nil
		for _, c := range g.Cells() {
			doc.Columns = append(doc.Columns, ColumnDoc{Name: columnOf(doc.Name, c), Doc: c.Doc})
		}
	}
	if _, ok := obj.(stage.Splitter); ok {
		doc.Does = "splits"
	}
	if g, ok := obj.(stage.Generator); ok {
		doc.Does = "makes documents by a server"
		for _, c := range g.Cells() {
			doc.Columns = append(doc.Columns, ColumnDoc{Name: columnOf(doc.Name, c), Doc: c.Doc})
		}
	}
	if _, ok := obj.(stage.Grouper); ok {
		doc.Does = "works across documents"
		if _, ok := obj.(stage.Spanner); ok {
			doc.Does = "works across documents and cuts parts of them"
		}
	}
	if l, ok := obj.(stage.Lister); ok {
		doc.Rules = l.Rules()
	}
}

// columnOf is the name of a column that a stage adds.
func columnOf(stage string, c corpus.Column) string {
	if c.Whole {
		return c.Name
	}
	return stage + "_" + c.Name
}

// TypeName names a type as the documentation shows it.
func TypeName(t reflect.Type) string {
	text := func(t reflect.Type) bool {
		return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	}
	switch t {
	case reflect.TypeFor[stage.Limit]():
		return "limit"
	case reflect.TypeFor[config.Bytes]():
		return "size"
	case reflect.TypeFor[stage.Keep]():
		return "keep rule"
	case reflect.TypeFor[time.Duration]():
		return "duration"
	case reflect.TypeFor[config.Node](): // a node of the file, which is a stage
		return "stage"
	}
	switch {
	case text(t):
		return "string"
	case reflect.PointerTo(t).Implements(reflect.TypeFor[config.NodeUnmarshaler]()):
		return "one of several forms"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return TypeName(t.Elem())
	case reflect.Slice:
		return "list of " + TypeName(t.Elem())
	case reflect.Map:
		return "map of " + TypeName(t.Key()) + " to " + TypeName(t.Elem())
	case reflect.Struct:
		return "block"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "number"
	case reflect.String:
		return "string"
	}
	return "whole number"
}

// InYAML writes a default as it stands in a pipeline, "" where there is none.
func InYAML(n *config.Node) string {
	if n.Scalar == "" && len(n.Items) == 0 && len(n.Fields) == 0 {
		return ""
	}
	one := &config.Node{Kind: config.MapNode, Fields: []config.Field{{Key: "x", Value: n}}}
	list := &config.Node{Kind: config.ListNode, Items: []*config.Node{one}}
	s := list.YAML() // - {x: VALUE}
	const head, tail = "- {x: ", "}\n"
	s = s[len(head) : len(s)-len(tail)]
	if n.Kind == config.ScalarNode && n.Quoted {
		return n.Scalar
	}
	return s
}
