package warc

import (
	"bytes"
	"io"
)

// seekBytes is how much is looked at in one step of a search.
const seekBytes = 64 << 10

// blockEnd finds where the block behind a header of that size ends, counted from the
// record's start, and how many line breaks follow it. The record's length says it, -1
// if it is none; where it does not lead to the end of a record, as of writers that
// count characters, the block ends where the next record starts. On an error cur is
// moved so that reading can go on.
func (r *Reader) blockEnd(size int, length int64) (end, breaks int, err error) {
	w, look := r.cur, r.syntax.lookahead()
	if length > r.maxRecord {
		return r.passLarge(size, length)
	}
	need := size + int(max(length, 0))
	if r.distrust && w.end-w.at < need {
		if k := r.inner(w.buf[w.at:w.end], size); k >= 0 {
			return r.cutBlock(size, k)
		}
	}
	b := w.fill(need + look)
	for len(b) < need && r.extend() {
		b = w.fill(need + look)
	}
	if length >= 0 && len(b) >= need && r.endsWell(b, need) {
		return need, min(4, lineBreaks(b[need:])), nil
	}
	if r.rec.Type == "" { // it may be no record at all
		return r.noEnd(size, need)
	}
	for from := size; ; b = w.fill(2 * len(b)) {
		if k := r.inner(b, from); k >= 0 {
			r.distrust = r.distrust || k < need
			return r.cutBlock(size, k)
		}
		switch {
		case w.err != nil:
			return r.unitEnd(size)
		case int64(len(b)-size) > r.maxRecord:
			return r.noEnd(size, need)
		}
		from = max(from, len(b)-look)
	}
}

// inner is the syntax's own, which remembers how far there is none: blocks without an
// end never have the same bytes searched twice.
func (r *Reader) inner(b []byte, from int) int {
	if done := r.unit.clear - r.cur.pos; done > int64(from) {
		from = int(min(done, int64(len(b))))
	}
	k := r.syntax.inner(b, from)
	if k < 0 {
		r.unit.clear = max(r.unit.clear, r.cur.pos+int64(len(b)-r.syntax.lookahead()))
	}
	return k
}

// endsWell tells whether what follows a block that ends at need fits the end of a
// record: line breaks, two of them in good files, then a record or nothing; or the two
// line breaks exactly, whatever follows.
func (r *Reader) endsWell(b []byte, need int) bool {
	rest, sep := b[need:], r.syntax.separator(r.blank)
	n := lineBreaks(rest)
	switch {
	case n > 9:
		return true // there may be more to come; padding is harmless
	case sep != nil && bytes.HasPrefix(rest, sep):
		return true
	case sep == nil && n == 0 && len(rest) > 0 && b[need-1] != '\n' && !hasScheme(rest):
		return false // a piece of a line can look like one
	}
	return r.syntax.starts(rest[n:]) || r.syntax.cut(rest[n:])
}

// cutBlock ends a block before end, where the next record or nothing starts.
func (r *Reader) cutBlock(size, end int) (_, breaks int, err error) {
	w := r.cur
	if int64(end-size) > r.maxRecord+4 {
		w.skip(end)
		return 0, 0, ErrTooLarge
	}
	lines := 2
	if r.syntax.separator(r.blank) == nil {
		lines = 1
	}
	for range lines {
		switch b := w.buf[w.at+size : w.at+end-breaks]; {
		case bytes.HasSuffix(b, []byte("\r\n")):
			breaks += 2
		case bytes.HasSuffix(b, []byte("\n")):
			breaks++
		}
	}
	return end - breaks, breaks, nil
}

// unitEnd ends a block with the unit that holds it. A plain file that does not end as
// records do breaks off.
func (r *Reader) unitEnd(size int) (end, breaks int, err error) {
	w := r.cur
	b := w.buf[w.at:w.end]
	whole := w.err == io.EOF
	if r.form == formPlain {
		sep := r.syntax.separator(r.blank)
		whole = whole && sep != nil && bytes.HasSuffix(b, sep)
	}
	if !whole {
		return 0, 0, r.broken()
	}
	return r.cutBlock(size, len(b))
}

// noEnd gives up a block whose end is not known, for a search behind the header.
func (r *Reader) noEnd(size, need int) (end, breaks int, err error) {
	if w := r.cur; w.end-w.at < need && (w.err != io.EOF || r.form == formPlain) {
		return 0, 0, r.broken()
	}
	r.cur.skip(size)
	r.seek = true
	return 0, 0, ErrContentLength
}

// passLarge passes over a record that is larger than the limit without holding it,
// unless its length is wrong: then a record starts inside, or nothing follows.
func (r *Reader) passLarge(size int, length int64) (end, breaks int, err error) {
	w, look := r.cur, r.syntax.lookahead()
	b := w.fill(size + seekBytes)
	if k := r.inner(b, size); k >= 0 {
		return r.cutBlock(size, k)
	}
	if w.err != nil && int64(len(b)-size) < length {
		return r.unitEnd(size)
	}
	w.skip(size)
	r.seek = true
	for left := length; left > 0; {
		b := w.fill(seekBytes)
		n := len(b)
		if w.err == nil {
			n -= look
		}
		k := r.syntax.inner(b, 1)
		switch {
		case len(b) == 0:
			if w.err == io.EOF && r.form != formPlain {
				return 0, 0, ErrContentLength
			}
			return 0, 0, r.broken()
		case k >= 0 && int64(k) < left:
			w.skip(k)
			return 0, 0, ErrContentLength
		}
		n = int(min(int64(n), left))
		w.skip(n)
		left -= int64(n)
	}
	return 0, 0, ErrTooLarge
}
