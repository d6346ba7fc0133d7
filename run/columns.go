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
	return pl.settersBefore(reader.Index, reader.In)
}

// settersBefore finds who may have set columns before the step of that number and branch.
func (pl *Plan) settersBefore(index int, in *flow.Branch) *columnSetters {
	c := &columnSetters{}
	for _, src := range pl.sources {
		w, ok := src.src.(stage.ColumnWriter)
		if !ok {
			c.opaque = true
			continue
		}
		c.sources = append(c.sources, w.Writes()...)
	}
	for _, st := range pl.steps[:index] {
		if !flow.Apart(st.In, in) {
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
		if name := pl.storedTwice(st); name != "" {
			return node.Errorf("%s stores the column %s, which the input has already: give the stage another name (as), or the column of the input: columns: { NAME: { path: %s, type: float }, \"*\": auto }", st.Name, name, name)
		}
		if err := pl.checkPages(st, known); err != nil {
			return node.Errorf("%v", err)
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
		if err := pl.checkValues(st, known); err != nil {
			return node.Errorf("%s: %v", st.Name, err)
		}
		if err := pl.checkFresh(st.Index, needs); err != nil {
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

// noteTextless notes the sources of which every document stays without text: they give
// pages, and no stage turns these into text.
func (pl *Plan) noteTextless(setters []string) {
	for _, src := range pl.sources {
		w, ok := src.src.(stage.ColumnWriter)
		if !ok || !slices.Contains(w.Writes(), "raw") || slices.Contains(w.Writes(), "text") {
			continue
		}
		if known := pl.settersBefore(len(pl.steps), nil); len(known.last("text")) == 0 {
			pl.notes = append(pl.notes, fmt.Sprintf("source %s gives pages, and no stage makes text of them: the text of each document is empty; put %s behind it", src.Name, anyOf(setters)))
		}
	}
}

// checkPages refuses a stage that looks at pages as they were fetched behind one that takes
// them.
func (pl *Plan) checkPages(st *flow.Step, before *columnSetters) error {
	if _, ok := st.Object.(stage.ResponseReader); !ok {
		return nil
	}
	for _, o := range before.steps {
		if slices.Contains(o.Writes, "raw") {
			return fmt.Errorf("%s looks at pages as they were fetched, and %s before it takes them: put %s before %s", st.Name, o.Name, st.Name, o.Name)
		}
	}
	return nil
}

// storedTwice is a column that the step stores and the input has, "" if there is none.
func (pl *Plan) storedTwice(st *flow.Step) string {
	if st.Slot < 0 {
		return ""
	}
	for _, c := range pl.Signals[st.Slot : st.Slot+len(st.Columns)] {
		if slices.ContainsFunc(pl.Input, func(o corpus.Column) bool { return o.Name == c.Name }) {
			return c.Name
		}
	}
	return ""
}

// checkSinkColumns refuses sinks that go by what no stage and no source sets, and values
// in their conditions that do not exist.
func (pl *Plan) checkSinkColumns(setters map[string][]string) error {
	known := pl.settersBefore(len(pl.steps), nil)
	for _, s := range pl.sinks {
		x := &where.Expr{}
		if s.Where != "" {
			x, _ = where.Parse(s.Where) // it was bound before
		}
		named := x.Columns()
		for i, c := range slices.Concat(named, s.PartitionBy) {
			key := "where"
			if i >= len(named) {
				key = "partition_by"
			}
			if slices.Contains(madeColumns, c) && !known.set(c) {
				return s.keys[key].Errorf("%s: %s goes by the column %s, which nothing sets: put %s among the stages", key, s.called(), c, anyOf(setters[c]))
			}
			if err := pl.checkFresh(len(pl.steps), []string{c}); err != nil {
				return s.keys[key].Errorf("%s: %v", key, err)
			}
		}
		err := knownValues("where", "source", x.Texts("source"), pl.knownSources())
		if err == nil {
			err = knownValues("where", "lang", x.Texts("lang"), known.languages())
		}
		if err != nil {
			return s.keys["where"].Errorf("%v", err)
		}
	}
	return nil
}

// checkFresh refuses, at a place among the stages, stored values of a text of which units
// were cut since.
func (pl *Plan) checkFresh(at int, columns []string) error {
	for _, writer := range pl.steps[:at] {
		if writer.Slot < 0 {
			continue
		}
		own := pl.Signals[writer.Slot:][:len(writer.Columns)]
		used := slices.IndexFunc(own, func(c corpus.Column) bool {
			return slices.Contains(columns, c.Name) || slices.Contains(columns, strings.TrimPrefix(c.Name, "sig_"))
		})
		if used < 0 {
			continue
		}
		for _, st := range pl.steps[writer.Index:at] {
			if st.Grouping != nil && st.Grouping.Spanner != nil {
				return fmt.Errorf("%s was measured before %s cut the text: put %s behind %s", own[used].Name, st.Name, writer.Name, st.Name)
			}
		}
	}
	return nil
}

// documentColumns are the columns of a document that no part has.
var documentColumns = []string{"raw", "http_header", "media", "charset", "text_bytes"}

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
	return "put " + anyOf(setters) + " before it"
}

// anyOf lists stages of which one will do.
func anyOf(setters []string) string {
	last := len(setters) - 1
	switch {
	case last < 0:
		return "a stage that sets it"
	case last == 0:
		return setters[0]
	}
	return strings.Join(setters[:last], ", ") + " or " + setters[last]
}

// checkValues refuses sources and languages that there are not.
func (pl *Plan) checkValues(st *flow.Step, before *columnSetters) error {
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
	return knownValues(what, "lang", langs, before.languages())
}

// languages are those that documents can have, nil where somebody who may have set them
// does not say.
func (c *columnSetters) languages() (known []string) {
	identifiers := c.last("lang")
	if n := len(identifiers); (c.opaque || slices.Contains(c.sources, "lang")) && (n == 0 || identifiers[n-1].In != nil) {
		return nil
	}
	for _, identifier := range identifiers {
		v, ok := identifier.Object.(stage.Vocabulary)
		if !ok || v.Values("lang") == nil {
			return nil
		}
		known = append(known, v.Values("lang")...)
	}
	return known
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
