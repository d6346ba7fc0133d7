package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/corpus/where"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/stage"
)

// openColumns finds the columns of the input: those of all sources, by name. A source that
// cannot be looked at has none, and a run is refused: check goes on without its input.
func (pl *Plan) openColumns(ctx context.Context) error {
	for i := range pl.sources {
		src := &pl.sources[i]
		s, ok := src.src.(stage.ColumnSource)
		if !ok {
			continue
		}
		list, err := s.Columns(ctx)
		var unseen *stage.UnseenError
		if errors.As(err, &unseen) {
			pl.unseen = append(pl.unseen, fmt.Errorf("source %s: %w", src.Name, err))
			continue
		}
		if err != nil {
			return src.node.Wrong("source "+src.Name, err)
		}
		pl.Pipeline.Sources[i].columns = list
		src.key += fmt.Sprint(list)
		for _, c := range list {
			if _, field := corpus.FieldType(c.Name); field {
				continue
			}
			at, err := pl.inputColumn(src.Source, c)
			if err != nil {
				return err
			}
			src.cells = append(src.cells, at)
		}
	}
	return nil
}

// inputColumn is the place of a source's column among those of the plan.
func (pl *Plan) inputColumn(src Source, c stage.InputColumn) (int, error) {
	at := slices.IndexFunc(pl.Input, func(o corpus.Column) bool { return o.Name == c.Name })
	switch {
	case at >= 0 && pl.Input[at].Type != c.Type:
		return 0, src.node.Errorf("source %s: column %s is of type %s, in another source of type %s: declare one type for both, or another name, under columns",
			src.Name, c.Name, c.Type.Name(), pl.Input[at].Type.Name())
	case at >= 0:
		return at, nil
	case slices.Contains(documentColumns, c.Name) || slices.Contains(corpus.PartSchema(nil, nil).Names(), c.Name):
		return 0, src.node.Errorf("source %s: documents have a column %s of their own: give that of the input another name: columns: { NAME: { path: %s, type: %s } }",
			src.Name, c.Name, c.Path, c.Type.Name())
	}
	pl.Input = append(pl.Input, corpus.Column{Name: c.Name, Type: c.Type, Doc: "column of the input"})
	return len(pl.Input) - 1, nil
}

// place puts the cells of a document of the source where the plan has them.
func (src *openSource) place(d *corpus.Document, columns int) {
	if len(src.cells) == 0 {
		return
	}
	cells := make([]corpus.Value, columns)
	for i := range cells {
		cells[i].Null = true
	}
	for i, at := range src.cells {
		if i < len(d.Cells) {
			cells[at] = d.Cells[i]
		}
	}
	d.Cells = cells
}

// openCells gives the columns that a stage adds their places among the cells of documents,
// behind those of the input and of stages before it.
func (pl *Plan) openCells(st *flow.Step) error {
	if len(st.Cells) == 0 {
		return nil
	}
	st.Place = len(pl.Input)
	for _, c := range st.Cells {
		if !c.Whole {
			c.Name = st.Name + "_" + c.Name
		}
		if slices.ContainsFunc(corpus.PartSchema(pl.Input, pl.Signals), func(o corpus.Column) bool { return o.Name == c.Name }) {
			return fmt.Errorf("%s adds the column %s, which documents have already: give the stage another name (as)", st.Name, c.Name)
		}
		if st.In != nil {
			c.Doc += fmt.Sprintf("; null for documents that %s did not lead to %s", st.In.Switch.Name, st.Name)
		}
		pl.Input = append(pl.Input, c)
	}
	return nil
}

// adder is the stage that adds the column at that place, nil where it is of the input.
func (pl *Plan) adder(place int) *flow.Step {
	for _, st := range pl.steps {
		if st.Place >= 0 && place >= st.Place && place < st.Place+len(st.Cells) {
			return st
		}
	}
	return nil
}

// hasBefore reports whether documents have the cell at that place when they come to a step.
func (pl *Plan) hasBefore(place int, reader *flow.Step) bool {
	adder := pl.adder(place)
	return adder == nil || adder.Index < reader.Index
}

// askSources tells the sources which header fields stages read. What a source hands on is
// part of its key.
func (pl *Plan) askSources() {
	var fields []string
	for _, st := range pl.steps {
		if r, ok := st.Object.(stage.ResponseReader); ok {
			fields = append(fields, r.Fields()...)
		}
	}
	if len(fields) == 0 {
		return
	}
	slices.Sort(fields)
	fields = slices.Compact(fields)
	for i := range pl.sources {
		if src, ok := pl.sources[i].src.(stage.ResponseSource); ok {
			src.Carry(fields)
			pl.sources[i].key += fmt.Sprintf("\n%q", fields)
		}
	}
}

// columnsBefore are the columns of the parts that a document has where it comes to a
// place: stored values of stages before it among them, those of other cases not.
func (pl *Plan) columnsBefore(in *flow.Branch) (known corpus.Schema) {
	var apart []string
	for _, st := range pl.steps {
		if !flow.Apart(st.In, in) {
			continue
		}
		if st.Slot >= 0 {
			apart = append(apart, corpus.Schema(pl.Signals[st.Slot:][:len(st.Columns)]).Names()...)
		}
		if st.Place >= 0 {
			apart = append(apart, corpus.Schema(pl.Input[st.Place:][:len(st.Cells)]).Names()...)
		}
	}
	for _, c := range corpus.PartSchema(pl.Input, pl.Signals) {
		if !slices.Contains(apart, c.Name) {
			known = append(known, c)
		}
	}
	return known
}

// boundColumns are the columns that a stage at that place can go by.
func (pl *Plan) boundColumns(in *Place) corpus.Schema {
	return append(pl.columnsBefore(pl.branch(in)),
		corpus.Column{Name: "media", Type: corpus.String, Value: func(d *corpus.Document) corpus.Value { return corpus.StrOrNull(d.Media) }},
		corpus.Column{Name: "text_bytes", Type: corpus.Int, Value: func(d *corpus.Document) corpus.Value { return corpus.Int64(int64(len(d.Text))) }})
}

// valueColumn finds a column that a switch or a grouping stage goes by: of the input, or
// stored by a stage before that place.
func (pl *Plan) valueColumn(name string, in *flow.Branch) (corpus.Column, error) {
	names := []string{"lang", "source", "media"}
	for at, c := range pl.Input {
		adder := pl.adder(at)
		switch apart := adder != nil && flow.Apart(adder.In, in); {
		case c.Name == name && apart:
			return corpus.Column{}, fmt.Errorf("%s is added in another case only: no document that comes here has it", name)
		case c.Name == name:
			return corpus.InputColumn(c, at), nil
		case !apart:
			names = append(names, c.Name)
		}
	}
	for _, st := range pl.steps {
		if st.Slot < 0 {
			continue
		}
		for i := range st.Columns {
			slot, column := st.Slot+i, pl.Signals[st.Slot+i].Name
			same := column == name || strings.TrimPrefix(column, "sig_") == name
			switch apart := flow.Apart(st.In, in); {
			case same && apart:
				return corpus.Column{}, fmt.Errorf("%s is stored in another case only: no document that comes here has it", column)
			case same:
				return corpus.Column{Name: column, Type: corpus.Float, Value: func(d *corpus.Document) corpus.Value { return corpus.Float64(d.Signals[slot]) }}, nil
			case !apart:
				names = append(names, column)
			}
		}
	}
	return corpus.Column{}, fmt.Errorf("no column %q is stored before it; annotate: true on a stage before it stores its values; known: %s%s",
		name, strings.Join(names, ", "), pl.unseenNote())
}

// unseenNote says of which sources the columns are not known.
func (pl *Plan) unseenNote() string {
	var note string
	for _, err := range pl.unseen {
		note += fmt.Sprintf("; not known are the columns of the input (%v)", err)
	}
	return note
}

// bindWhere binds a condition; of a column that is not there the error says what may be
// meant.
func bindWhere(x *where.Expr, columns corpus.Schema) (func(*corpus.Document) bool, error) {
	test, err := x.Bind(columns)
	var wrong *where.Error
	if errors.As(err, &wrong) && wrong.Column != "" {
		wrong.Msg = unknownColumn(wrong.Column, columns.Names())
	}
	return test, err
}

// openWhere makes a stage's condition a test by the columns that are there before it.
func (pl *Plan) openWhere(s Stage) (func(*corpus.Document) bool, error) {
	if s.Where == "" {
		return nil, nil
	}
	x, err := where.Parse(s.Where)
	if err != nil {
		return nil, err
	}
	test, err := bindWhere(x, pl.columnsBefore(pl.branch(s.In)))
	if err != nil {
		return nil, fmt.Errorf("%w%s", err, pl.unseenNote())
	}
	return test, nil
}
