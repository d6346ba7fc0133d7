package parquet

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	meta "github.com/parquet-go/parquet-go/format"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
)

// Column finds a column by name, or a field of a struct by its path, such as
// content.body; -1 if there is none.
func (r *Reader) Column(name string) int {
	for i, f := range r.fields {
		if f.name == name {
			return i
		}
	}
	for i := range r.names {
		if n := r.fields[i].find(name, 0); n != nil {
			n.name = name
			r.fields = append(r.fields, n)
			return len(r.fields) - 1
		}
	}
	return -1
}

// find is a copy of the node below n of that path, for reading by itself; def is the
// definition level of what n stands in.
func (n *node) find(path string, def int) *node {
	rest, ok := strings.CutPrefix(path, n.name+".")
	if !ok || n.shape != group || n.repeat == repeated {
		return nil
	}
	if n.repeat == optional {
		def++
	}
	for _, c := range n.children {
		if c.name == rest {
			own := *c
			own.base, own.of = def, c
			return &own
		}
		if found := c.find(rest, def); found != nil {
			return found
		}
	}
	return nil
}

// Take says that a column is read by itself: as JSON, the struct that it is a field of no
// longer has it. A column of structs or lists stays where it is too.
func (r *Reader) Take(column int) {
	if of := r.fields[column].of; of != nil && of.leaf && of.repeat != repeated {
		of.taken = true
	}
}

// Taken reports whether nothing of a column is left that is not read by itself.
func (r *Reader) Taken(column int) bool { return r.fields[column].allTaken() }

func (n *node) allTaken() bool {
	if n.taken || n.shape != group || len(n.children) == 0 {
		return n.taken
	}
	for _, c := range n.children {
		if !c.allTaken() {
			return false
		}
	}
	return true
}

// CellType is the type of a column's cells: numbers, times and texts as such, decimals,
// times of a day, intervals and UUIDs as texts, all that has several values or fields as
// JSON. Bytes that nothing calls a text are bytes. A column of nulls that the file gives no
// type has none.
func (r *Reader) CellType(column int) (t corpus.Type, ok bool) {
	return r.fields[column].cellType, !r.fields[column].null
}

// Cell is the value of a column as one of the type, and whether it is one. Null is one of
// any type. It fails on damaged files only, as AppendJSON does.
func (row Row) Cell(column int, t corpus.Type) (v corpus.Value, ok bool, err error) {
	if row.IsNull(column) {
		return corpus.Null, true, nil
	}
	f := row.r.fields[column]
	if f.cellType == corpus.JSON && !f.text {
		b, err := row.AppendJSON(nil, column)
		if err != nil {
			return corpus.Null, true, err
		}
		v = corpus.Str(string(b))
	} else if values := row.r.cursors[f.first].row; f.cell == nil {
		s, null := row.Text(column)
		v = corpus.Value{Str: s, Null: null}
	} else if v, ok = f.cell(values[0]); !ok {
		return corpus.Null, false, nil
	}
	if f.cellType.Textual() && f.cellType != corpus.Bytes && !utf8.ValidString(v.Str) {
		return corpus.Null, false, nil
	}
	if t == corpus.JSON && f.text && (f.cellType == corpus.JSON || f.cellType == corpus.String) {
		// The sink writes JSON as strings. A string that is none is one as JSON.
		if line, sound := format.JSONLine(v.Str); sound {
			return corpus.Str(line), true, nil
		} else if f.cellType == corpus.JSON {
			return corpus.Null, false, nil
		}
	}
	v, ok = t.Convert(v, f.cellType)
	return v, ok, nil
}

// IsNull says whether the value of a column is missing as a whole, or cannot be
// read where the column is spare.
func (row Row) IsNull(column int) bool {
	f := row.r.fields[column]
	if f.spare != nil && f.spare.missing {
		return true
	}
	if f.leaves == 0 {
		return false
	}
	values := row.r.cursors[f.first].row
	if len(values) == 0 {
		return true
	}
	def := values[0].DefinitionLevel()
	return def < f.base || f.repeat == optional && def == f.base
}

// cellOf is the type of a leaf's cells, and how they are taken; nil takes their text.
func cellOf(kind parquet.Kind, logical meta.LogicalTypeValue) (corpus.Type, func(parquet.Value) (corpus.Value, bool)) {
	whole := func(v parquet.Value) (corpus.Value, bool) { return corpus.Int64(v.Int64()), true }
	switch l := logical.(type) {
	case *meta.DecimalType, *meta.TimeType, *meta.UUIDType, *interval, *meta.StringType, *meta.EnumType:
		return corpus.String, nil
	case *meta.JsonType:
		return corpus.JSON, nil
	case *meta.DateType:
		return corpus.Date, func(v parquet.Value) (corpus.Value, bool) { return corpus.Int64(int64(v.Int32())), true }
	case *meta.TimestampType:
		t := corpus.Millis
		switch l.Unit.Value.(type) {
		case *meta.MicroSeconds:
			t = corpus.Micros
		case *meta.NanoSeconds:
			t = corpus.Nanos
		}
		if !l.IsAdjustedToUTC {
			t += corpus.LocalMillis - corpus.Millis
		}
		return t, whole
	case *meta.Float16Type:
		return corpus.Float, func(v parquet.Value) (corpus.Value, bool) {
			f, ok := halfFloat(v)
			return corpus.Float64(f), ok
		}
	case *meta.IntType:
		if !l.IsSigned && kind == parquet.Int32 {
			return corpus.Int, func(v parquet.Value) (corpus.Value, bool) { return corpus.Int64(int64(v.Uint32())), true }
		}
		if !l.IsSigned {
			return corpus.Uint, whole
		}
	}
	switch kind {
	case parquet.Boolean:
		return corpus.Bool, func(v parquet.Value) (corpus.Value, bool) {
			if v.Boolean() {
				return corpus.Int64(1), true
			}
			return corpus.Int64(0), true
		}
	case parquet.Int32:
		return corpus.Int, func(v parquet.Value) (corpus.Value, bool) { return corpus.Int64(int64(v.Int32())), true }
	case parquet.Int64:
		return corpus.Int, whole
	case parquet.Float:
		return corpus.Float, func(v parquet.Value) (corpus.Value, bool) { return corpus.Float64(float64(v.Float())), true }
	case parquet.Double:
		return corpus.Float, func(v parquet.Value) (corpus.Value, bool) { return corpus.Float64(v.Double()), true }
	case parquet.Int96:
		return corpus.Nanos, impalaNanos
	}
	return corpus.Bytes, func(v parquet.Value) (corpus.Value, bool) { return corpus.Str(string(v.ByteArray())), true }
}

// impalaNanos is the old 96-bit timestamp, if 64 bits hold it.
func impalaNanos(v parquet.Value) (corpus.Value, bool) {
	at := impalaTime(v)
	ns := at.UnixNano()
	return corpus.Int64(ns), time.Unix(0, ns).Equal(at)
}

// impalaTime is the time of an old 96-bit timestamp: nanoseconds of the day, then the
// Julian day.
func impalaTime(v parquet.Value) time.Time {
	const julianEpoch = 2_440_588
	i := v.Int96()
	nanos := int64(i[1])<<32 | int64(i[0])
	return time.Unix((int64(i[2])-julianEpoch)*86_400, 0).Add(time.Duration(nanos)).UTC()
}
