// Package page writes the report of a run: one HTML file with nothing outside it, no
// script, its charts as SVG.
package page

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"io"
	"reflect"

	"github.com/corpusmill/corpusmill/report"
)

// MaxBytes is the largest report, whatever the run: texts are left out until it is kept to.
const MaxBytes = 2_000_000

// Options are what a report needs beside the facts.
type Options struct {
	// Program is the name that commands begin with; default corpusmill.
	Program string
	// Sizing explains a sizing.json: sentences, and a chart as SVG, "" for none. It may be
	// nil: the verdict is then left out.
	Sizing func(json.RawMessage) (sentences []string, chart string)
	// Against is the comparison with an earlier run, nil for none.
	Against *report.Changes
}

//go:embed page.html
var source string

//go:embed style.css
var style string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"n": grouped, "short": short, "size": size, "pct": percent, "secs": seconds, "num": figure, "signed": signed,
	"css":  func() template.CSS { return template.CSS(style) },
	"bar":  bar,
	"cut":  cutName,
	"row":  func(name string, from, to int64) changeRow { return changeRow{name, from, to, to - from} },
	"more": func(shown, of int) int { return max(0, of-shown) },
	"first": func(n int, list any) any {
		v := reflect.ValueOf(list)
		return v.Slice(0, min(n, v.Len())).Interface()
	},
}).Parse(source))

// room is how much a report may have: bytes of a text, bytes of the plan, values.
type room struct{ text, plan, panels int }

// changeRow is a number of two runs.
type changeRow struct {
	Name             string
	From, To, Change int64
}

// Write writes the report of a run.
func Write(w io.Writer, x *report.Facts, o Options) error {
	var b bytes.Buffer
	for _, room := range []room{{1500, 200_000, 60}, {500, 100_000, 60}, {150, 20_000, 40}, {0, 0, 10}} {
		b.Reset()
		if err := page.Execute(&b, newView(x, o, room)); err != nil {
			return err
		}
		if b.Len() <= MaxBytes {
			break
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}
