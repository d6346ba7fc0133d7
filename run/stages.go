package run

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// Stage is one stage of a pipeline with the keys that the engine reserves. The stages of
// a pipeline are one list; those in the cases of a switch stand behind it.
type Stage struct {
	flow.Setup
	Part
	// In is where the stage stands, nil for the list of the pipeline itself.
	In *Place
	// Switch is set for a switch, and says what its cases are.
	Switch *Switch
}

// Place is a case of a switch.
type Place struct {
	// Switch is the number of the switch among the stages.
	Switch int
	// Case is the number of the case; behind the last one comes the default.
	Case int
}

// Switch is what a pipeline says of a switch beside the stages in it.
type Switch struct {
	// By is the column that documents are sent by, as it is written.
	By string
	// Cases are the values that have a case, in the order of the file.
	Cases []string
	// Default says that the file has a list for the other documents.
	Default bool
}

// stages decodes a list of stages, behind those that the pipeline has.
func (a *App) stages(p *Pipeline, n *config.Node, in *Place) error {
	if n == nil {
		return nil
	}
	if n.Kind != config.ListNode {
		if n.Kind == config.MapNode && len(n.Fields) > 0 {
			return n.Errorf("stages: want a list of stages, with a dash before each: - %s: { ... }", n.Fields[0].Key)
		}
		return n.Errorf("stages: want a list of stages")
	}
	errs := make([]error, len(n.Items))
	for i, item := range n.Items {
		errs[i] = a.stage(p, item, in)
	}
	return config.Together(errs...)
}

func (a *App) stage(p *Pipeline, item *config.Node, in *Place) error {
	def, settings, err := entry("stage", a.Stages, item)
	if err != nil {
		return err
	}
	s := Stage{Setup: flow.Setup{Name: def.Name}, In: in}
	reserved := map[string]any{"as": &s.Name, "annotate": &s.Annotate, "when": &s.When, "where": &s.Where, "per": &s.Per, "within": &s.Within}
	switches := def.Settings == stage.SwitchDef.Settings
	if switches {
		s.Name, s.Switch = p.freeName(def.Name), &Switch{}
		reserved = map[string]any{"as": &s.Name}
	}
	written := settings
	settings = settings.Clone()
	named := settings.Get("as")
	var errs []error
	for key, dst := range reserved {
		if v := settings.Take(key); v != nil {
			errs = append(errs, config.Decode(v, dst))
		}
	}
	s.Part, err = decodePart(def, settings)
	if err = config.Together(append(errs, err)...); err != nil {
		return err
	}
	s.node = written // errors of reserved keys have their place in it
	if !validName(s.Name) {
		return named.Errorf("stage name %s", badName(s.Name))
	}
	for _, per := range s.Per {
		if per != "lang" && per != "source" {
			return written.Wrong(s.Name, fmt.Errorf("per: %q: want lang or source", per))
		}
	}
	if slices.ContainsFunc(p.Stages, func(o Stage) bool { return o.Name == s.Name }) {
		return item.Errorf("stage %s occurs twice: give one of them a name with as:", s.Name)
	}
	p.Stages = append(p.Stages, s)
	if switches {
		return a.cases(p, s)
	}
	return nil
}

// freeName is a name that no stage has yet: switches need none from the file.
func (p *Pipeline) freeName(name string) string {
	free := name
	for n := 2; slices.ContainsFunc(p.Stages, func(o Stage) bool { return o.Name == free }); n++ {
		free = name + "_" + strconv.Itoa(n)
	}
	return free
}

// cases decodes the lists of the last stage, which is a switch.
func (a *App) cases(p *Pipeline, s Stage) error {
	number := len(p.Stages) - 1
	s.Switch.By = s.Settings.(*stage.Switch).By
	lists := s.node.Get("cases").Fields
	for _, f := range lists {
		s.Switch.Cases = append(s.Switch.Cases, f.Key)
	}
	errs := make([]error, len(lists))
	for i, f := range lists {
		errs[i] = a.stages(p, f.Value, &Place{number, i})
	}
	others := s.node.Get("default")
	s.Switch.Default = others != nil
	return config.Together(append(errs, a.stages(p, others, &Place{number, len(lists)}))...)
}

// caseName is the name of a case as people know it.
func (p *Pipeline) caseName(in Place) string {
	if sw := p.Stages[in.Switch].Switch; in.Case < len(sw.Cases) {
		return sw.Cases[in.Case]
	}
	return "default"
}

// encode writes the stages of a place as they would be written in a file, with every
// default spelled out.
func (p *Pipeline) encode(in *Place) *config.Node {
	list := &config.Node{Kind: config.ListNode}
	for i, s := range p.Stages {
		if (s.In == nil) != (in == nil) || in != nil && *s.In != *in {
			continue
		}
		if s.Switch == nil {
			list.Items = append(list.Items, s.encode())
			continue
		}
		cases := &config.Node{Kind: config.MapNode}
		for n, name := range s.Switch.Cases {
			cases.Put(name, p.encode(&Place{i, n}))
		}
		settings := &config.Node{Kind: config.MapNode}
		settings.Put("by", config.Encode(s.Switch.By))
		settings.Put("cases", cases)
		if s.Switch.Default {
			settings.Put("default", p.encode(&Place{i, len(s.Switch.Cases)}))
		}
		list.Items = append(list.Items, s.entry(settings))
	}
	return list
}

func (s Stage) encode() *config.Node {
	settings := config.Encode(s.Settings)
	if !s.When.Empty() {
		settings.Put("when", config.Encode(s.When))
	}
	if s.Where != "" {
		settings.Put("where", config.Encode(s.Where))
	}
	if s.Annotate {
		settings.Put("annotate", &config.Node{Scalar: "true"})
	}
	if len(s.Per) > 0 {
		settings.Put("per", config.Encode(s.Per))
	}
	if len(s.Within) > 0 {
		settings.Put("within", config.Encode(s.Within))
	}
	return s.entry(settings)
}

// entry is the stage in a list, with its name where it has one of its own.
func (s Stage) entry(settings *config.Node) *config.Node {
	if s.Name != s.Def.Name {
		settings.Put("as", &config.Node{Scalar: s.Name})
	}
	item := &config.Node{Kind: config.MapNode}
	item.Put(s.Def.Name, settings)
	return item
}

// openStages makes the steps of the opened stages, in their order: what a switch goes by
// must be there before it.
func (pl *Plan) openStages(objects []any) error {
	fitted, share, err := pl.fittedStage(objects)
	if err != nil {
		return err
	}
	for i, s := range pl.Pipeline.Stages {
		object := objects[i]
		if s.Switch != nil {
			sw, err := pl.openSwitch(s)
			if err != nil {
				return err
			}
			object = sw
		}
		within, err := pl.openWithin(&s)
		if err != nil {
			return s.node.Wrong(s.Name, fmt.Errorf("within: %w", err))
		}
		if b, ok := object.(stage.ColumnFinder); ok {
			if err := b.FindColumns(pl.boundColumns(s.In)); err != nil {
				return s.node.Wrong(s.Name, fmt.Errorf("%w%s", err, pl.unseenNote()))
			}
		}
		st, err := flow.NewStep(s.Setup, i, object)
		if err != nil {
			return s.node.Errorf("%v", err)
		}
		if st.Grouping != nil {
			st.Grouping.Within = within
		}
		if i == fitted {
			st.Fit = &flow.Fit{Share: share, Tokens: float64(pl.Fit.Tokens)}
		}
		if st.Match, err = pl.openWhere(s); err != nil {
			return s.node.Wrong(s.Name, fmt.Errorf("where: %w", err))
		}
		if st.In = pl.branch(s.In); st.In != nil && (st.Grouping != nil || st.Checkpoint) {
			what := "works across documents"
			if st.Checkpoint {
				what = "stores all documents"
			}
			return s.node.Errorf("%s %s and cannot stand in case %s of %s: put it before or behind the switch",
				s.Name, what, pl.caseName(*s.In), pl.Pipeline.Stages[s.In.Switch].Name)
		}
		if st.Stores() {
			st.Slot = len(pl.Signals)
			for _, c := range st.Columns {
				c.Name = columnName(st, c)
				if st.In != nil {
					c.Doc += fmt.Sprintf("; null for documents that %s did not lead to %s", pl.Pipeline.Stages[s.In.Switch].Name, s.Name)
				}
				pl.Signals = append(pl.Signals, c)
			}
		}
		if err := pl.openCells(st); err != nil {
			return s.node.Errorf("%v", err)
		}
		pl.steps = append(pl.steps, st)
	}
	return nil
}

func (pl *Plan) branch(in *Place) *flow.Branch {
	if in == nil {
		return nil
	}
	return &flow.Branch{Switch: pl.steps[in.Switch], Case: in.Case}
}
