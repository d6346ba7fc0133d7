package warc

import (
	"bytes"

	"github.com/corpusmill/corpusmill/corpus"
)

// boundaryBytes is how much of a plain file is looked at to know that a record begins
// there: what may stand between two records, with the start of the second.
const boundaryBytes = 64

// Boundary returns the place reached, to be asked before a Next, where that is at the
// stored offset from or behind and reading can begin anew there: a Reader with that place
// as its [Options.Begin], of what follows there in the file, gives all that this one would
// have given. ok is false elsewhere: before the first record, inside a gzip member of
// several, where anything before was damaged in a way that the search behind it remembers,
// and in ARC and zstd files. At the end of the file the place is that.
func (r *Reader) Boundary(from int64) (at corpus.Place, ok bool) {
	if r.final != nil || !r.fresh() {
		return corpus.Place{}, false
	}
	at = corpus.Place{Offset: r.in.pos, Record: r.number}
	switch {
	case r.form == formPlain:
		b := r.in.fill(boundaryBytes)
		b = b[:min(len(b), boundaryBytes)] // no more, however much was read ahead
		n := r.padding(b)
		at.Offset += int64(n)
		ok = at.Offset >= from && (n == len(b) && n < boundaryBytes || r.syntax.starts(b[n:]))
	case r.form == formGzip && at.Offset >= from:
		at.Decoded = r.dec.pos
		if r.cur != nil {
			rest := r.cur.buf[r.cur.at:r.cur.end]
			if !r.unit.whole || r.unit.damaged || r.padding(rest) < len(rest) {
				return corpus.Place{}, false
			}
			at.Decoded += int64(len(rest))
		}
		b := r.in.fill(lowWater)
		ok = len(b) == 0
		if bytes.HasPrefix(b, gzipMagic) {
			ok, _ = r.startsRecord(b)
		}
	}
	return at, ok && !r.inputFailed()
}

// fresh reports whether a Reader that has read one record of a WARC file knows all that
// this one does, but for its place. Between two Nexts no damage waits and nothing is
// searched for; where trailers lack, strays were looked at.
func (r *Reader) fresh() bool {
	searched := r.tries+r.strays+r.wasted > 0
	return r.found && r.syntax == iso{} && !searched && !r.distrust && !(r.packed && r.form == formGzip)
}
