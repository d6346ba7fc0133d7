package jsonl

import (
	"cmp"
	"errors"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
)

// Column is a field that is read by itself, with a type.
type Column struct {
	// Path is the name of the field, or the names that lead to one in objects, with dots
	// in between. A field whose own name has the dots comes first.
	Path string
	Type corpus.Type
}

// Columns sets the fields that become cells of a record, in the order of Line.Cells.
// Two may have one path, or one lie within another: both have the value, and the outer one
// lacks what the inner one took.
func (r *Reader) Columns(columns []Column) {
	r.columns, r.inward = columns, make([]int, len(columns))
	for i := range r.inward {
		r.inward[i] = i
	}
	slices.SortStableFunc(r.inward, func(a, b int) int { // what lies within another has the longer path
		x, y := columns[a].Path, columns[b].Path
		return cmp.Or(len(y)-len(x), strings.Compare(x, y))
	})
}

// lift takes the columns out of the fields that are none of the three.
func (r *Reader) lift(l *Line) {
	if len(r.columns) == 0 {
		return
	}
	l.Cells = make([]corpus.Value, len(r.columns))
	for same := r.inward; len(same) > 0; {
		path, n := r.columns[same[0]].Path, 1
		for n < len(same) && r.columns[same[n]].Path == path {
			n++
		}
		at, raw, found := r.dig(path)
		fits := false
		for _, i := range same[:n] {
			l.Cells[i] = corpus.Null
			if !found {
				continue
			}
			v, ok := r.cell(raw, r.columns[i].Type)
			if !ok {
				l.Odd = append(l.Odd, i)
				continue
			}
			l.Cells[i], fits = v, true
		}
		if fits {
			r.take(at, path)
		}
		same = same[n:]
	}
}

// nested reads an ID or URL that stands in an object, where the record has none by that
// name.
func (r *Reader) nested(dst *string, path string) {
	if *dst != "" || !strings.Contains(path, ".") {
		return
	}
	if at, raw, ok := r.dig(path); ok {
		*dst = r.scalar(raw)
		r.take(at, path)
	}
}

// cell is a value as one of a type, and whether it is one.
func (r *Reader) cell(raw []byte, t corpus.Type) (corpus.Value, bool) {
	v, from := r.typed(raw)
	if t == corpus.Bytes && from == corpus.String { // in base64
		return t.Parse(v.Str)
	}
	if t == corpus.JSON && !v.Null {
		return corpus.Str(string(format.CompactLines(raw))), true
	}
	return t.Convert(v, from)
}

// typed is a value with the type that it has by itself.
func (r *Reader) typed(raw []byte) (corpus.Value, corpus.Type) {
	switch raw[0] {
	case '"':
		return corpus.Str(r.scalar(raw)), corpus.String
	case '{', '[':
		return corpus.Str(string(format.CompactLines(raw))), corpus.JSON
	case 'n':
		return corpus.Null, corpus.String
	case 't', 'f':
		v, _ := corpus.Bool.Parse(string(raw))
		return v, corpus.Bool
	}
	if string(raw) == "-0" { // which has a sign only as a float
		return corpus.Float64(math.Copysign(0, -1)), corpus.Float
	}
	for _, t := range []corpus.Type{corpus.Int, corpus.Uint, corpus.Float} {
		if v, ok := t.Parse(string(raw)); ok {
			return v, t
		}
	}
	return corpus.Str(string(raw)), corpus.JSON // a number beyond all of them
}

// dig finds a field by its path among those that are none of the three; at is the place of
// the outermost.
func (r *Reader) dig(path string) (at int, raw []byte, ok bool) {
	for i, f := range slices.Backward(r.extra) { // of equal names the last counts
		if f.key == path {
			return i, f.value, true
		}
	}
	for i, f := range slices.Backward(r.extra) {
		if rest, below := strings.CutPrefix(path, f.key+"."); below {
			if raw, ok := r.inside(f.value, rest); ok {
				return i, raw, true
			}
		}
	}
	return 0, nil, false
}

// inside finds a field in an object by its path.
func (r *Reader) inside(object []byte, path string) (found []byte, ok bool) {
	r.members(object, func(key string, value []byte) {
		rest, below := strings.CutPrefix(path, key+".")
		switch {
		case key == path:
			found, ok = value, true
		case below && len(value) > 0 && value[0] == '{':
			if v, there := r.inside(value, rest); there {
				found, ok = v, true
			}
		}
	})
	return found, ok
}

// members calls do with each member of an object, which is sound JSON; of anything else it
// is not called.
func (r *Reader) members(object []byte, do func(key string, value []byte)) {
	if len(object) == 0 || object[0] != '{' {
		return
	}
	s := &scanner{b: object, i: 1}
	for s.next() != '}' {
		name, plain, err := s.str()
		if err != nil {
			return
		}
		key := string(name)
		if !plain {
			key = string(unescape(nil, name))
		}
		if s.token(':', "") != nil {
			return
		}
		s.next()
		start := s.i
		if s.value() != nil {
			return
		}
		do(key, object[start:s.i])
		if s.next() == ',' {
			s.i++
			s.next()
		}
	}
}

// take removes a value that was read from the field that holds it, so that it is carried
// only once.
func (r *Reader) take(at int, path string) {
	f := &r.extra[at]
	rest, below := strings.CutPrefix(path, f.key+".")
	if below && f.key != path {
		f.value = r.without(nil, f.value, rest)
	}
	if !below || string(f.value) == "{}" {
		r.extra = slices.Delete(r.extra, at, at+1)
	}
}

// without appends an object but for the field of that path.
func (r *Reader) without(dst, object []byte, path string) []byte {
	dst = append(dst, '{')
	begin := len(dst)
	r.members(object, func(key string, value []byte) {
		rest, below := strings.CutPrefix(path, key+".")
		if key == path {
			return
		}
		before := dst
		if len(dst) > begin {
			dst = append(dst, ',')
		}
		dst = append(format.AppendString(dst, key), ':')
		if !below || value[0] != '{' {
			dst = append(dst, value...)
			return
		}
		at := len(dst)
		if dst = r.without(dst, value, rest); string(dst[at:]) == "{}" {
			dst = before
		}
	})
	return append(dst, '}')
}

// kindsBytes is how much of a file Kinds looks at.
const kindsBytes = 4 << 20

// Kinds tells the fields of the first records of a file, at most so many and 4 MiB of them,
// that are none of the three, with the types that hold their values, in the order in which
// they come: whole numbers, other
// numbers, truth values, texts, and JSON for what is of several kinds. Records that cannot
// be read are passed over.
func (r *Reader) Kinds(records int, idField, textField, urlField string) ([]Column, error) {
	var columns []Column
	r.looking = true
	for range records {
		if r.next > kindsBytes {
			break
		}
		_, err := r.Next(idField, textField, urlField)
		var bad *LineError
		var member *MemberError
		switch {
		case errors.As(err, &bad), errors.As(err, &member):
			continue
		case errors.Is(err, io.EOF):
			return columns, nil
		case err != nil:
			return columns, err
		}
		for _, f := range r.extra {
			columns = r.learnKind(columns, f)
		}
	}
	return columns, nil
}

// Lacks reports whether the first records of a file all lack the field of the text, at most
// so many and 4 MiB of them, and names the fields that they have, in the order in which they
// come. Records that cannot be read say nothing, and nothing is said of a file without any.
func (r *Reader) Lacks(records int, idField, textField, urlField string) (lacks bool, fields []string, err error) {
	r.looking = true
	for range records {
		if r.next > kindsBytes {
			break
		}
		_, err := r.Next(idField, textField, urlField)
		var bad *LineError
		switch {
		case errors.Is(err, io.EOF):
			return lacks, fields, nil
		case !errors.As(err, &bad):
			return false, nil, err
		case !errors.Is(bad.Err, noField(textField)):
			continue
		}
		lacks = true
		for _, f := range r.extra {
			if !slices.Contains(fields, f.key) && len(fields) < lackingMax {
				fields = append(fields, f.key)
			}
		}
	}
	return lacks, fields, nil
}

// lackingMax is the number of fields that Lacks names.
const lackingMax = 100

func (r *Reader) learnKind(columns []Column, f field) []Column {
	v, t := r.typed(f.value)
	if v.Null {
		return columns
	}
	i := slices.IndexFunc(columns, func(c Column) bool { return c.Path == f.key })
	if i < 0 {
		return append(columns, Column{f.key, t})
	}
	switch was := columns[i].Type; {
	case was == t:
	case was.Numeric() && t.Numeric() && (was == corpus.Float || t == corpus.Float):
		columns[i].Type = corpus.Float
	case was.Numeric() && t.Numeric():
		columns[i].Type = corpus.Uint
	default:
		columns[i].Type = corpus.JSON
	}
	return columns
}
