package report

import (
	"cmp"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// Pipeline is what the plan of a run says of it, as far as reading its results needs
// it. It comes from the folder's plan.yaml, which has every default written out: a
// reader needs no definitions, and can read runs of programs with other stages.
type Pipeline struct {
	Stages []Part // in their order, those in the cases of a switch behind it
	// Sink took the parts, Rejects the rejected documents.
	Sink, Rejects Part
	// Segments says what the run left of its intermediate files: keep, checkpoints or
	// delete.
	Segments string

	server store.Server // the s3 block
}

// Part is a stage or a sink of the plan.
type Part struct {
	// Def is the name of its definition.
	Def string
	// Set is the name under which a sink appends to its folder, "" where it does not.
	Set string

	settings *config.Node
}

// Setting returns a setting as it is written, "" where there is none or it is not one
// value.
func (p Part) Setting(key string) string {
	if n := p.settings.Get(key); n != nil {
		return n.Scalar
	}
	return ""
}

// parse reads a plan.yaml. Keys that it does not need are not looked at.
func parse(file string, src []byte) (*Pipeline, error) {
	root, err := config.ParseYAML(file, src)
	if err != nil {
		return nil, err
	}
	p := &Pipeline{Segments: "keep"}
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
	for _, x := range []struct {
		key string
		dst *Part
	}{{"sink", &p.Sink}, {"rejects", &p.Rejects}} {
		n := root.Get(x.key)
		if n == nil {
			return nil, root.Errorf("the plan of a run names its %s", x.key)
		}
		if *x.dst, err = part(n, x.key); err != nil {
			return nil, err
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

// part reads { name: { settings } } or a bare name. Beside the sink of the rejects
// stands how many of them keep their text, beside that of the parts its set.
func part(n *config.Node, what string) (Part, error) {
	var set string
	if v := n.Get("append"); v != nil {
		set = v.Scalar
	}
	for _, f := range n.Fields {
		if f.Key != "text_sample" && f.Key != "append" {
			return Part{Def: f.Key, Set: set, settings: f.Value}, nil
		}
	}
	if n.Kind != config.ScalarNode || n.Scalar == "" {
		return Part{}, n.Errorf("%s: want { name: { settings } }", what)
	}
	return Part{Def: n.Scalar, settings: &config.Node{}}, nil
}
