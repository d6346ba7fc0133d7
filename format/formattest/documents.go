// Package formattest is the conformance suite of sinks and sources: what each of
// them promises, tested from outside.
package formattest

import (
	"math"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
)

// Cells is one row by column name; null cells are absent.
type Cells map[string]corpus.Value

// Input has a column of the input of each type.
func Input() (columns []corpus.Column) {
	for _, name := range corpus.TypeNames() {
		typ, _ := corpus.ParseType(name) // it is one
		columns = append(columns, corpus.Column{Name: "in." + name, Type: typ})
	}
	return columns
}

// Schema is the schema of a document part with columns of the input and three signals.
func Schema() corpus.Schema {
	return corpus.PartSchema(Input(), []corpus.Column{{Name: "sig_rule_ratio"}, {Name: "sig_rule_words"}, {Name: "sig_count_tokens", Type: corpus.Int}})
}

// Documents returns documents with everything that a format may stumble over:
// nulls, empty texts, every kind of character, numbers at their limits, and
// nested extra fields.
func Documents() []*corpus.Document {
	texts := []string{
		"", "plain", "two\nlines\r\n", " \t\u00a0 ", "quotes \" and \\ and / and \x00\x01\x1f\x7f", "</script>&<>",
		"\u4e2d\u6587 \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u0939\u093f\u0928\u094d\u0926\u0940", "\U0001F469\u200d\U0001F4BB\U00010348", "\u2028\u2029\ufeff\ufffd\ue000\U0010FFFF",
		strings.Repeat("long ", 50_000), "null", "NaN", "{\"a\":1}", strings.Repeat("\n", 1_000),
	}
	var docs []*corpus.Document
	for i, text := range texts {
		d := &corpus.Document{ID: "id-" + strconv.Itoa(i), Text: text, Signals: []float64{float64(i) / 3, math.NaN(), float64(i) * 1e9},
			Origin: corpus.Origin{Source: "web", Shard: "a/b.warc.gz", Record: int64(i), Offset: int64(i) * 1_000}}
		if i%2 == 0 {
			d.URL, d.Lang, d.LangScore = "https://example.com/"+strconv.Itoa(i), "zh", 0.1
			d.FetchedAt, d.Tokens = "2026-01-02T03:04:05Z", int64(i)<<40
			d.Extra = []byte(`{"list":[1,2.5,-3e-7,null,true],"nested":{"k":"\u00e9\"\\"},"s":"\u4e2d"}`)
		}
		if i%3 == 0 {
			d.ClusterID, d.ClusterSize = "id-0", math.MaxInt64
			d.Signals = []float64{math.SmallestNonzeroFloat64, -math.MaxFloat64, math.NaN()}
		}
		for n, c := range Input() {
			d.Cells = append(d.Cells, cell(c.Type, i*i+n))
		}
		docs = append(docs, d)
	}
	docs[5].Cells = docs[5].Cells[:3]
	docs[1].Origin.Record, docs[1].Origin.Offset = math.MaxInt64, -1
	docs[1].Signals = nil
	docs[2].Signals = []float64{0, 0.1}
	return docs
}

// cell is one of a type's values: nulls, the ends of its range, what looks like nothing.
func cell(t corpus.Type, i int) corpus.Value {
	pick := func(n ...int64) corpus.Value { return corpus.Int64(n[i%len(n)]) }
	switch {
	case i%4 == 3:
		return corpus.Null
	case t == corpus.JSON:
		return corpus.Str([]string{`[1,{"a":null}]`, `"\u00e9"`, `0`, `{}`, `9007199254740993`}[i%5])
	case t == corpus.Bytes:
		return corpus.Str([]string{"", "\x00\xff", "text"}[i%3])
	case t.Textual():
		return corpus.Str([]string{"", "0", "\u4e2d\"\\\n"}[i%3])
	case t == corpus.Float:
		return corpus.Float64([]float64{0, math.Copysign(0, -1), -0.1, math.MaxFloat64, math.SmallestNonzeroFloat64}[i%5])
	case t == corpus.Bool:
		return pick(0, 1)
	case t == corpus.Date:
		return pick(0, -1, 20_000, 2_932_896)
	case t == corpus.Int || t == corpus.Uint:
		return pick(0, -1, math.MaxInt64, math.MinInt64, 1<<53+1)
	}
	return pick(0, -1, 1_767_312_000_123, -62_135_596_800)
}

// Want returns the rows that a format must give back.
func Want(docs []*corpus.Document, schema corpus.Schema) []Cells {
	rows := make([]Cells, len(docs))
	for i, d := range docs {
		rows[i] = Cells{}
		for _, c := range schema {
			if v := c.Value(d); !v.Null {
				rows[i][c.Name] = v
			}
		}
	}
	return rows
}
