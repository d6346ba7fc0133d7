package corpus_test

import (
	"math"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
)

func TestTypeNames(t *testing.T) {
	for _, name := range corpus.TypeNames() {
		typ, err := corpus.ParseType(name)
		if err != nil || typ.Name() != name {
			t.Errorf("%s: %v, %v", name, typ, err)
		}
		if same, err := corpus.ParseType(typ.String()); err != nil || same != typ {
			t.Errorf("%s is documented as %s: %v, %v", name, typ, same, err)
		}
	}
	if _, err := corpus.ParseType("varchar"); err == nil {
		t.Error("a type that there is not")
	}
}

// TestText writes cells as text and reads them again.
func TestText(t *testing.T) {
	for _, c := range []struct {
		typ  corpus.Type
		v    corpus.Value
		want string
	}{
		{corpus.String, corpus.Str("a\x00"), "a\x00"}, {corpus.JSON, corpus.Str(`{"a":1}`), `{"a":1}`}, {corpus.Bytes, corpus.Str("\xff\x00"), "/wA="},
		{corpus.Int, corpus.Int64(math.MinInt64), "-9223372036854775808"}, {corpus.Int, corpus.Int64(math.MaxInt64), "9223372036854775807"},
		{corpus.Uint, corpus.Int64(-1), "18446744073709551615"}, {corpus.Float, corpus.Float64(-0.1), "-0.1"}, {corpus.Float, corpus.Float64(math.Inf(1)), "+Inf"},
		{corpus.Bool, corpus.Int64(1), "true"}, {corpus.Bool, corpus.Int64(0), "false"},
		{corpus.Date, corpus.Int64(-1), "1969-12-31"}, {corpus.Date, corpus.Int64(20_000), "2024-10-04"},
		{corpus.Millis, corpus.Int64(-1), "1969-12-31T23:59:59.999Z"}, {corpus.Micros, corpus.Int64(1), "1970-01-01T00:00:00.000001Z"},
		{corpus.Nanos, corpus.Int64(-1_000_000_001), "1969-12-31T23:59:58.999999999Z"}, {corpus.LocalMicros, corpus.Int64(0), "1970-01-01T00:00:00"},
	} {
		text := c.typ.Text(c.v)
		if back, ok := c.typ.Parse(text); text != c.want || !ok || back != c.v {
			t.Errorf("%s %+v: %q, want %q; back %+v, %v", c.typ, c.v, text, c.want, back, ok)
		}
	}
	if got := corpus.Int.Text(corpus.Null); got != "" {
		t.Errorf("null: %q", got)
	}
}

func TestParseCell(t *testing.T) {
	good := map[corpus.Type]map[string]int64{
		corpus.Date:   {"2026-01-02": 20_455, "2026-01-02T00:00:00": 20_455},
		corpus.Micros: {"2026-01-02": 1_767_312_000_000_000, "2026-01-02 01:00:00+01:00": 1_767_312_000_000_000, "1970-01-01T00:00:00.000001": 1, "292000-01-01": 0},
		corpus.Nanos:  {"2262-04-11T23:47:15.5Z": 9_223_372_035_500_000_000},
	}
	delete(good[corpus.Micros], "292000-01-01") // years have four digits
	for typ, texts := range good {
		for text, want := range texts {
			if v, ok := typ.Parse(text); !ok || v.Int != want {
				t.Errorf("%s %q: %+v, %v; want %d", typ, text, v, ok, want)
			}
		}
	}
	for typ, texts := range map[corpus.Type][]string{
		corpus.Int: {"", "1.0", "9223372036854775808", "1e3", " 1"}, corpus.Uint: {"-1", "18446744073709551616"}, corpus.Float: {"x", ""}, corpus.Bool: {"True", "1", ""},
		corpus.Bytes: {"*"}, corpus.Date: {"2026-1-2", "2026-01-02T01:00:00", "2026-01-02T00:00:00Z"}, corpus.Millis: {"1970-01-01T00:00:00.0001", "x"},
		corpus.Nanos: {"2263-01-01"}, corpus.LocalMicros: {"1970-01-01T00:00:00Z"},
	} {
		for _, text := range texts {
			if v, ok := typ.Parse(text); ok || !v.Null {
				t.Errorf("%s %q: %+v, %v", typ, text, v, ok)
			}
		}
	}
}

// TestConvert takes cells over into other types at both sides of what they hold.
func TestConvert(t *testing.T) {
	for _, c := range []struct {
		from, to corpus.Type
		v        corpus.Value
		want     string // as text; "-" is a conflict
	}{
		{corpus.Int, corpus.Float, corpus.Int64(1 << 53), "9.007199254740992e+15"}, {corpus.Int, corpus.Float, corpus.Int64(1<<53 + 1), "-"},
		{corpus.Int, corpus.Float, corpus.Int64(-1<<53 - 1), "-"}, {corpus.Uint, corpus.Float, corpus.Int64(-1), "-"},
		{corpus.Int, corpus.Float, corpus.Int64(math.MaxInt64), "-"}, {corpus.Int, corpus.Float, corpus.Int64(math.MinInt64), "-9.223372036854776e+18"}, {corpus.Int, corpus.Float, corpus.Int64(1e17), "1e+17"}, {corpus.Uint, corpus.Float, corpus.Int64(math.MinInt64), "9.223372036854776e+18"},
		{corpus.Int, corpus.Uint, corpus.Int64(0), "0"}, {corpus.Int, corpus.Uint, corpus.Int64(-1), "-"}, {corpus.Uint, corpus.Int, corpus.Int64(-1), "-"},
		{corpus.Float, corpus.Int, corpus.Float64(-3), "-3"}, {corpus.Float, corpus.Int, corpus.Float64(0.5), "-"}, {corpus.Float, corpus.Int, corpus.Float64(1e16), "-"},
		{corpus.Float, corpus.Uint, corpus.Float64(-1), "-"}, {corpus.Float, corpus.Int, corpus.Float64(math.Inf(1)), "-"},
		{corpus.Int, corpus.String, corpus.Int64(-7), "-7"}, {corpus.Bool, corpus.String, corpus.Int64(1), "true"}, {corpus.Bytes, corpus.String, corpus.Str("a"), "a"},
		{corpus.Bytes, corpus.String, corpus.Str("\xff"), "-"}, {corpus.String, corpus.Int, corpus.Str("7"), "-"}, {corpus.String, corpus.Bool, corpus.Str("true"), "-"},
		{corpus.Bool, corpus.Int, corpus.Int64(1), "-"}, {corpus.String, corpus.Date, corpus.Str("2026-01-02"), "2026-01-02"}, {corpus.String, corpus.Date, corpus.Str("x"), "-"},
		{corpus.Date, corpus.Micros, corpus.Int64(1), "1970-01-02T00:00:00Z"}, {corpus.Nanos, corpus.Millis, corpus.Int64(1), "-"}, {corpus.Millis, corpus.Nanos, corpus.Int64(1), "1970-01-01T00:00:00.001Z"},
		{corpus.Micros, corpus.LocalMicros, corpus.Int64(0), "-"}, {corpus.Int, corpus.Date, corpus.Int64(0), "-"},
		{corpus.String, corpus.JSON, corpus.Str("<\""), `"<\""`}, {corpus.Int, corpus.JSON, corpus.Int64(3), "3"}, {corpus.Float, corpus.JSON, corpus.Float64(math.Inf(1)), "-"},
		{corpus.Date, corpus.JSON, corpus.Int64(0), `"1970-01-01"`}, {corpus.JSON, corpus.String, corpus.Str("[1]"), "[1]"}, {corpus.JSON, corpus.Int, corpus.Str("1"), "-"},
	} {
		got, ok := c.to.Convert(c.v, c.from)
		text := c.to.Text(got)
		if !ok && got.Null {
			text = "-"
		}
		if text != c.want {
			t.Errorf("%s %s to %s: %+v, %v; want %s", c.from, c.from.Text(c.v), c.to, got, ok, c.want)
		}
	}
	if v, ok := corpus.Int.Convert(corpus.Null, corpus.String); !ok || !v.Null {
		t.Errorf("null: %+v, %v", v, ok)
	}
}

// Parse reads what Text writes, of the whole range of a type.
func TestTextComesBack(t *testing.T) {
	days := []int64{math.MinInt32, -719_529, -719_528, -719_163, -1, 0, 2_932_896, 2_932_897, math.MaxInt32}
	times := []int64{math.MinInt64, math.MinInt64 + 1, -1_000_000_001, -1, 0, 1, 1_700_000_000_123_456_789, math.MaxInt64 - 1, math.MaxInt64}
	for typ, list := range map[corpus.Type][]int64{corpus.Date: days, corpus.Millis: times, corpus.Micros: times, corpus.Nanos: times,
		corpus.LocalMillis: times, corpus.LocalMicros: times, corpus.LocalNanos: times, corpus.Int: times, corpus.Uint: times} {
		for _, n := range list {
			text := typ.Text(corpus.Int64(n))
			if v, ok := typ.Parse(text); !ok || v != corpus.Int64(n) {
				t.Errorf("%s: %d is %s, which is %+v, %v", typ, n, text, v, ok)
			}
		}
	}
	for typ, texts := range map[corpus.Type][]string{
		corpus.Nanos:  {"2262-04-11T23:47:16.854775808Z", "1677-09-21T00:12:43.145224191Z", "12262-04-11T23:47:16Z"},
		corpus.Millis: {"292278994-08-17T07:12:55.808Z", "--0001-01-01T00:00:00Z", "+-001-01-01T00:00:00Z", "10000-02-30T00:00:00Z", "9999999999-01-01T00:00:00Z"},
		corpus.Date:   {"123-01-01", "-123-01-01", "12345-13-01", "10000-01-01T00:00:01"},
	} {
		for _, s := range texts {
			if v, ok := typ.Parse(s); ok || !v.Null {
				t.Errorf("%s: %s is %+v, %v", typ, s, v, ok)
			}
		}
	}
	if v, ok := corpus.Date.Parse("+10000-01-01"); !ok || v.Int != 2_932_897 {
		t.Errorf("the form with a sign: %+v, %v", v, ok)
	}
}
