package parquet

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	meta "github.com/parquet-go/parquet-go/format"

	"github.com/corpusmill/corpusmill/format"
)

// Text is the text of a column that holds one value a row: strings as they are,
// other values as they stand in JSON, without quotes. null reports a missing value
// and NaN.
func (row Row) Text(column int) (s string, null bool) {
	f := row.r.fields[column]
	values := row.r.cursors[f.first].row
	if !f.leaf || len(values) != 1 || values[0].IsNull() {
		return "", true
	}
	if f.text {
		return string(values[0].ByteArray()), false
	}
	b := f.render(nil, values[0])
	if len(b) > 1 && b[0] == '"' {
		return string(b[1 : len(b)-1]), false
	}
	if s = string(b); s == "null" {
		return "", true
	}
	return s, false
}

// ID is the text of a column of identifiers: as Text, but bytes that are no text in
// base64.
func (row Row) ID(column int) (s string, null bool) {
	s, null = row.Text(column)
	f := row.r.fields[column]
	if f.text && (!utf8.ValidString(s) || f.bytes && strings.IndexByte(s, 0) >= 0) {
		s = base64.StdEncoding.EncodeToString([]byte(s))
	}
	return s, null
}

// AppendJSON appends the value of a column as JSON. Bytes that are no text are written
// in base64, times as RFC 3339 in UTC, years beyond 9999 with a sign and six digits,
// intervals as ISO 8601 has them, decimals as strings of digits, NaN and the
// infinities as null. It fails on damaged files only; a spare column that does
// counts as unread.
func (row Row) AppendJSON(dst []byte, column int) (_ []byte, err error) {
	defer rescue(&err)
	f, a := row.r.fields[column], &row.r.cells
	a.start(f)
	dst = a.write(dst, f, f.base, 0)
	if !a.end(f) {
		if f.spare != nil {
			f.spare.miss(ErrDisagree)
		}
		return dst, ErrDisagree
	}
	return dst, nil
}

// render appends one value as JSON.
type render func(dst []byte, v parquet.Value) []byte

// renderOf picks the rendering of a type.
func renderOf(kind parquet.Kind, logical meta.LogicalTypeValue) render {
	switch l := logical.(type) {
	case *meta.DecimalType:
		return decimal(int(l.Scale))
	case *meta.TimestampType:
		return timestamp(l.Unit)
	case *meta.DateType:
		return date
	case *meta.TimeType:
		return clock(kind, l.Unit)
	case *meta.IntType:
		if !l.IsSigned {
			return unsigned
		}
	case *meta.StringType, *meta.EnumType:
		return text
	case *meta.UUIDType:
		return uuid
	case *meta.JsonType:
		return rawJSON
	case *meta.Float16Type:
		return half
	case *interval:
		return duration
	}
	switch kind {
	case parquet.Boolean:
		return func(dst []byte, v parquet.Value) []byte { return strconv.AppendBool(dst, v.Boolean()) }
	case parquet.Int32:
		return func(dst []byte, v parquet.Value) []byte { return strconv.AppendInt(dst, int64(v.Int32()), 10) }
	case parquet.Int64:
		return func(dst []byte, v parquet.Value) []byte { return strconv.AppendInt(dst, v.Int64(), 10) }
	case parquet.Float:
		return func(dst []byte, v parquet.Value) []byte { return format.AppendFloat(dst, float64(v.Float()), 32) }
	case parquet.Double:
		return func(dst []byte, v parquet.Value) []byte { return format.AppendFloat(dst, v.Double(), 64) }
	case parquet.Int96:
		return impala
	}
	return binaryText
}

func unsigned(dst []byte, v parquet.Value) []byte {
	if v.Kind() == parquet.Int32 {
		return strconv.AppendUint(dst, uint64(v.Uint32()), 10)
	}
	return strconv.AppendUint(dst, v.Uint64(), 10)
}

// text writes a string, in base64 where it is not UTF-8.
func text(dst []byte, v parquet.Value) []byte {
	b := v.ByteArray()
	if utf8.Valid(b) {
		return format.AppendString(dst, string(b))
	}
	return format.AppendBase64(dst, b)
}

// binaryText writes bytes that may be text: old writers do not say. With a NUL they
// are numbers or the like.
func binaryText(dst []byte, v parquet.Value) []byte {
	b := v.ByteArray()
	if bytes.IndexByte(b, 0) < 0 {
		return text(dst, v)
	}
	return format.AppendBase64(dst, b)
}

// rawJSON passes JSON on, without line ends; what is no JSON becomes a string.
func rawJSON(dst []byte, v parquet.Value) []byte {
	b := v.ByteArray()
	if !json.Valid(b) || !utf8.Valid(b) {
		return text(dst, v)
	}
	buf := bytes.NewBuffer(dst)
	if err := json.Compact(buf, b); err != nil {
		return text(dst, v)
	}
	return buf.Bytes()
}

func uuid(dst []byte, v parquet.Value) []byte {
	b := v.ByteArray()
	if len(b) != 16 {
		return binaryText(dst, v)
	}
	dst = append(dst, '"')
	for i, cut := range [...]int{0, 4, 6, 8, 10} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, b[cut:[...]int{4, 6, 8, 10, 16}[i]])
	}
	return append(dst, '"')
}

func timestamp(unit meta.TimeUnit) render {
	of := time.UnixMilli
	switch unit.Value.(type) {
	case *meta.MicroSeconds:
		of = time.UnixMicro
	case *meta.NanoSeconds:
		of = func(ns int64) time.Time { return time.Unix(ns/1e9, ns%1e9) }
	}
	return func(dst []byte, v parquet.Value) []byte { return format.AppendTime(dst, of(v.Int64())) }
}

func date(dst []byte, v parquet.Value) []byte { return format.AppendDate(dst, int64(v.Int32())) }

// clock writes the time of a day.
func clock(kind parquet.Kind, unit meta.TimeUnit) render {
	step := int64(time.Millisecond)
	if unit.Value != nil {
		step = int64(unit.Value.Duration())
	}
	return func(dst []byte, v parquet.Value) []byte {
		n := v.Int64()
		if kind == parquet.Int32 {
			n = int64(v.Int32())
		}
		return format.AppendClock(dst, n, step)
	}
}

// duration writes an interval as ISO 8601 does: P1M2DT3.004S.
func duration(dst []byte, v parquet.Value) []byte {
	b := v.ByteArray()
	if len(b) != 12 {
		return binaryText(dst, v)
	}
	months, days, millis := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
	dst = append(dst, `"P`...)
	if months > 0 {
		dst = append(strconv.AppendUint(dst, uint64(months), 10), 'M')
	}
	if days > 0 {
		dst = append(strconv.AppendUint(dst, uint64(days), 10), 'D')
	}
	if millis > 0 || months == 0 && days == 0 {
		dst = append(strconv.AppendFloat(append(dst, 'T'), float64(millis)/1_000, 'f', -1, 64), 'S')
	}
	return append(dst, '"')
}

// half writes a number of 16 bits.
func half(dst []byte, v parquet.Value) []byte {
	f, ok := halfFloat(v)
	if !ok {
		return binaryText(dst, v)
	}
	return format.AppendFloat(dst, f, 32)
}

// halfFloat is a number of 16 bits by IEEE 754.
func halfFloat(v parquet.Value) (f float64, ok bool) {
	b := v.ByteArray()
	if len(b) != 2 {
		return 0, false
	}
	h := binary.LittleEndian.Uint16(b)
	exponent, fraction := int(h>>10&31), float64(h&1023)
	f = math.Ldexp(1_024+fraction, exponent-25)
	switch {
	case exponent == 0:
		f = math.Ldexp(fraction, -24)
	case exponent == 31 && fraction > 0:
		f = math.NaN()
	case exponent == 31:
		f = math.Inf(1)
	}
	if h>>15 == 1 {
		f = -f
	}
	return f, true
}

// impala writes an old 96-bit timestamp. Years beyond 9999 are of no writer: they are null.
func impala(dst []byte, v parquet.Value) []byte {
	t := impalaTime(v)
	if y := t.Year(); y < 0 || y > 9999 {
		return append(dst, "null"...)
	}
	return format.AppendTime(dst, t)
}

// decimal writes an unscaled integer with its decimal point, as a string.
func decimal(scale int) render {
	return func(dst []byte, v parquet.Value) []byte {
		var n big.Int
		switch v.Kind() {
		case parquet.Int32:
			n.SetInt64(int64(v.Int32()))
		case parquet.Int64:
			n.SetInt64(v.Int64())
		default:
			b := v.ByteArray()
			n.SetBytes(b)
			if len(b) > 0 && b[0]&0x80 != 0 { // two's complement
				n.Sub(&n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
			}
		}
		return format.AppendDecimal(dst, &n, scale)
	}
}
