package jsonl_test

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/jsonl"
)

// FuzzReader holds the reader against encoding/json. They differ where the
// documentation says so: invalid UTF-8, depth, a text that is no string.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		`{"id":"a","text":"t","url":"u","x":[1,-0.5e+3,true,null,{"a":"\ud83d\ude00\ud800"}]}`, `{"id":1.50,"text":"\u0000\n","text":"2"}`,
		`{}`, `[]`, `null`, `{"text":"a` + "\xff" + `"}`, `{"te\u0078t":"t"} `, `{"text":"a","":{"":[]}}`, `{"text":"` + strings.Repeat("12345678", 4) + `\\"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		line = bytes.ReplaceAll(line, []byte("\n"), []byte(" "))
		if len(bytes.TrimSpace(line)) == 0 || bytes.HasPrefix(line, []byte("\ufeff")) || !utf8.Valid(line) || deep(line) || bytes.HasPrefix(bytes.TrimSpace(line), []byte("[")) {
			return
		}
		want := map[string]json.RawMessage{}
		wantErr := json.Unmarshal(line, &want)
		got, err := jsonl.NewReader(bytes.NewReader(line), 1<<20).Next("id", "text", "url")
		if wantErr != nil || want == nil {
			if err == nil {
				t.Fatalf("read %+v, encoding/json says %v", got, wantErr)
			}
			return
		}
		var text string
		raw, ok := want["text"]
		if !ok || raw[0] != '"' {
			if err == nil {
				t.Fatalf("read %+v without a text", got)
			}
			return
		}
		if err != nil {
			t.Fatalf("%v, encoding/json takes it", err)
		}
		if json.Unmarshal(raw, &text); text != got.Text {
			t.Fatalf("text %q, want %q", got.Text, text)
		}
		for name, is := range map[string]string{"id": got.ID, "url": got.URL} {
			var s string
			switch raw := want[name]; {
			case raw == nil || string(raw) == "null":
			case raw[0] == '"':
				json.Unmarshal(raw, &s)
			default:
				s = string(raw)
				if strings.Contains(strings.ToLower(s), `\ud`) {
					s = is // half a surrogate pair within it is overwritten
				}
			}
			if is != s {
				t.Fatalf("%s %q, want %q", name, is, s)
			}
			delete(want, name)
		}
		delete(want, "text")
		extra := map[string]json.RawMessage{}
		if got.Extra != nil {
			if err := json.Unmarshal(got.Extra, &extra); err != nil {
				t.Fatalf("extra %s: %v", got.Extra, err)
			}
		}
		if len(extra) != len(want) {
			t.Fatalf("extra %s, want %s", got.Extra, want)
		}
		for name := range want {
			if !reflect.DeepEqual(decoded(t, extra[name]), decoded(t, want[name])) {
				t.Fatalf("extra %s: %s, want %s", name, extra[name], want[name])
			}
		}
	})
}

func decoded(t *testing.T, raw json.RawMessage) (v any) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

// deep says whether a line may nest deeper than the reader goes.
func deep(line []byte) bool {
	return bytes.Count(line, []byte("["))+bytes.Count(line, []byte("{")) > 500
}

// FuzzStream reads anything to its end: offsets grow and every line counts once.
func FuzzStream(f *testing.F) {
	f.Add([]byte("{\"text\":\"a\"}\n\n\r\nbroken\n{\"text\":\""+strings.Repeat("b", 90)+"\"}"), int64(50))
	f.Fuzz(func(t *testing.T, file []byte, limit int64) {
		limit = min(max(limit, 0), 1<<20)
		file = append([]byte("{}\n"), file...) // they are lines
		r := jsonl.NewReader(bytes.NewReader(file), limit)
		lines := int64(bytes.Count(file, []byte("\n")))
		if len(file) > 0 && file[len(file)-1] != '\n' {
			lines++
		}
		last := int64(-1)
		for {
			l, err := r.Next("id", "text", "url")
			if err == io.EOF {
				break
			}
			record, offset := l.Record, l.Offset
			if bad, ok := err.(*jsonl.LineError); ok {
				record, offset = bad.Record, bad.Offset
			} else if err != nil {
				t.Fatal(err)
			}
			if record <= last || offset > 0 && file[offset-1] != '\n' || int64(bytes.Count(file[:offset], []byte("\n"))) != record {
				t.Fatalf("record %d after %d at byte %d", record, last, offset)
			}
			last = record
		}
		if r.Records() != lines {
			t.Fatalf("%d lines, want %d", r.Records(), lines)
		}
	})
}

// FuzzAppendString holds it against encoding/json.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c/\x00\x1f\x7f\n\r\t\b\f", "\u2028\u2029\ufffd\xff\xc3", "\U0001F600<>&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := format.AppendString([]byte("x"), s)
		var got string
		if err := json.Unmarshal(b[1:], &got); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		want, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(want, &back); err != nil {
			t.Fatal(err)
		}
		if got != back || b[0] != 'x' || !utf8.Valid(b) || bytes.ContainsAny(b, "\n\r") {
			t.Fatalf("%q reads as %q, encoding/json gives %q", b, got, back)
		}
	})
}
