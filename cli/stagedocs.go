package cli

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/corpusmill/corpusmill/config"
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
	Does     string       `json:"does,omitempty"`
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

func undocumented(kind string, d stage.Def) PartDoc {
	p := PartDoc{Kind: kind, Name: d.Name, Family: d.Settings.PkgPath(), Revision: d.Revision}
	for _, f := range config.Encode(d.New()).Fields {
		p.Settings = append(p.Settings, SettingDoc{Name: f.Key, Default: InYAML(f.Value)})
	}
	return p
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
