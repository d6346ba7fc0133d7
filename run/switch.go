package run

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// openSwitch finds what a switch goes by among the columns that are there before it.
func (pl *Plan) openSwitch(s Stage) (*flow.Switch, error) {
	sw := &flow.Switch{By: s.Switch.By, Cases: s.Switch.Cases}
	if value := textColumn(sw.By); value != nil {
		sw.Choose = flow.Choice(sw.Cases, value)
		return sw, nil
	}
	column, err := pl.valueColumn(sw.By, pl.branch(s.In))
	if err != nil {
		return nil, s.node.Wrong(s.Name, fmt.Errorf("by: %w", err))
	}
	sw.By = column.Name
	values := make([]corpus.Value, len(sw.Cases))
	for i, name := range sw.Cases {
		at := s.node.Get("cases").Fields[i].Value
		v, ok := column.Type.Parse(name)
		if x, number := corpus.Float.Parse(name); !ok && number && column.Type.Numeric() { // 1.0 is 1
			v, ok = column.Type.Convert(x, corpus.Float)
		}
		if !ok || v.Null {
			return nil, at.Errorf("%s: case %q: the column %s holds %s", s.Name, name, sw.By, contents(column.Type))
		}
		if slices.Contains(values[:i], v) {
			return nil, at.Errorf("%s: case %s has the value of another case", s.Name, name)
		}
		values[i] = v
	}
	sw.Choose = func(d *corpus.Document) int {
		if i := slices.Index(values, column.Value(d)); i >= 0 {
			return i
		}
		return len(values)
	}
	return sw, nil
}

// contents says what the cells of a type are.
func contents(t corpus.Type) string {
	if t.Numeric() {
		return "numbers"
	}
	return "values of type " + t.Name()
}

// textColumn is how a column of words is read; nil is a column of another kind.
func textColumn(name string) func(*corpus.Document) string {
	switch name {
	case "lang":
		return func(d *corpus.Document) string { return cmp.Or(d.Lang, "und") }
	case "source":
		return func(d *corpus.Document) string { return d.Origin.Source }
	case "media":
		return func(d *corpus.Document) string { return d.Media }
	}
	return nil
}

// openWithin finds the columns in which documents must be equal to be compared, and puts
// their own names in place of those that are written.
func (pl *Plan) openWithin(s *Stage) (func([]byte, *corpus.Document) []byte, error) {
	if len(s.Within) == 0 {
		return nil, nil
	}
	columns := make([]func(*corpus.Document) string, len(s.Within))
	s.Within = slices.Clone(s.Within) // the pipeline keeps what is written
	for i, name := range s.Within {
		if columns[i] = textColumn(name); columns[i] == nil {
			c, err := pl.valueColumn(name, pl.branch(s.In))
			if err != nil {
				return nil, err
			}
			s.Within[i] = c.Name
			columns[i] = func(d *corpus.Document) string { return c.Type.Text(c.Value(d)) }
		}
		if slices.Contains(s.Within[:i], s.Within[i]) {
			return nil, fmt.Errorf("%s occurs twice", s.Within[i])
		}
	}
	return func(dst []byte, d *corpus.Document) []byte {
		for _, value := range columns {
			v := value(d)
			dst = append(binary.AppendUvarint(dst, uint64(len(v))), v...)
		}
		return dst
	}, nil
}

// casesOf are the cases that a stage stands in, the outermost first, for the plan.
func casesOf(in *flow.Branch) []plan.Case {
	if in == nil {
		return nil
	}
	c := plan.Case{Switch: in.Switch.Name}
	if cases := in.Switch.Switch.Cases; in.Case < len(cases) {
		c.Case = cases[in.Case]
	} else {
		c.Default = true
	}
	return append(casesOf(in.Switch.In), c)
}

// newAccount is an empty account of steps, the cases of switches among them.
func newAccount(sources []string, steps []*flow.Step) *ledger.Stats {
	s := ledger.NewStats(sources, namesOf(steps))
	i := 0
	for _, st := range steps {
		if st.Checkpoint {
			continue
		}
		account := s.Stages[i]
		i++
		if st.In != nil {
			cases := casesOf(st.In)
			account.Branch = new(ledger.Branch)
			*account.Branch = ledger.Branch(cases[len(cases)-1])
		}
		if st.Switch != nil {
			account.Switch = &ledger.SwitchStats{By: st.Switch.By, Cases: map[string]int64{}}
			for _, name := range st.Switch.Cases {
				account.Switch.Cases[name] = 0
			}
		}
	}
	return s
}

// routed counts the case that a switch chose.
func routed(v *flow.Visit, s *ledger.SwitchStats) {
	if cases := v.Step.Switch.Cases; v.Case < len(cases) {
		s.Cases[cases[v.Case]]++
	} else {
		s.Default++
	}
}

// stepNames are the names of the steps of a case, or outside of all, as people read them;
// behind a switch stand its cases, in braces.
func stepNames(steps []*flow.Step, in *flow.Branch) string {
	var names []string
	for _, st := range steps {
		if (st.In == nil) != (in == nil) || in != nil && *st.In != *in {
			continue
		}
		name := st.Name
		if st.Switch != nil {
			name += " by " + st.Switch.By + " {"
			for i, c := range st.Switch.Cases {
				name += fmt.Sprintf(" %s: %s;", c, cmp.Or(stepNames(steps, &flow.Branch{Switch: st, Case: i}), "-"))
			}
			others := stepNames(steps, &flow.Branch{Switch: st, Case: len(st.Switch.Cases)})
			name += " default: " + cmp.Or(others, "-") + " }"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}
