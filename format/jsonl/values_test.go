package jsonl_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/jsonl"
)

// outcome lists what a reader gives: texts with their offsets, errors with record,
// offset, loss and bytes passed over.
func outcome(r *jsonl.Reader) (list []string) {
	for {
		l, err := r.Next("id", "text", "url")
		var bad *jsonl.LineError
		var damage *format.Damage
		switch {
		case err == nil:
			list = append(list, fmt.Sprintf("%s@%d", l.Text, l.Offset))
		case errors.As(err, &bad):
			s := fmt.Sprintf("!%d@%d", bad.Record, bad.Offset)
			if bad.Bytes > 0 {
				s += fmt.Sprint("+", bad.Bytes)
			}
			list = append(list, fmt.Sprintf("%s %s: %v", s, [...]string{"content", "record", "rest"}[bad.Loss], bad.Err))
		case errors.As(err, &damage):
			list = append(list, "damage")
		case errors.Is(err, io.EOF):
			return list
		default:
			return append(list, err.Error())
		}
	}
}

func same(got, want []string) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		place, words, _ := strings.Cut(want[i], ": ")
		if got[i] != want[i] && !(strings.HasPrefix(got[i], place) && strings.Contains(got[i], words) && strings.HasPrefix(want[i], "!")) {
			return false
		}
	}
	return true
}

// TestValues reads arrays and objects of several lines, whole and damaged.
func TestValues(t *testing.T) {
	const limit = 60
	long := `{"text":"` + strings.Repeat("x", limit) + `"}`
	for _, c := range []struct {
		name, file string
		want       []string
	}{
		{"array", `[{"text":"a"},{"text":"b"}]`, []string{"a@1", "b@14"}},
		{"array, spaced", "\ufeff \n[ {\"text\":\"a\"} , {\"text\":\"b\"}\r\n]\n\n", []string{"a@7", "b@22"}},
		{"array of json.dump", "[\n  {\n    \"text\": \"a\"\n  },\n  {\n    \"text\": \"b\"\n  }\n]", []string{"a@4", "b@29"}},
		{"array, a line each", "[\n{\"text\":\"a\"},\n{\"text\":\"b\"}\n]\n", []string{"a@2", "b@16"}},
		{"array, empty", "[]", nil},
		{"array, empty, spaced", " [ ] ", nil},
		{"arrays", "[{\"text\":\"a\"}]\n[]\n\ufeff[{\"text\":\"b\"}]", []string{"a@1", "b@22"}},
		{"an array before lines", "[{\"text\":\"a\"}]\n{\"text\":\"b\"}\n{\"text\":\"c\"}\n", []string{"a@1", "b@15", "c@28"}},
		{"objects of jq", "{\n  \"text\": \"a\"\n}\n{\n  \"text\": \"b\"\n}\n", []string{"a@0", "b@18"}},
		{"one object", "{\r\n\t\"text\": \"a\"\r\n}", []string{"a@0"}},
		{"brackets in strings", `[{"text":"]}[{\\"},{"text":"b\"},{"}]`, []string{`]}[{\@1`, `b"},{@19`}},
		{"nested", `[{"text":"a","x":[{"text":"n"},[]],"y":{"z":{}}},{"text":"b"}]`, []string{"a@1", "b@49"}},

		{"no objects", `[{"text":"a"},1,"s",null,[2],-0.5e3,{"text":"b"}]`, []string{"a@1", "!1@14 record: want an object", "!2@16 record: want an object", "!3@20 record: want an object", "!4@25 record: want an object", "!5@29 record: want an object", "b@36"}},
		{"no text", `[{"text":"a"},{"id":"x"},{"text":null},{"text":"b"}]`, []string{"a@1", `!1@14 content: no field "text"`, `!2@25 content: no string`, "b@39"}},
		{"commas", `[{"text":"a"},,{"text":"b"}{"text":"c"},]`, []string{"a@1", "b@15", "c@27"}},
		{"a bad number", `[{"text":"a","x":01},{"text":"b"}]`, []string{"!0@1 record: want a comma", "b@21"}},
		{"a bad escape", `[{"text":"\q"},{"text":"b"}]`, []string{"!0@1 record: want an escape", "b@15"}},
		{"invalid UTF-8", "[{\"text\":\"\xff\"},{\"text\":\"b\"}]", []string{"!0@1 record: not valid UTF-8", "b@14"}},
		{"a control character", "[{\"text\":\"a\tb\"},{\"text\":\"b\"}]", []string{"!0@1 record: no control character", "b@16"}},
		{"at the limit", `[` + long[:limit-2] + `"},{"text":"b"}]`, []string{strings.Repeat("x", limit-11) + "@1", fmt.Sprint("b@", limit+2)}},
		{"beyond the limit", `[` + long[:limit-1] + `"},{"text":"b"}]`, []string{"!0@1 record: longer than", fmt.Sprint("b@", limit+3)}},
		{"far beyond the limit", `[` + strings.Replace(long, "x", strings.Repeat("[{},{", 1_000_000), 1) + `,{"text":"b"}]`, []string{"!0@1 record: longer than", fmt.Sprint("b@", 5_000_000+limit+12)}},

		{"a quote lost at the end", `[{"text":"a,"x":1},{"text":"b","x":2},{"text":"c"}]`, []string{"!0@1+18 record: want a comma", "b@19", "c@38"}},
		{"a quote lost at the start", `[{"text":"a"},{"text":b","x":1},{"text":"c"}]`, []string{"a@1", "!1@14+18 record: want a comma", "c@32"}},
		{"a quote too many", `[{"text":"a"b","x":1},{"text":"c"}]`, []string{"!0@1+21 record: want a comma", "c@22"}},
		{"a bracket lost", `[{"text":"a","x":{"y":1},{"text":"b"},{"text":"c"}]`, []string{"!0@1+24 record: want a string", "b@25", "c@38"}},
		{"a bracket too many", `[{"text":"a"}},{"text":"b"}]`, []string{"a@1", "!1@13+2 record: want a value", "b@15"}},
		{"a wrong bracket", `[{"text":"a"],{"text":"b"}]`, []string{"!0@1+13 record: want a comma", "b@14"}},
		{"bytes that are no value", `[{"text":"a"},%%%,{"text":"b"}]`, []string{"a@1", "!1@14+4 record: want a value", "b@18"}},
		{"other objects within", `[{"text":"a"b","x":[{"y":1},{"y":2}]},{"text":"c"}]`, []string{"!0@1+37 record: want a comma", "c@38"}},
		{"json.dump, cut within", "[\n  {\n    \"text\": \"a\n  },\n  {\n    \"text\": \"b\"\n  }\n]", []string{"!0@4+24 record: no control", "b@28"}},
		{"jq, cut within", "{\n  \"text\": \"a\n{\n  \"text\": \"b\"\n}\n", []string{"!0@0+15 record: no control", "b@15"}},
		{"a lost start of lines", "{\n{\"text\":\"a\"}\n{\"text\":\"b\"}\n", []string{"!0@0+2 record: want a string", "a@2", "b@15"}},
		{"nothing behind the damage", `[{"text":"a"},{"text":"b"x}]`, []string{"a@1", "!1@14+14 rest: want a comma"}},

		{"cut in a value", `[{"text":"a"},{"text":"b`, []string{"a@1", "!1@14 rest: ends early"}},
		{"cut behind a value", `[{"text":"a"}`, []string{"a@1", "!1@13 rest: the end of the array"}},
		{"cut behind a comma", `[{"text":"a"},`, []string{"a@1", "!1@14 rest: the end of the array"}},
		{"cut object", "{\n\"text\":", []string{"!0@0 rest: ends early"}},
		{"a number at the end", "[{\"text\":\"a\"}]12", []string{"a@1", "!1@14 record: want an object"}},

		{"cut line", "{\"text\":\"a\"}\n{\"text\":\"b", []string{"a@0", "!1@13 rest: ends early"}},
		{"cut in a character", "{\"text\":\"a\"}\n{\"text\":\"\xe4\xb8", []string{"a@0", "!1@13 rest: UTF-8"}},
		{"a bad last line", "{\"text\":\"a\"}\n{\"text\":1.}", []string{"a@0", "!1@13 record: want a digit"}},
		{"bad lines", "{\"text\":\"a\n{}\nx\n{\"text\":\"a\"}", []string{"!0@0 record: ends early", "!1@11 content: no field", "!2@14 record: want an object", "a@16"}},
		{"byte order marks", "\ufeff{\"text\":\"a\"}\n\ufeff\ufeff{\"text\":\"b\"}\n\ufeff\n{\"text\":\"\ufeffc\"}", []string{"a@0", "b@16", "\ufeffc@39"}},
		{"a log before lines", "[INFO] start\n{\"text\":\"a\"}\n", []string{"!0@0 record: want an object", "a@13"}},
	} {
		for _, in := range []io.Reader{strings.NewReader(c.file), iotest.OneByteReader(strings.NewReader(c.file))} {
			if len(c.file) > 1<<20 {
				in = strings.NewReader(c.file)
			}
			if got := outcome(jsonl.NewReader(in, limit)); !same(got, c.want) {
				t.Errorf("%s: got %q, want %q", c.name, got, c.want)
			}
		}
	}
}

// TestForeign names files of other formats.
func TestForeign(t *testing.T) {
	for head, want := range map[string]string{
		"\xff\xfe{\x00":                 "UTF-16 text, not JSON lines",
		"\xfe\xff\x00{":                 "UTF-16 text, not JSON lines",
		"{\x00\"\x00":                   "UTF-16 text, not JSON lines",
		"\x00[\x00{":                    "UTF-16 text, not JSON lines",
		"\xff\xfe\x00\x00{\x00\x00\x00": "UTF-32 text, not JSON lines",
		"PAR1":                          "a Parquet file, not JSON lines",
		"ARROW1\x00\x00":                "an Arrow file, not JSON lines",
		"PK\x03\x04":                    "a zip archive, not JSON lines",
		"\x1f\x8b\x08":                  "gzip-compressed data, not JSON lines",
		"WARC/1.0\r\n":                  "a WARC file, not JSON lines",
		"%PDF-1.7":                      "a PDF document, not JSON lines",
		"\n<!DOCTYPE HTML>":             "a page of HTML, not JSON lines",
		"<?xml version=\"1.0\"?>":       "an XML document, not JSON lines",
		"version https://git-lfs.github.com/spec/v1\noid": "a pointer of Git LFS, not JSON lines",
	} {
		r := jsonl.NewReader(strings.NewReader(head), 100)
		for range 2 { // it stays so
			if _, err := r.Next("id", "text", "url"); !errors.Is(err, jsonl.ErrFormat) || err.Error() != want {
				t.Errorf("%q: %v, want %s", head, err, want)
			}
		}
	}
}

// broken gives its pieces with damage between them.
type broken struct {
	pieces []string
	rest   bool
}

func (b *broken) Read(p []byte) (int, error) {
	if len(b.pieces) == 0 {
		return 0, io.EOF
	}
	if b.pieces[0] == "" {
		b.pieces = b.pieces[1:]
		if len(b.pieces) > 0 || b.rest {
			return 0, &format.Damage{Rest: len(b.pieces) == 0, Err: errors.New("damaged")}
		}
		return 0, io.EOF
	}
	n := copy(p, b.pieces[0])
	b.pieces[0] = b.pieces[0][n:]
	return n, nil
}

// TestDamage reads on behind damage of the stream; the record that it cuts is lost
// with it, and what is left of one is never joined to another.
func TestDamage(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces []string
		rest   bool
		want   []string
	}{
		{"at a line", []string{"{\"text\":\"a\"}\n", "{\"text\":\"b\"}\n"}, false, []string{"a@0", "damage", "b@13"}},
		{"in a line", []string{"{\"text\":\"a\"}\n{\"text\":\"", "b\"}\n{\"text\":\"c\"}\n"}, false, []string{"a@0", "damage", "!1@22 record: want an object", "c@26"}},
		{"at once", []string{"", "{\"text\":\"a\"}\n"}, false, []string{"damage", "a@0"}},
		{"the rest", []string{"{\"text\":\"a\"}\n{\"te"}, true, []string{"a@0", "damage"}},
		{"between elements", []string{`[{"text":"a"},`, `{"text":"b"}]`}, false, []string{"a@1", "damage", "b@14"}},
		{"in an element", []string{`[{"text":"a"},{"te`, `xt":"b"},{"text":"c"}]`}, false, []string{"a@1", "damage", "c@27"}},
		{"in an element, and nothing follows", []string{`[{"text":"a"},{"te`, `xt":"b"}]`}, false, []string{"a@1", "damage"}},
		{"the rest of an array", []string{`[{"text":"a"},{"te`}, true, []string{"a@1", "damage"}},
		{"twice", []string{`[{"text":"a"},{"te`, `xt":"b"},{"x`, `y":1},{"text":"c"}]`}, false, []string{"a@1", "damage", "damage", "c@36"}},
		{"behind damage of an element", []string{`[{"text":"a"x},{"te`, `xt":"b"},{"text":"c"}]`}, false, []string{"!0@1+18 record: want a comma", "damage", "c@28"}},
	} {
		r := jsonl.NewReader(&broken{c.pieces, c.rest}, 100)
		if got := outcome(r); !same(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// FuzzArray holds the elements of a sound array against the same objects as lines,
// and reads any other to its end.
func FuzzArray(f *testing.F) {
	for _, s := range []string{
		`[{"text":"a"},{"text":"b","x":[{"y":"]}"}]}]`, "[\n {\n  \"text\": \"a\\\"\"\n }\n]", `[{"text":"a"},1,null,"x",[{}]]`,
		`[{"text":"a"b","x":[{"y":1}]},{"text":"c"}]`, "{\n\"text\":\"a\"}{\n\"text\":\"b\"}", `[{"text":"a"},{"te`, `[]`, `[{"text":-1.5e3,"id":01}]]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		var elements []json.RawMessage
		sound := json.Unmarshal(file, &elements) == nil && len(elements) > 0 && elements[0][0] == '{' && !deep(file)
		r := jsonl.NewReader(strings.NewReader(string(file)), 1<<20)
		last, at := int64(-1), int64(-1)
		for i := 0; ; i++ {
			l, err := r.Next("id", "text", "url")
			if errors.Is(err, io.EOF) || errors.Is(err, jsonl.ErrFormat) {
				if sound && i != len(elements) {
					t.Fatalf("%d values of %d: %v", i, len(elements), err)
				}
				return
			}
			record, offset := l.Record, l.Offset
			var bad *jsonl.LineError
			if errors.As(err, &bad) {
				record, offset = bad.Record, bad.Offset
				if bad.Loss == corpus.LossRest && sound || offset+bad.Bytes > int64(len(file)) {
					t.Fatal(bad)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if record <= last || offset <= at || offset > int64(len(file)) {
				t.Fatalf("record %d at %d behind %d at %d", record, offset, last, at)
			}
			last, at = record, offset
			if !sound {
				continue
			}
			line := strings.NewReader(strings.NewReplacer("\n", " ", "\r", " ").Replace(string(elements[i])))
			want, wantErr := jsonl.NewReader(line, 1<<20).Next("id", "text", "url")
			want.Record, want.Offset = record, offset
			if (wantErr == nil) != (err == nil) || wantErr == nil && fmt.Sprintf("%+v", l) != fmt.Sprintf("%+v", want) {
				t.Fatalf("%d: %+v, %v; as a line %+v, %v", i, l, err, want, wantErr)
			}
		}
	})
}
