package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// madeColumns are empty until a source or stage sets them: who reads one before that
// would decide on nothing.
var madeColumns = []string{"text", "lang", "lang_score", "tokens"}

// columnSetters follow, stage by stage, who set a column last.
type columnSetters struct {
	all  bool                  // a source or stage may have set any of them
	sets map[string]*flow.Step // by column; nil is a source
}

// checkColumns refuses stages that go by what nothing before them sets, values of
// `when` that do not exist, and edits of a text that is counted already.
func (pl *Plan) checkColumns(setters map[string][]string) error {
	known := columnSetters{sets: map[string]*flow.Step{}}
	for _, src := range pl.sources {
		w, ok := src.src.(stage.ColumnWriter)
		if !ok {
			known.all = true
			continue
		}
		for _, c := range w.Writes() {
			known.sets[c] = nil
		}
	}
	for _, st := range pl.steps {
		node := pl.Stages[st.Index].node
		needs := st.Reads
		if needs == nil {
			needs = st.SetupReads()
		}
		for _, c := range needs {
			if _, ok := known.sets[c]; !ok && !known.all && slices.Contains(madeColumns, c) {
				return node.Errorf("%s goes by the column %s, which nothing before it sets: %s", st.Name, c, pl.remedy(st, c, setters[c]))
			}
		}
		if err := pl.checkWhen(st, known.sets["lang"]); err != nil {
			return node.Errorf("%s: %v", st.Name, err)
		}
		if counter := known.sets["tokens"]; counter != nil && slices.Contains(st.Writes, "text") {
			return node.Errorf("%s changes the text that %s has counted: put %s behind it", st.Name, counter.Name, counter.Name)
		}
		known.all = known.all || st.Writes == nil
		for _, c := range st.Writes {
			known.sets[c] = st
		}
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

// checkWhen refuses sources and languages that there are not.
func (pl *Plan) checkWhen(st *flow.Step, identifier *flow.Step) error {
	if err := knownValues("source", st.When.Source, pl.sourceNames()); err != nil {
		return err
	}
	if identifier == nil {
		return nil
	}
	if v, ok := identifier.Object.(stage.Vocabulary); ok {
		return knownValues("lang", st.When.Lang, v.Values("lang"))
	}
	return nil
}

func knownValues(column string, values, known []string) error {
	if known == nil {
		return nil
	}
	for _, v := range values {
		if slices.Contains(known, v) {
			continue
		}
		if near := config.Nearest(v, known); near != "" {
			return fmt.Errorf("when: no %s is called %q; did you mean %q?", column, v, near)
		}
		if len(known) <= 8 {
			return fmt.Errorf("when: no %s is called %q; known: %s", column, v, strings.Join(known, ", "))
		}
		return fmt.Errorf("when: no %s is called %q", column, v)
	}
	return nil
}
