package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/corpus/where"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// madeColumns are empty until a source or stage sets them: who reads one before that
// would decide on nothing.
var madeColumns = []string{"text", "lang", "lang_score", "tokens"}

// columnSetters are who may have set a column before a stage.
type columnSetters struct {
	opaque  bool         // a source may have set any of them
	sources []string     // columns that the others set
	steps   []*flow.Step // stages before, those of other cases left out
}

// set reports whether anything may have set a column.
func (c *columnSetters) set(column string) bool {
	return c.opaque || slices.Contains(c.sources, column) || len(c.last(column)) > 0
}

// last are the stages that may have set a column last: one, or those in cases of a switch
// and what stands before it. Those that do not say what they set are among them.
func (c *columnSetters) last(column string) (list []*flow.Step) {
	for _, st := range slices.Backward(c.steps) {
		if st.Writes != nil && !slices.Contains(st.Writes, column) {
			continue
		}
		list = append(list, st)
		if st.In == nil {
			break
		}
	}
	return list
}

// settersOf finds who may have set columns before a step.
func (pl *Plan) settersOf(reader *flow.Step) *columnSetters {
	c := &columnSetters{}
	for _, src := range pl.sources {
		w, ok := src.src.(stage.ColumnWriter)
		if !ok {
			c.opaque = true
			continue
		}
		c.sources = append(c.sources, w.Writes()...)
	}
	for _, st := range pl.steps[:reader.Index] {
		if !flow.Apart(st.In, reader.In) {
			c.steps = append(c.steps, st)
		}
	}
	return c
}

// checkColumns refuses stages that go by what nothing before them sets, values of
// `when` and of cases that do not exist, and edits of a text that is counted already.
func (pl *Plan) checkColumns(setters map[string][]string) error {
	for _, st := range pl.steps {
		known := pl.settersOf(st)
		node := pl.Stages[st.Index].node
		if err := pl.checkNames(st); err != nil {
			return node.Errorf("%s: %v", st.Name, err)
		}
		needs := st.Reads
		if needs == nil {
			needs = st.SetupReads()
		}
		for _, c := range needs {
			if slices.Contains(madeColumns, c) && !known.set(c) {
				return node.Errorf("%s goes by the column %s, which nothing before it sets: %s", st.Name, c, pl.remedy(st, c, setters[c]))
			}
		}
		if err := pl.checkValues(st, known.last("lang")); err != nil {
			return node.Errorf("%s: %v", st.Name, err)
		}
		if err := pl.checkFresh(st, needs); err != nil {
			return node.Errorf("%s: %v", st.Name, err)
		}
		for _, counter := range known.last("tokens") {
			if counter.Writes != nil && slices.Contains(st.Writes, "text") {
				return node.Errorf("%s changes the text that %s has counted: put %s behind it", st.Name, counter.Name, counter.Name)
			}
		}
	}
	return nil
}

// checkFresh refuses stored values of a text of which units were cut since.
func (pl *Plan) checkFresh(reader *flow.Step, columns []string) error {
	for _, writer := range pl.steps[:reader.Index] {
		if writer.Slot < 0 {
			continue
		}
		own := pl.Signals[writer.Slot:][:len(writer.Columns)]
		at := slices.IndexFunc(own, func(c corpus.Column) bool {
			return slices.Contains(columns, c.Name) || slices.Contains(columns, strings.TrimPrefix(c.Name, "sig_"))
		})
		if at < 0 {
			continue
		}
		for _, st := range pl.steps[writer.Index:reader.Index] {
			if st.Grouping != nil && st.Grouping.Spanner != nil {
				return fmt.Errorf("%s was measured before %s cut the text: put %s behind %s", own[at].Name, st.Name, writer.Name, st.Name)
			}
		}
	}
	return nil
}

// documentColumns are the columns of a document that no part has.
var documentColumns = []string{"raw", "media", "charset", "text_bytes"}

// checkNames refuses columns that no document has.
func (pl *Plan) checkNames(st *flow.Step) error {
	known := append(corpus.PartSchema(pl.Input, pl.Signals).Names(), documentColumns...)
	for _, c := range slices.Concat(st.Reads, st.Writes) {
		if slices.Contains(known, c) || slices.Contains(known, "sig_"+c) {
			continue
		}
		if near := config.Nearest(c, known); near != "" {
			return fmt.Errorf("no document has a column %q; did you mean %q?", c, near)
		}
		return fmt.Errorf("no document has a column %q", c)
	}
	return nil
}

// remedy says what would set a column: a later stage of the pipeline, or one that it
// lacks.
func (pl *Plan) remedy(reader *flow.Step, column string, setters []string) string {
	for _, st := range pl.steps[reader.Index:] {
		if slices.Contains(st.Writes, column) && !slices.Contains(st.Reads, column) {
			return "put " + st.Name + " before it"
		}
	}
	if len(setters) == 0 {
		return "put a stage that sets it before"
	}
	last := len(setters) - 1
	if last == 0 {
		return "put " + setters[0] + " before it"
	}
	return "put " + strings.Join(setters[:last], ", ") + " or " + setters[last] + " before it"
}

// checkValues refuses sources and languages that there are not.
func (pl *Plan) checkValues(st *flow.Step, identifiers []*flow.Step) error {
	what, langs, sources := "when", st.When.Lang, st.When.Source
	if st.Switch != nil {
		what = "cases"
		switch st.Switch.By {
		case "lang":
			langs = st.Switch.Cases
		case "source":
			sources = st.Switch.Cases
		}
	}
	if x, err := where.Parse(st.Where); err == nil { // it was parsed before
		what = "where"
		langs, sources = append(slices.Clone(langs), x.Texts("lang")...), append(slices.Clone(sources), x.Texts("source")...)
	}
	if err := knownValues(what, "source", sources, pl.knownSources()); err != nil {
		return err
	}
	var known []string
	for _, identifier := range identifiers {
		v, ok := identifier.Object.(stage.Vocabulary)
		if !ok || v.Values("lang") == nil {
			return nil
		}
		known = append(known, v.Values("lang")...)
	}
	return knownValues(what, "lang", langs, known)
}

// knownSources are the names of sources that documents have, nil where the input says.
func (pl *Plan) knownSources() []string {
	for _, src := range pl.sources {
		if w, ok := src.src.(stage.ColumnWriter); ok && slices.Contains(w.Writes(), "source") {
			return nil
		}
	}
	return pl.sourceNames()
}

func knownValues(what, column string, values, known []string) error {
	if known == nil {
		return nil
	}
	for _, v := range values {
		if slices.Contains(known, v) {
			continue
		}
		if near := config.Nearest(v, known); near != "" {
			return fmt.Errorf("%s: no %s is called %q; did you mean %q?", what, column, v, near)
		}
		if len(known) <= 8 {
			return fmt.Errorf("%s: no %s is called %q; known: %s", what, column, v, strings.Join(known, ", "))
		}
		return fmt.Errorf("%s: no %s is called %q", what, column, v)
	}
	return nil
}
