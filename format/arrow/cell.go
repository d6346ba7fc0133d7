package arrow

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
)

// at finds the value of a column: its array, which is none of dictionaries, runs and
// extensions, and its place there. null says that it is missing.
func (row Row) at(column int) (a arrow.Array, i int, null bool) {
	c := row.r.fields[column]
	i = int(row.r.row - 1)
	for k, a := range c.arrays {
		if k == len(c.arrays)-1 {
			return value(a, i)
		}
		if a.IsNull(i) {
			return nil, 0, true
		}
	}
	return nil, 0, true
}

// value looks through dictionaries, runs and extensions.
func value(a arrow.Array, i int) (_ arrow.Array, at int, null bool) {
	for range 64 {
		if a.IsNull(i) {
			return nil, 0, true
		}
		switch x := a.(type) {
		case *array.Null:
			return nil, 0, true
		case *array.Dictionary:
			a, i = x.Dictionary(), x.GetValueIndex(i)
			if i < 0 || i >= a.Len() {
				panic(fmt.Sprintf("no value %d in a dictionary of %d", i, a.Len()))
			}
		case *array.RunEndEncoded:
			a, i = x.Values(), x.GetPhysicalIndex(i)
		case array.ExtensionArray:
			a = x.Storage()
		default:
			return a, i, false
		}
	}
	panic("dictionaries of dictionaries")
}

// missed notes that a value could not be read.
func (row Row) missed(column int, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", ErrDamaged, p)
		row.r.fields[column].unread++
		row.r.fields[column].cause = *err
	}
}

// IsNull says whether the value of a column is missing. One that is damaged is not.
func (row Row) IsNull(column int) (null bool) {
	defer func() { _ = recover() }()
	_, _, null = row.at(column)
	return null
}

// Text is the text of a column that holds one value a row: strings as they are, other
// values as they stand in JSON, without quotes. null reports a missing value and NaN. The
// error is ErrDamaged.
func (row Row) Text(column int) (s string, null bool, err error) {
	defer row.missed(column, &err)
	a, i, null := row.at(column)
	if null {
		return "", true, nil
	}
	n := row.r.fields[column].node
	if s, ok := textOf(a, i); ok && n.note != "uuid" {
		return s, false, nil
	}
	b := appendValue(nil, n, a, i)
	if len(b) > 1 && b[0] == '"' {
		return string(b[1 : len(b)-1]), false, nil
	}
	if s = string(b); s == "null" {
		return "", true, nil
	}
	return s, false, nil
}

// ID is the text of a column of identifiers: as Text, but bytes that are no text in base64.
func (row Row) ID(column int) (s string, null bool, err error) {
	s, null, err = row.Text(column)
	c := row.r.fields[column]
	if !utf8.ValidString(s) || c.cells == corpus.Bytes && strings.IndexByte(s, 0) >= 0 {
		s = base64.StdEncoding.EncodeToString([]byte(s))
	}
	return s, null, err
}

// AppendJSON appends the value of a column as JSON, null where there is none. Bytes that are
// no text are written in base64, times as RFC 3339 in UTC, decimals as strings of digits, NaN
// and the infinities as null. The error is ErrDamaged.
func (row Row) AppendJSON(dst []byte, column int) (_ []byte, err error) {
	defer row.missed(column, &err)
	a, i, null := row.at(column)
	if null {
		return append(dst, "null"...), nil
	}
	return appendValue(dst, row.r.fields[column].node, a, i), nil
}

// Cell is the value of a column as one of the type, and whether it is one. Null is one of
// any type. The error is ErrDamaged.
func (row Row) Cell(column int, t corpus.Type) (v corpus.Value, ok bool, err error) {
	defer row.missed(column, &err)
	v = corpus.Null
	a, i, null := row.at(column)
	c := row.r.fields[column]
	if null {
		return corpus.Null, true, nil
	}
	x, ok := cell(c, a, i)
	if !ok || c.cells.Textual() && c.cells != corpus.Bytes && !utf8.ValidString(x.Str) {
		return corpus.Null, false, nil
	}
	v, ok = t.Convert(x, c.cells)
	return v, ok, nil
}

// cell is a value that is there, as one of the column's own type.
func cell(c *column, a arrow.Array, i int) (corpus.Value, bool) {
	switch a := a.(type) {
	case *array.Boolean:
		if a.Value(i) {
			return corpus.Int64(1), true
		}
		return corpus.Int64(0), true
	case *array.Uint64:
		return corpus.Int64(int64(a.Value(i))), true
	case *array.Float16:
		return corpus.Float64(float64(a.Value(i).Float32())), true
	case *array.Float32:
		return corpus.Float64(float64(a.Value(i))), true
	case *array.Float64:
		return corpus.Float64(a.Value(i)), true
	case *array.Date32:
		return corpus.Int64(int64(a.Value(i))), true
	case *array.Date64:
		const day = 86_400_000
		return corpus.Int64(int64(a.Value(i)) / day), a.Value(i)%day == 0
	case *array.Timestamp:
		n := int64(a.Value(i))
		if a.DataType().(*arrow.TimestampType).Unit == arrow.Second {
			return corpus.Int64(n * 1_000), n <= math.MaxInt64/1_000 && n >= math.MinInt64/1_000
		}
		return corpus.Int64(n), true
	}
	if n, ok := wholeOf(a, i); ok {
		return corpus.Int64(n), true
	}
	if s, ok := textOf(a, i); ok && c.node.note != "uuid" {
		if c.cells != corpus.JSON {
			return corpus.Str(s), true
		}
		s, ok = format.JSONLine(s)
		return corpus.Str(s), ok
	}
	b := appendValue(nil, c.node, a, i)
	if c.cells != corpus.JSON {
		if len(b) < 2 || b[0] != '"' {
			return corpus.Null, string(b) == "null"
		}
		b = b[1 : len(b)-1]
	}
	return corpus.Str(string(b)), true
}

// wholeOf is a whole number, and whether the array holds such.
func wholeOf(a arrow.Array, i int) (int64, bool) {
	switch a := a.(type) {
	case *array.Int8:
		return int64(a.Value(i)), true
	case *array.Int16:
		return int64(a.Value(i)), true
	case *array.Int32:
		return int64(a.Value(i)), true
	case *array.Int64:
		return a.Value(i), true
	case *array.Uint8:
		return int64(a.Value(i)), true
	case *array.Uint16:
		return int64(a.Value(i)), true
	case *array.Uint32:
		return int64(a.Value(i)), true
	case *array.Duration:
		return int64(a.Value(i)), true
	}
	return 0, false
}

// textOf is a text, or bytes, of its own: what the array has goes with the batch.
func textOf(a arrow.Array, i int) (string, bool) {
	switch a := a.(type) {
	case *array.String:
		return strings.Clone(a.Value(i)), true
	case *array.LargeString:
		return strings.Clone(a.Value(i)), true
	case *array.StringView:
		return strings.Clone(a.Value(i)), true
	}
	b, ok := bytesOf(a, i)
	return string(b), ok
}

// bytesOf are the bytes of a text or of bytes, and whether the array holds such. They are
// those of the batch.
func bytesOf(a arrow.Array, i int) ([]byte, bool) {
	switch a := a.(type) {
	case *array.String:
		return []byte(a.Value(i)), true
	case *array.LargeString:
		return []byte(a.Value(i)), true
	case *array.StringView:
		return []byte(a.Value(i)), true
	case *array.Binary:
		return a.Value(i), true
	case *array.LargeBinary:
		return a.Value(i), true
	case *array.BinaryView:
		return a.Value(i), true
	case *array.FixedSizeBinary:
		return a.Value(i), true
	}
	return nil, false
}

// appendAny appends an element, which may be null or one of a dictionary.
func appendAny(dst []byte, n *node, a arrow.Array, i int) []byte {
	a, i, null := value(a, i)
	if null {
		return append(dst, "null"...)
	}
	return appendValue(dst, n, a, i)
}

// appendValue appends a value that is there as JSON.
func appendValue(dst []byte, n *node, a arrow.Array, i int) []byte {
	if k, ok := wholeOf(a, i); ok {
		return strconv.AppendInt(dst, k, 10)
	}
	if b, ok := bytesOf(a, i); ok {
		return appendBytes(dst, n, a, b)
	}
	switch a := a.(type) {
	case *array.Boolean:
		return strconv.AppendBool(dst, a.Value(i))
	case *array.Uint64:
		return strconv.AppendUint(dst, a.Value(i), 10)
	case *array.Float16:
		return format.AppendFloat(dst, float64(a.Value(i).Float32()), 32)
	case *array.Float32:
		return format.AppendFloat(dst, float64(a.Value(i)), 32)
	case *array.Float64:
		return format.AppendFloat(dst, a.Value(i), 64)
	case *array.Decimal128:
		return appendDecimal(dst, a.Value(i).BigInt(), a.DataType().(*arrow.Decimal128Type).Scale)
	case *array.Decimal256:
		return appendDecimal(dst, a.Value(i).BigInt(), a.DataType().(*arrow.Decimal256Type).Scale)
	case *array.Struct:
		return appendStruct(dst, n, a, i)
	case *array.Map: // before lists, one of which it is
		return appendMap(dst, n, a, i)
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		var element *node
		if n != nil {
			element = n.element
		}
		return appendList(dst, element, a.ListValues(), from, to)
	case array.Union:
		at := i
		if d, ok := a.(*array.DenseUnion); ok {
			at = int(d.ValueOffset(i))
		}
		return appendAny(dst, nil, a.Field(a.ChildID(i)), at)
	}
	return appendMoment(dst, a, i)
}

// appendMoment appends a value of time.
func appendMoment(dst []byte, a arrow.Array, i int) []byte {
	switch a := a.(type) {
	case *array.Date32:
		return format.AppendDate(dst, int64(a.Value(i)))
	case *array.Date64:
		return format.AppendTime(dst, time.UnixMilli(int64(a.Value(i))))
	case *array.Timestamp:
		step := int64(a.DataType().(*arrow.TimestampType).Unit.Multiplier())
		perSecond, n := int64(time.Second)/step, int64(a.Value(i))
		return format.AppendTime(dst, time.Unix(n/perSecond, n%perSecond*step))
	case *array.Time32:
		return format.AppendClock(dst, int64(a.Value(i)), int64(a.DataType().(*arrow.Time32Type).Unit.Multiplier()))
	case *array.Time64:
		return format.AppendClock(dst, int64(a.Value(i)), int64(a.DataType().(*arrow.Time64Type).Unit.Multiplier()))
	case *array.MonthInterval:
		return appendInterval(dst, int64(a.Value(i)), 0, 0)
	case *array.DayTimeInterval:
		v := a.Value(i)
		return appendInterval(dst, 0, int64(v.Days), int64(v.Milliseconds)*1e6)
	case *array.MonthDayNanoInterval:
		v := a.Value(i)
		return appendInterval(dst, int64(v.Months), int64(v.Days), v.Nanoseconds)
	}
	return format.AppendString(dst, a.ValueStr(i))
}

// appendInterval appends an interval as ISO 8601 has them: P1M2DT3.004S.
func appendInterval(dst []byte, months, days, nanos int64) []byte {
	dst = append(dst, `"P`...)
	if months != 0 {
		dst = append(strconv.AppendInt(dst, months, 10), 'M')
	}
	if days != 0 {
		dst = append(strconv.AppendInt(dst, days, 10), 'D')
	}
	if nanos != 0 || months == 0 && days == 0 {
		seconds := strings.Trim(string(format.AppendDecimal(nil, big.NewInt(nanos), 9)), `"`)
		dst = append(append(append(dst, 'T'), strings.TrimSuffix(strings.TrimRight(seconds, "0"), ".")...), 'S')
	}
	return append(dst, '"')
}

// appendDecimal appends a decimal; with a scale below 0 it has zeros before its point.
func appendDecimal(dst []byte, n *big.Int, scale int32) []byte {
	if scale < 0 && scale > -1_000 {
		n, scale = new(big.Int).Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-scale)), nil)), 0
	}
	return format.AppendDecimal(dst, n, int(scale))
}

// appendBytes appends a text, or bytes: as a text where they look like one.
func appendBytes(dst []byte, n *node, a arrow.Array, b []byte) []byte {
	var note string
	if n != nil {
		note = n.note
	}
	switch id := a.DataType().ID(); {
	case note == "uuid" && len(b) == 16:
		h := hex.EncodeToString(b)
		return fmt.Appendf(dst, `"%s-%s-%s-%s-%s"`, h[:8], h[8:12], h[12:16], h[16:20], h[20:])
	case note == "json" && json.Valid(b) && utf8.Valid(b):
		buf := bytes.NewBuffer(dst)
		if json.Compact(buf, b) == nil {
			return buf.Bytes()
		}
	case !utf8.Valid(b), id != arrow.STRING && id != arrow.LARGE_STRING && id != arrow.STRING_VIEW && bytes.IndexByte(b, 0) >= 0:
		return format.AppendBase64(dst, b)
	}
	return format.AppendString(dst, string(b))
}

func appendStruct(dst []byte, n *node, a *array.Struct, i int) []byte {
	fields := a.DataType().(*arrow.StructType).Fields()
	dst = append(dst, '{')
	begin := len(dst)
	for k, f := range fields {
		var child *node // none in a union, or behind a dictionary
		if n != nil && k < len(n.children) {
			child = n.children[k]
		}
		if child != nil && child.allTaken() {
			continue
		}
		if len(dst) > begin {
			dst = append(dst, ',')
		}
		dst = append(format.AppendString(dst, f.Name), ':')
		dst = appendAny(dst, child, a.Field(k), i)
	}
	return append(dst, '}')
}

func appendList(dst []byte, n *node, values arrow.Array, from, to int64) []byte {
	if from < 0 || to < from || to > int64(values.Len()) {
		panic(fmt.Sprintf("elements %d to %d of %d", from, to, values.Len()))
	}
	dst = append(dst, '[')
	for i := from; i < to; i++ {
		if i > from {
			dst = append(dst, ',')
		}
		dst = appendAny(dst, n, values, int(i))
	}
	return append(dst, ']')
}

func appendMap(dst []byte, n *node, a *array.Map, i int) []byte {
	var key, item *node
	if n != nil && n.element != nil && len(n.element.children) == 2 {
		key, item = n.element.children[0], n.element.children[1]
	}
	from, to := a.ValueOffsets(i)
	keys, items := a.Keys(), a.Items()
	if from < 0 || to < from || to > int64(keys.Len()) || to > int64(items.Len()) {
		panic(fmt.Sprintf("entries %d to %d of %d", from, to, keys.Len()))
	}
	dst = append(dst, '{')
	for k := from; k < to; k++ {
		if k > from {
			dst = append(dst, ',')
		}
		start := len(dst)
		dst = appendAny(dst, key, keys, int(k))
		if dst[start] != '"' { // a key is a string in JSON, whatever it is here
			dst = format.AppendString(dst[:start], string(dst[start:]))
		}
		dst = appendAny(append(dst, ':'), item, items, int(k))
	}
	return append(dst, '}')
}
