package corpus

import "math"

// Column is one column of an output.
type Column struct {
	Name string
	Type Type
	Doc  string
	// Whole marks the whole name of a column that a stage adds: it does not begin with the
	// stage's.
	Whole bool
	// Long marks a column of long values (texts): sinks keep no minimum and
	// maximum of it.
	Long bool
	// Few marks a column of few distinct values: sinks keep a dictionary of them.
	Few bool
	// Messages marks a column of JSON that holds a conversation, as trainers read it: a list
	// of objects of the strings role and content. The Parquet sink writes it as such a list.
	Messages bool
	// Value reads the column from a document. It is nil in the declaration of a
	// measuring stage, whose values the plan places.
	Value func(*Document) Value
}

// Value is one cell; its type says which of the fields counts. Null is none of them.
type Value struct {
	Str   string
	Int   int64
	Float float64
	Null  bool
}

// Null is the missing cell.
var Null = Value{Null: true}

// Str, Int64 and Float64 make cells. An empty string is null where the column
// has no empty values of its own.
func Str(s string) Value { return Value{Str: s} }

// StrOrNull makes a cell of s, null if s is empty.
func StrOrNull(s string) Value { return Value{Str: s, Null: s == ""} }

// Int64 makes an integer cell.
func Int64(i int64) Value { return Value{Int: i} }

// Float64 makes a float cell; NaN is null.
func Float64(f float64) Value { return Value{Float: f, Null: f != f} }

// Schema is the list of columns of an output, fixed when the plan is made.
type Schema []Column

// Names returns the column names in order.
func (s Schema) Names() []string {
	names := make([]string, len(s))
	for i, c := range s {
		names[i] = c.Name
	}
	return names
}

// InputColumn is a column of the input whose cells stand at that place of
// Document.Cells.
func InputColumn(c Column, place int) Column {
	c.Value = func(d *Document) Value {
		if place >= len(d.Cells) {
			return Null
		}
		return d.Cells[place]
	}
	return c
}

// PartSchema returns the columns of a document part: the fixed ones, those of the input
// by their place in Document.Cells, the stored signals by slot, then lineage and extra.
func PartSchema(input, signals []Column) Schema {
	s := Schema{
		{Name: "id", Type: String, Doc: "identifier of the document", Value: func(d *Document) Value { return Str(d.ID) }},
		{Name: "url", Type: String, Doc: "address it was fetched from", Value: func(d *Document) Value { return StrOrNull(d.URL) }},
		{Name: "source", Type: String, Few: true, Doc: "name of the source in the pipeline", Value: func(d *Document) Value { return Str(d.Origin.Source) }},
		{Name: "host", Type: String, Few: true, Doc: "host name of the URL", Value: func(d *Document) Value { return StrOrNull(d.Host()) }},
		{Name: "text", Type: String, Long: true, Doc: "the text, UTF-8", Value: func(d *Document) Value { return Str(d.Text) }},
		{Name: "lang", Type: String, Few: true, Doc: "language code", Value: func(d *Document) Value { return StrOrNull(d.Lang) }},
		{Name: "lang_score", Type: Float, Doc: "confidence in lang, 0..1", Value: func(d *Document) Value {
			if d.Lang == "" && d.LangScore == 0 { // an input may have a score alone
				return Null
			}
			return Float64(d.LangScore)
		}},
		{Name: "tokens", Type: Int, Doc: "exact token count; null where nothing has counted", Value: func(d *Document) Value {
			if d.Tokens == 0 && d.Text != "" {
				return Null
			}
			return Int64(d.Tokens)
		}},
		{Name: "cluster_id", Type: String, Doc: "ID of the survivor of its cluster of duplicates", Value: func(d *Document) Value { return StrOrNull(d.ClusterID) }},
		{Name: "cluster_size", Type: Int, Doc: "documents that this one stands for, itself included", Value: func(d *Document) Value { return Int64(max(d.ClusterSize, 1)) }},
		{Name: "fetched_at", Type: String, Doc: "time of fetching, RFC 3339 UTC", Value: func(d *Document) Value { return StrOrNull(d.FetchedAt) }},
	}
	for place, c := range input {
		s = append(s, InputColumn(c, place))
	}
	for slot, c := range signals {
		if c.Type != Int {
			c.Type = Float
		}
		c.Value = func(d *Document) Value {
			if slot >= len(d.Signals) || math.IsNaN(d.Signals[slot]) {
				return Null
			}
			if c.Type == Int {
				return Int64(int64(d.Signals[slot]))
			}
			return Float64(d.Signals[slot])
		}
		s = append(s, c)
	}
	return append(s,
		Column{Name: "src_shard", Type: String, Few: true, Doc: "shard it was read from", Value: func(d *Document) Value { return Str(d.Origin.Shard) }},
		Column{Name: "src_record", Type: Int, Doc: "ordinal of the record in the shard, -1 if unknown", Value: func(d *Document) Value { return Int64(d.Origin.Record) }},
		Column{Name: "src_offset", Type: Int, Doc: "byte offset of the record in the shard, -1 if unknown", Value: func(d *Document) Value { return Int64(d.Origin.Offset) }},
		Column{Name: "extra", Type: JSON, Doc: "undeclared fields of the input, and metadata of pages and documents, as one JSON object", Value: func(d *Document) Value { return StrOrNull(string(d.Extra)) }},
	)
}

// setters are the columns of a part that are fields of a document and that a source may
// set. Those of null leave the field alone, and a host follows from the URL.
var setters = map[string]struct {
	typ Type
	set func(*Document, Value)
}{
	"source":       {String, func(d *Document, v Value) { d.Origin.Source = v.Str }},
	"host":         {String, func(*Document, Value) {}},
	"lang":         {String, func(d *Document, v Value) { d.Lang = v.Str }},
	"lang_score":   {Float, func(d *Document, v Value) { d.LangScore = v.Float }},
	"tokens":       {Int, func(d *Document, v Value) { d.Tokens = v.Int }},
	"cluster_id":   {String, func(d *Document, v Value) { d.ClusterID = v.Str }},
	"cluster_size": {Int, func(d *Document, v Value) { d.ClusterSize = v.Int }},
	"fetched_at":   {String, func(d *Document, v Value) { d.FetchedAt = v.Str }},
	"src_shard":    {String, func(d *Document, v Value) { d.Origin.Shard = v.Str }},
	"src_record":   {Int, func(d *Document, v Value) { d.Origin.Record = v.Int }},
	"src_offset":   {Int, func(d *Document, v Value) { d.Origin.Offset = v.Int }},
	"extra":        {JSON, func(d *Document, v Value) { d.Extra = []byte(v.Str) }},
}

// FieldType is the type of a column of the parts that is a field of the document, and
// whether it is one that a source may set.
func FieldType(column string) (Type, bool) {
	f, ok := setters[column]
	return f.typ, ok
}

// SetColumn sets the field of a document that a column of the parts shows, and reports
// whether there is one. Null leaves it alone.
func (d *Document) SetColumn(column string, v Value) bool {
	f, ok := setters[column]
	if ok && !v.Null {
		f.set(d, v)
	}
	return ok
}

// RejectSchema returns the columns of a file of rejected documents.
func RejectSchema() Schema {
	why := func(get func(*Rejection) Value) func(*Document) Value {
		return func(d *Document) Value {
			if d.Rejection == nil {
				return Null
			}
			return get(d.Rejection)
		}
	}
	return Schema{
		{Name: "id", Type: String, Doc: "identifier of the document", Value: func(d *Document) Value { return Str(d.ID) }},
		{Name: "url", Type: String, Doc: "address it was fetched from", Value: func(d *Document) Value { return StrOrNull(d.URL) }},
		{Name: "lang", Type: String, Few: true, Doc: "language code, if one was found before the reject", Value: func(d *Document) Value { return StrOrNull(d.Lang) }},
		{Name: "stage", Type: String, Few: true, Doc: "stage that dropped it", Value: why(func(r *Rejection) Value { return Str(r.Stage) })},
		{Name: "rule", Type: String, Few: true, Doc: "rule of that stage", Value: why(func(r *Rejection) Value { return Str(r.Rule) })},
		{Name: "value", Type: Float, Doc: "what was measured", Value: why(func(r *Rejection) Value { return Float64(r.Value) })},
		{Name: "limit", Type: Float, Doc: "what it was held against", Value: why(func(r *Rejection) Value { return Float64(r.Limit) })},
		{Name: "detail", Type: String, Doc: "matched word, winner of the cluster ...", Value: why(func(r *Rejection) Value { return StrOrNull(r.Detail) })},
		{Name: "text", Type: String, Long: true, Doc: "the text when it was dropped, for a sample of the rejects", Value: func(d *Document) Value { return StrOrNull(d.Text) }},
		{Name: "source", Type: String, Few: true, Doc: "name of the source", Value: func(d *Document) Value { return Str(d.Origin.Source) }},
		{Name: "src_shard", Type: String, Few: true, Doc: "shard it was read from", Value: func(d *Document) Value { return Str(d.Origin.Shard) }},
		{Name: "src_record", Type: Int, Doc: "ordinal of the record in the shard, -1 if unknown", Value: func(d *Document) Value { return Int64(d.Origin.Record) }},
	}
}
