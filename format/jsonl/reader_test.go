package jsonl_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/format/jsonl"
)

func TestLines(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		name, line string
		want       string // of the line, or of its error
	}{
		{"plain", `{"id":"a","text":"t","url":"u"}`, `a|t|u|`},
		{"text only", `{"text":""}`, `|||`},
		{"white space", " \t{ \"text\" :\t\"t\" , \"x\" : [ 1 , 2 ] } ", `|t||{"x":[ 1 , 2 ]}`},
		{"CRLF", "{\"text\":\"t\"}\r", `|t||`},
		{"BOM", "\ufeff{\"text\":\"t\"}", `|t||`},
		{"number as id", `{"id":123456789012345678901234567890,"text":"t","url":-1.5e3}`, `123456789012345678901234567890|t|-1.5e3|`},
		{"null id", `{"id":null,"text":"t","url":null}`, `|t||`},
		{"other id", `{"id":[1,{"a":true}],"text":"t"}`, `[1,{"a":true}]|t||`},
		{"duplicate keys", `{"id":"1","text":"a","id":"2","text":"b","x":1,"x":2}`, `2|b||{"x":2}`},
		{"duplicate text, the last a string", `{"text":1,"text":"b"}`, `|b||`},
		{"duplicate text, the last no string", `{"text":"b","text":1}`, `field "text" is no string`},
		{"escaped key", `{"t\u0065xt":"t","\"":1}`, `|t||{"\"":1}`},
		{"extra sorted", `{"z":1,"text":"t","a":{"b":"\u00e9\n"},"m":null}`, `|t||{"a":{"b":"\u00e9\n"},"m":null,"z":1}`},
		{"escapes", `{"text":"\"\\\/\b\f\n\r\t\u0041\u4e2d\ud83d\ude00"}`, "|\"\\/\b\f\n\r\tA\u4e2d\U0001F600||"},
		{"NUL escaped", `{"text":"a\u0000b"}`, "|a\x00b||"},
		{"lone surrogates", `{"text":"\ud800x\udc00\ud83d\u0041","x":"\ud800"}`, "|\ufffdx\ufffd\ufffdA||{\"x\":\"\\ufffd\"}"},
		{"half a pair at the end", `{"text":"\ud83d"}`, "|\ufffd||"},
		{"depth 512", `{"text":"t","x":` + deep(512) + `}`, `|t||{"x":` + deep(512) + `}`},
		{"depth 513", `{"text":"t","x":` + deep(513) + `}`, "nested deeper"},
		{"depth 10,000", `{"text":"t","x":` + deep(10_000) + `}`, "nested deeper"},
		{"depth in objects", `{"text":"t","x":` + strings.Repeat(`{"a":`, 10_000), "nested deeper"},
		{"no text", `{"id":"a"}`, `no field "text"`},
		{"empty object", `{}`, `no field "text"`},
		{"text a number", `{"text":1}`, `field "text" is no string`},
		{"text null", `{"text":null}`, `field "text" is no string`},
		{"array", `[1,{"text":"t"}]`, "want an object"},
		{"null", `null`, "want an object"},
		{"garbage behind", `{"text":"t"}x`, "byte 12: 'x', want the end of the line or another object"},
		{"an array behind", `{"text":"t"}[{"text":"t"}]`, "want the end of the line or another object"},
		{"a comma behind", `{"text":"t"},{"text":"t"}`, "want the end of the line or another object"},
		{"garbage behind a BOM", "{\"text\":\"t\"}\ufeffx", "want the end of the line or another object"},
		{"a BOM behind", "{\"text\":\"t\"} \ufeff ", "|t||"},
		{"trailing comma", `{"text":"t",}`, "want a string"},
		{"no colon", `{"text" "t"}`, "want a colon"},
		{"cut in a string", `{"text":"t`, "want the end of a string"},
		{"cut in an escape", `{"text":"t\`, "want an escape"},
		{"cut in a unicode escape", `{"text":"t\u12`, "four hexadecimal"},
		{"cut in an object", `{"text":"t"`, "want a comma"},
		{"unknown escape", `{"text":"\x41"}`, "want an escape"},
		{"control character", "{\"text\":\"a\tb\"}", "no control character"},
		{"NUL", "{\"text\":\"a\x00b\"}", "no control character"},
		{"NUL outside", "{\x00\"text\":\"t\"}", "want a string"},
		{"single quotes", `{'text':'t'}`, "want a string"},
		{"invalid UTF-8", "{\"text\":\"a\xffb\"}", "not valid UTF-8"},
		{"UTF-8 cut", "{\"text\":\"\xe4\xb8\"}", "not valid UTF-8"},
		{"surrogate in UTF-8", "{\"text\":\"\xed\xa0\x80\"}", "not valid UTF-8"},
		{"NaN", `{"text":"t","x":NaN}`, "want a value"},
		{"leading zero", `{"text":"t","x":01}`, "want a comma"},
		{"leading plus", `{"text":"t","x":+1}`, "want a value"},
		{"bare point", `{"text":"t","x":1.}`, "want a digit"},
		{"bare exponent", `{"text":"t","x":1e}`, "want a digit"},
		{"half a word", `{"text":"t","x":tru}`, "want true"},
		{"nothing but text", `text`, "want an object"},
	} {
		r := jsonl.NewReader(strings.NewReader(c.line+"\n"), 1<<20)
		l, err := r.Next("id", "text", "url")
		if err != nil {
			var bad *jsonl.LineError
			if !errors.As(err, &bad) || bad.Record != 0 || bad.Offset != 0 || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want %.80s", c.name, err, c.want)
			}
		} else if got := fmt.Sprintf("%s|%s|%s|%s", l.ID, l.Text, l.URL, l.Extra); got != c.want {
			t.Errorf("%s: %.100q, want %.100q", c.name, got, c.want)
		}
		if _, err := r.Next("id", "text", "url"); !errors.Is(err, io.EOF) {
			t.Errorf("%s: at the end: %v", c.name, err)
		}
	}
}

// TestGlued reads objects that share a line, each with its number and place.
func TestGlued(t *testing.T) {
	const a, b = `{"text":"a"}`, `{"text":"b"}` // 12 bytes
	for _, c := range []struct {
		name, file string
		want       []string
	}{
		{"two", a + b + "\n" + a + "\n", []string{"0@0", "1@12", "2@25"}},
		{"three, spaced, CRLF", a + " " + b + "\t" + a + " \r\n" + b, []string{"0@0", "1@13", "2@26", "3@41"}},
		{"a BOM between", a + "\ufeff" + b + "\n" + a, []string{"0@0", "1@15", "2@28"}},
		{"a BOM before and between", "\ufeff" + a + " \ufeff\ufeff" + b, []string{"0@0", "1@22"}},
		{"no text in the first", `{"x":1}` + b, []string{"!0@0 content", "1@7"}},
		{"no text in the second", a + `{"x":1}` + b, []string{"0@0", "!1@12 content", "2@19"}},
		{"garbage behind the second", a + b + "x\n" + a, []string{"0@0", "!1@12 record", "2@26"}},
		{"the second broken", a + "{x}\n" + b, []string{"0@0", "!1@12 record", "2@16"}},
		{"the second cut", a + `{"te`, []string{"0@0", "!1@12 rest"}},
		{"no UTF-8", a + "{\"text\":\"\xff\"}\n" + b, []string{"!0@0 record", "1@25"}},
	} {
		var got []string
		for r := jsonl.NewReader(strings.NewReader(c.file), 1<<20); ; {
			l, err := r.Next("id", "text", "url")
			if errors.Is(err, io.EOF) {
				break
			}
			var bad *jsonl.LineError
			if errors.As(err, &bad) {
				got = append(got, fmt.Sprintf("!%d@%d %s", bad.Record, bad.Offset, [...]string{"content", "record", "rest"}[bad.Loss]))
			} else if err != nil {
				t.Fatal(err)
			} else {
				got = append(got, fmt.Sprintf("%d@%d", l.Record, l.Offset))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestPlaces checks numbers and offsets behind blank, broken and long lines.
func TestPlaces(t *testing.T) {
	const limit = 40
	pad := func(n int) string { return `{"text":"` + strings.Repeat("x", n-len(`{"text":""}`)) + `"}` }
	for _, end := range []string{"\n", "\r\n"} {
		lines := []string{"\ufeff" + `{"text":"a"}`, "", "broken", pad(limit), pad(limit + 1), " \t ", pad(limit * 100_000), "{\"text\":\"\xff\"}", `{"text":"b"}`}
		file := strings.Join(lines, end) // the last line has no end
		var got, want []string
		at := int64(0)
		for i, l := range lines {
			switch i {
			case 0, 3, 8:
				want = append(want, fmt.Sprint(i, at, "ok"))
			case 2, 4, 6, 7:
				want = append(want, fmt.Sprint(i, at, i == 4 || i == 6))
			}
			at += int64(len(l) + len(end))
		}
		r := jsonl.NewReader(strings.NewReader(file), limit)
		for {
			l, err := r.Next("id", "text", "url")
			var bad *jsonl.LineError
			if errors.Is(err, io.EOF) {
				break
			}
			if errors.As(err, &bad) {
				got = append(got, fmt.Sprint(bad.Record, bad.Offset, errors.Is(err, jsonl.ErrTooLong)))
			} else if err != nil {
				t.Fatal(err)
			} else {
				got = append(got, fmt.Sprint(l.Record, l.Offset, "ok"))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", end, got, want)
		}
		if r.Records() != int64(len(lines)) {
			t.Errorf("%d lines, want %d", r.Records(), len(lines))
		}
	}
}

// TestReadError checks that an error of the stream is no error of a line.
func TestReadError(t *testing.T) {
	cut := errors.New("cut")
	r := jsonl.NewReader(io.MultiReader(strings.NewReader("{\"text\":\"a\"}\n{\"te"), failing{cut}), 100)
	if _, err := r.Next("id", "text", "url"); err != nil {
		t.Fatal(err)
	}
	_, err := r.Next("id", "text", "url")
	var bad *jsonl.LineError
	if !errors.Is(err, cut) || errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
