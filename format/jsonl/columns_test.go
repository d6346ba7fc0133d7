package jsonl

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
)

// TestColumns reads fields with their types, at any depth.
func TestColumns(t *testing.T) {
	columns := []Column{{"n", corpus.Int}, {"u", corpus.Uint}, {"f", corpus.Float}, {"b", corpus.Bool}, {"s", corpus.String}, {"day", corpus.Date},
		{"raw", corpus.Bytes}, {"any", corpus.JSON}, {"a.b.c", corpus.Int}, {"a.x", corpus.String}}
	for _, c := range []struct{ line, cells, extra string }{
		{`{"text":"t"}`, "", ""},
		{`{"text":"t","n":9007199254740993,"u":18446744073709551615,"f":0.1,"b":true,"s":"é\"","day":"2026-01-02","raw":"/wA=","any":{"k":[1]}}`,
			`n=9007199254740993 u=18446744073709551615 f=0.1 b=true s=é" day=2026-01-02 raw=/wA= any={"k":[1]}`, ""},
		{`{"text":"t","n":null,"s":null,"any":null}`, "", ""},
		{`{"text":"t","n":3.0,"f":7,"u":0,"s":12.50,"any":"x"}`, `n=3 u=0 f=7 s=12.5 any="x"`, ""},
		{`{"text":"t","n":-0,"f":-0,"s":-0}`, "n=0 f=-0 s=-0", ""},
		{`{"text":"t","n":9223372036854775807}`, "n=9223372036854775807", ""},
		{`{"text":"t","n":9223372036854775808}`, "n?", `{"n":9223372036854775808}`},
		{`{"text":"t","n":"7","u":-1,"f":9007199254740993,"b":1,"day":"soon","raw":"*","s":[1]}`, "n? u? f? b? s=[1] day? raw?",
			`{"b":1,"day":"soon","f":9007199254740993,"n":"7","raw":"*","u":-1}`},
		{`{"text":"t","a":{"b":{"c":5,"d":6},"x":"y"},"z":1}`, "a.b.c=5 a.x=y", `{"a":{"b":{"d":6}},"z":1}`},
		{`{"text":"t","a":{"b":{"c":5}, "x" : "y"}}`, "a.b.c=5 a.x=y", ""},
		{`{"text":"t","a":{"b":{"c":5},"x":"y"},"a.b.c":8}`, "a.b.c=8 a.x=y", `{"a":{"b":{"c":5}}}`},
		{`{"text":"t","a":{"b":{"c":"5"}}}`, "a.b.c?", `{"a":{"b":{"c":"5"}}}`},
		{`{"text":"t","a":[{"b":1}],"n":1,"n":2}`, "n=2", `{"a":[{"b":1}],"n":1}`},
		{`{"text":"t","a":{"\u0062":{"c":1},"x":"1","x":"2"}}`, "a.b.c=1 a.x=2", ""},
	} {
		r := NewReader(strings.NewReader(c.line), 1<<20)
		r.Columns(columns)
		l, err := r.Next("id", "text", "url")
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		var got []string
		for i, col := range columns {
			if !l.Cells[i].Null {
				got = append(got, col.Path+"="+col.Type.Text(l.Cells[i]))
			}
			for _, odd := range l.Odd {
				if odd == i {
					got = append(got, col.Path+"?")
				}
			}
		}
		if s := strings.Join(got, " "); s != c.cells || string(l.Extra) != c.extra {
			t.Errorf("%s:\n got %s %s\nwant %s %s", c.line, s, l.Extra, c.cells, c.extra)
		}
	}
}

// TestNestedFields finds identifier, text and address in objects.
func TestNestedFields(t *testing.T) {
	for line, want := range map[string]string{
		`{"content":{"body":"t","n":1},"meta":{"id":7,"u":"x"}}`: `7 t x {"content":{"n":1}}`,
		`{"content":{"body":"t"},"content.body":"u"}`:            ` u  {"content":{"body":"t"}}`,
		`{"content":{"body":null}}`:                              `field "content.body" is no string`,
		`{"content":"t"}`:                                        `no field "content.body"`,
		`{"content":{"text":"t"}}`:                               `no field "content.body"`,
	} {
		l, err := NewReader(strings.NewReader(line), 1<<20).Next("meta.id", "content.body", "meta.u")
		got := fmt.Sprintf("%s %s %s %s", l.ID, l.Text, l.URL, l.Extra)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
	}
}

func TestKinds(t *testing.T) {
	r := NewReader(strings.NewReader(`{"text":"t","i":1,"f":1,"b":true,"s":"x","m":1,"null":null}
{"text":"t","i":-2,"f":0.5,"m":"x","o":{"a":1},"u":18446744073709551615}
no record
{"i":"of a record that is none"}
{"text":"t","null":[],"u":1,"f":2}`), 1<<20)
	columns, err := r.Kinds(5, "id", "text", "url")
	want := "[{i int64} {f float64} {b bool} {s string} {m json} {o json} {u uint64} {null json}]"
	if got := fmt.Sprint(columns); err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

// What is taken out of a record and what is left are sound, whatever the record is.
func FuzzColumns(f *testing.F) {
	f.Add(`{"text":"t","a":{"b":{"c":5,"d":6},"x":"y"},"n":1}`, "a.b.c")
	f.Add(`{"text":"t","a":{"b.c":[{}]},"a.b":{"c":null}}`, "a.b.c")
	f.Add(`{"text":"t","":{"":1}}`, ".")
	f.Fuzz(func(t *testing.T, line, path string) {
		r := NewReader(strings.NewReader(line), 1<<20)
		r.Columns([]Column{{path, corpus.JSON}, {path + ".x", corpus.Int}})
		for {
			l, err := r.Next("id", "text", path+".y")
			var bad *LineError
			if errors.As(err, &bad) {
				continue
			}
			if err != nil { // the end, or no JSON lines
				return
			}
			if l.Extra != nil && !json.Valid(l.Extra) || !l.Cells[0].Null && !json.Valid([]byte(l.Cells[0].Str)) {
				t.Errorf("%q: %q, %q", line, l.Extra, l.Cells[0].Str)
			}
		}
	})
}

// Columns of one path, or within one another, each have their value, in any order.
func TestColumnsShareFields(t *testing.T) {
	const line = `{"text":"t","s":7,"m":{"n":1,"k":"x"},"z":0}`
	outer, inner, same := Column{"m", corpus.JSON}, Column{"m.n", corpus.Int}, Column{"m.n", corpus.String}
	for _, c := range []struct {
		columns      []Column
		cells, extra string
	}{
		{[]Column{outer, inner}, `{"k":"x"} 1`, `{"s":7,"z":0}`},
		{[]Column{inner, outer}, `1 {"k":"x"}`, `{"s":7,"z":0}`},
		{[]Column{same, outer, inner}, `1 {"k":"x"} 1`, `{"s":7,"z":0}`},
		{[]Column{{"s", corpus.Bool}, {"s", corpus.Float}, {"s", corpus.String}}, ` 7 7`, `{"m":{"n":1,"k":"x"},"z":0}`},
		{[]Column{{"s", corpus.Bool}, {"s", corpus.Date}}, ` `, `{"m":{"n":1,"k":"x"},"s":7,"z":0}`},
	} {
		r := NewReader(strings.NewReader(line), 1<<20)
		r.Columns(c.columns)
		l, err := r.Next("id", "text", "url")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, x := range c.columns {
			got = append(got, x.Type.Text(l.Cells[i]))
		}
		if s := strings.Join(got, " "); s != c.cells || string(l.Extra) != c.extra {
			t.Errorf("%v: %s, %s; want %s, %s", c.columns, s, l.Extra, c.cells, c.extra)
		}
	}
}
