package corpus

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Type is the type of a column.
type Type uint8

// The column types. Cells of String, JSON and Bytes stand in Value.Str, those of Float in
// Value.Float, all others in Value.Int.
const (
	String Type = iota
	Int         // 64 bits
	Float       // 64 bits
	JSON        // a string that holds one JSON value
	Bool        // 0 or 1
	Uint        // 64 bits without a sign
	Bytes       // a string that need not be UTF-8
	Date        // days since 1970-01-01
	Millis      // a time in UTC, since 1970
	Micros
	Nanos
	LocalMillis // a time on a clock whose zone is not known
	LocalMicros
	LocalNanos
)

// typeNames has for each type the name that a pipeline gives it, that of the
// documentation, and others that it is known by.
var typeNames = [...][]string{
	String: {"string", "string", "str", "text", "utf8"},
	Int:    {"int", "int64", "integer", "long", "int32"},
	Float:  {"float", "float64", "double", "number", "float32"},
	JSON:   {"json", "json", "object"},
	Bool:   {"bool", "bool", "boolean"},
	Uint:   {"uint", "uint64"},
	Bytes:  {"bytes", "bytes", "binary"},
	Date:   {"date", "date", "date32"},
	Millis: {"timestamp_ms", "timestamp_ms"}, Micros: {"timestamp_us", "timestamp_us", "timestamp"}, Nanos: {"timestamp_ns", "timestamp_ns"},
	LocalMillis: {"local_timestamp_ms", "local_timestamp_ms"}, LocalMicros: {"local_timestamp_us", "local_timestamp_us", "local_timestamp"}, LocalNanos: {"local_timestamp_ns", "local_timestamp_ns"},
}

// String returns the type's name as the documentation shows it.
func (t Type) String() string { return typeNames[t][1] }

// Name returns the type's name as a pipeline writes it; ParseType knows it.
func (t Type) Name() string { return typeNames[t][0] }

// TypeNames are the names of all types.
func TypeNames() (names []string) {
	for _, n := range typeNames {
		names = append(names, n[0])
	}
	return names
}

// ParseType finds a type by any of its names.
func ParseType(name string) (Type, error) {
	for t, names := range typeNames {
		for _, n := range names {
			if n == name {
				return Type(t), nil
			}
		}
	}
	if name == "" {
		return 0, fmt.Errorf("want a type, of %s", strings.Join(TypeNames(), ", "))
	}
	return 0, fmt.Errorf("no type is called %q; known: %s", name, strings.Join(TypeNames(), ", "))
}

// Numeric reports whether cells are numbers: those that are compared with numbers and
// that a survivor can be chosen by.
func (t Type) Numeric() bool { return t == Int || t == Uint || t == Float }

// Textual reports whether cells stand in Value.Str.
func (t Type) Textual() bool { return t == String || t == JSON || t == Bytes }

// Clock describes the cells of a point in time: how many a second has, and whether their
// zone is not known. A Date has none.
func (t Type) Clock() (perSecond int64, local bool) {
	switch t {
	case Millis, LocalMillis:
		return 1e3, t == LocalMillis
	case Micros, LocalMicros:
		return 1e6, t == LocalMicros
	case Nanos, LocalNanos:
		return 1e9, t == LocalNanos
	}
	return 0, false
}

// Text is the cell as text, "" for null: numbers in digits, times by RFC 3339, those of no
// known zone without one, bytes in base64. Parse is its inverse.
func (t Type) Text(v Value) string {
	if v.Null {
		return ""
	}
	switch t {
	case Int:
		return strconv.FormatInt(v.Int, 10)
	case Uint:
		return strconv.FormatUint(uint64(v.Int), 10)
	case Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case Bool:
		return strconv.FormatBool(v.Int != 0)
	case Bytes:
		return base64.StdEncoding.EncodeToString([]byte(v.Str))
	case Date:
		return time.Unix(v.Int*86_400, 0).UTC().Format(time.DateOnly)
	}
	if n, local := t.Clock(); n > 0 {
		second := v.Int / n
		if v.Int%n < 0 {
			second--
		}
		text := time.Unix(second, (v.Int-second*n)*(1e9/n)).UTC().Format("2006-01-02T15:04:05.999999999")
		if local {
			return text
		}
		return text + "Z"
	}
	return v.Str
}

// Parse reads a cell from text: what Text writes, times with a zone or a blank for the T
// too. It reports whether the text is of the type, and the cell is null where it is not.
// A time that has more digits than the type, or lies beyond it, is none of it.
func (t Type) Parse(s string) (v Value, ok bool) {
	var err error
	switch t {
	case String:
		return Str(s), true
	case JSON:
		if !json.Valid([]byte(s)) {
			return Null, false
		}
		return Str(s), true
	case Int:
		v.Int, err = strconv.ParseInt(s, 10, 64)
	case Uint:
		var u uint64
		u, err = strconv.ParseUint(s, 10, 64)
		v.Int = int64(u)
	case Float:
		v.Float, err = strconv.ParseFloat(s, 64)
		v.Null = v.Float != v.Float
	case Bool:
		if s != "true" && s != "false" {
			return Null, false
		}
		v.Int = int64(len("false") - len(s))
	case Bytes:
		var b []byte
		b, err = base64.StdEncoding.DecodeString(s)
		v.Str = string(b)
	default:
		return t.parseTime(s)
	}
	if err != nil {
		return Null, false
	}
	return v, true
}

// timeForms are the forms of a time that Parse reads, with a zone and without.
var timeForms = [...][]string{
	{"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05Z07:00"},
	{"2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly},
}

// cycleSeconds are those of 400 years, after which the calendar repeats.
const cycleSeconds = 146_097 * 86_400

// shortYear takes so many cycles off a year of a sign or more than four digits that it is
// one of four, which package time reads. What has no such year stays as it is.
func shortYear(s string) (short string, cycles int64) {
	const digitsMax = 9 // years of milliseconds in 64 bits
	digits := strings.TrimLeft(s, "+-")
	n := strings.IndexByte(digits, '-')
	if len(s)-len(digits) > 1 || n < 4 || n > digitsMax || n == 4 && len(s) == len(digits) {
		return s, 0
	}
	year, err := strconv.ParseInt(s[:len(s)-len(digits)+n], 10, 64)
	if err != nil {
		return s, 0
	}
	in := 2_000 + (year%400+400)%400
	return fmt.Sprintf("%04d%s", in, digits[n:]), (year - in) / 400
}

func (t Type) parseTime(s string) (Value, bool) {
	n, local := t.Clock()
	s, cycles := shortYear(s)
	for zone, forms := range timeForms {
		if zone == 0 && (local || t == Date) {
			continue
		}
		for _, form := range forms {
			at, err := time.Parse(form, s)
			if err != nil {
				continue
			}
			second, part := at.Unix()+cycles*cycleSeconds, int64(at.Nanosecond())
			if t == Date {
				if second%86_400 != 0 {
					return Null, false
				}
				return Int64(second / 86_400), true
			}
			step := int64(1e9) / n
			whole := new(big.Int).Mul(big.NewInt(second), big.NewInt(n))
			if whole.Add(whole, big.NewInt(part/step)); part%step != 0 || !whole.IsInt64() {
				return Null, false
			}
			return Int64(whole.Int64()), true
		}
	}
	return Null, false
}

// Convert makes a cell of another type one of t, where nothing of it is lost. Texts become
// times and bytes, and everything becomes a text; a text becomes no number.
func (t Type) Convert(v Value, from Type) (Value, bool) {
	if c, ok := t.convert(v, from); ok {
		return c, true
	}
	return Null, false
}

func (t Type) convert(v Value, from Type) (Value, bool) {
	switch {
	case v.Null || t == from:
		return v, true
	case t == String:
		return Str(from.plain(v)), from != Bytes || utf8.ValidString(v.Str)
	case t == JSON:
		return from.json(v)
	case t == Bytes && from == String:
		return v, true
	case t.Numeric() && from.Numeric():
		return t.number(v, from)
	case t.timed() && (from == String || from.timed()):
		return t.Parse(from.Text(v))
	}
	return Null, false
}

func (t Type) timed() bool {
	perSecond, _ := t.Clock()
	return perSecond > 0 || t == Date
}

// plain is the cell as text, bytes as they are.
func (t Type) plain(v Value) string {
	if t.Textual() {
		return v.Str
	}
	return t.Text(v)
}

func (t Type) json(v Value) (Value, bool) {
	if t == Int || t == Uint || t == Bool || t == Float && !math.IsInf(v.Float, 0) {
		return Str(t.Text(v)), true
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(t.Text(v)) // of a string, which does not fail
	return Str(strings.TrimSuffix(b.String(), "\n")), err == nil && t != Float
}

// number takes over a number that both types hold exactly.
func (t Type) number(v Value, from Type) (Value, bool) {
	const exact = 1 << 53 // every whole number up to it is a float
	switch {
	case t == Float && from == Uint:
		f := float64(uint64(v.Int))
		return Float64(f), f < 1<<64 && uint64(f) == uint64(v.Int)
	case t == Float:
		f := float64(v.Int)
		return Float64(f), f < 1<<63 && int64(f) == v.Int
	case from != Float: // Int and Uint
		return v, v.Int >= 0
	case v.Float != math.Trunc(v.Float) || math.Abs(v.Float) > exact || t == Uint && v.Float < 0:
		return Null, false
	}
	return Int64(int64(v.Float)), true
}
