package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Pipeline is what the plan of a run says of it, as far as reading its results needs
// it. It comes from the folder's plan.yaml, which has every default written out: a
// reader needs no definitions, and can read runs of programs with other stages.
type Pipeline struct {
	Name   string
	Stages []Part // in their order, those in the cases of a switch behind it
	// Sinks took the parts, Rejects the rejected documents.
	Sinks   []Part
	Rejects Part
	// TextSample and TextPerRule say which rejects keep their text, as the plan has it.
	TextSample, TextPerRule string
	// Segments says what the run left of its intermediate files: keep, checkpoints or
	// delete.
	Segments string

	server store.Server // the s3 block
}

// TextsKept says which rejects keep their text, and by which settings.
func (p *Pipeline) TextsKept() string {
	s := fmt.Sprintf("rejects keep their text by a sample (rejects.text_sample: %s)", cmp.Or(p.TextSample, "0.01"))
	if n := p.TextPerRule; n != "" && n != "0" && p.TextSample != "0" {
		s += fmt.Sprintf(", and the first %s of each rule of each task (text_per_rule)", n)
	}
	return s
}

// Part is a stage or a sink of the plan.
type Part struct {
	// Def is the name of its definition.
	Def string
	// Name is that of a sink, "" where it is the only one and has none.
	Name string
	// Set is the name under which a sink appends to its folder, "" where it does not.
	Set string

	settings *config.Node
	renamed  map[string]string // columns of the parts, by their names in documents
	dropped  []string          // columns that the parts lack
}

// InParts returns the name that a column of the documents has in the parts of a sink, ""
// where the sink leaves it out.
func (p Part) InParts(column string) string {
	if slices.Contains(p.dropped, column) {
		return ""
	}
	return cmp.Or(p.renamed[column], column)
}

// Setting returns a setting as it is written, "" where there is none or it is not one
// value.
func (p Part) Setting(key string) string {
	if n := p.settings.Get(key); n != nil {
		return n.Scalar
	}
	return ""
}

// Instance is the name of a stage in statistics, rejects and columns.
func (p Part) Instance() string { return cmp.Or(p.Setting("as"), p.Def) }

// Dropped are the columns that the parts of a sink lack, of those that all documents have.
func (p Part) Dropped() (names []string) {
	for _, name := range corpus.PartSchema(nil, nil).Names() {
		if p.InParts(name) == "" {
			names = append(names, name)
		}
	}
	return names
}

// inDocuments is the name that documents have for a column of the parts.
func (p Part) inDocuments(column string) string {
	for own, name := range p.renamed {
		if name == column {
			return own
		}
	}
	return column
}

// parse reads a plan.yaml. Keys that it does not need are not looked at.
func parse(file string, src []byte) (*Pipeline, error) {
	root, err := config.ParseYAML(file, src)
	if err != nil {
		return nil, err
	}
	p := &Pipeline{Segments: "keep"}
	if n := root.Get("name"); n != nil {
		p.Name = n.Scalar
	}
	if n := root.Get("segments"); n != nil {
		p.Segments = cmp.Or(n.Scalar, p.Segments)
	}
	if n := root.Get("s3"); n != nil {
		if err := config.Decode(n, &p.server); err != nil {
			return nil, err
		}
	}
	if n := root.Get("stages"); n != nil {
		if err := p.list(n); err != nil {
			return nil, err
		}
	}
	for _, key := range []string{"sink", "rejects"} {
		n := root.Get(key)
		if n == nil {
			return nil, root.Errorf("the plan of a run names its %s", key)
		}
		list := []*config.Node{n}
		if n.Kind == config.ListNode && len(n.Items) > 0 {
			list = n.Items
		}
		for _, item := range list {
			one, err := part(item, key)
			if err != nil {
				return nil, err
			}
			if key == "sink" {
				p.Sinks = append(p.Sinks, one)
			} else {
				p.Rejects = one
				if v := item.Get("text_sample"); v != nil {
					p.TextSample = v.Scalar
				}
				if v := item.Get("text_per_rule"); v != nil {
					p.TextPerRule = v.Scalar
				}
			}
		}
	}
	return p, nil
}

// list reads a list of stages, and those in the cases of its switches.
func (p *Pipeline) list(n *config.Node) error {
	for _, item := range n.Items {
		s, err := part(item, "stages")
		if err != nil {
			return err
		}
		p.Stages = append(p.Stages, s)
		if s.Def != stage.SwitchDef.Name {
			continue
		}
		var lists []*config.Node
		if cases := s.settings.Get("cases"); cases != nil {
			for _, f := range cases.Fields {
				lists = append(lists, f.Value)
			}
		}
		if others := s.settings.Get("default"); others != nil {
			lists = append(lists, others)
		}
		for _, inner := range lists {
			if err := p.list(inner); err != nil {
				return err
			}
		}
	}
	return nil
}

// beside are the keys that stand beside the settings of a sink.
var beside = []string{"name", "append", "where", "partition_by", "rename", "drop", "carry", "text_sample", "text_per_rule"}

// part reads { name: { settings } } or a bare name, with the keys beside it.
func part(n *config.Node, what string) (Part, error) {
	text := func(key string) string {
		if v := n.Get(key); v != nil {
			return v.Scalar
		}
		return ""
	}
	for _, f := range n.Fields {
		if !slices.Contains(beside, f.Key) {
			p := Part{Def: f.Key, Name: text("name"), Set: text("append"), settings: f.Value, renamed: map[string]string{}}
			if names := n.Get("rename"); names != nil {
				for _, c := range names.Fields {
					p.renamed[c.Key] = c.Value.Scalar
				}
			}
			if names := n.Get("drop"); names != nil {
				for _, c := range names.Items {
					p.dropped = append(p.dropped, c.Scalar)
				}
			}
			if text("carry") == "drop" {
				p.dropped = append(p.dropped, "extra")
			}
			return p, nil
		}
	}
	if n.Kind != config.ScalarNode || n.Scalar == "" {
		return Part{}, n.Errorf("%s: want { name: { settings } }", what)
	}
	return Part{Def: n.Scalar, settings: &config.Node{}}, nil
}
