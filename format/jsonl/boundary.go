package jsonl

import (
	"bufio"
	"errors"
	"io"

	"github.com/corpusmill/corpusmill/corpus"
)

// NewReaderFrom reads on from a place inside a file that [Reader.Boundary] named: r has
// what follows it, decompressed from there on. With the zero place it is NewReader.
func NewReaderFrom(r io.Reader, maxBytes int64, begin corpus.Place) *Reader {
	in := newInput(r)
	l := &Reader{in: in, r: bufio.NewReaderSize(in, 1<<20), max: maxBytes, names: map[string]string{},
		record: begin.Record, resumed: begin.Offset > 0, tail: int(begin.Skip)}
	if l.resumed {
		l.next = begin.Offset
		if in.members != nil {
			l.next = begin.Decoded
		}
		in.read = l.next - begin.Skip
	}
	return l
}

// resume passes over the end of the record before, which was read.
func (r *Reader) resume() error {
	if r.tail > 0 {
		n, err := r.r.Discard(r.tail)
		if r.tail -= n; errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		} else if err != nil {
			return err
		}
		r.count(0)
	}
	r.begun = true
	return nil
}

// Boundary returns the place reached, to be asked before a Next, where that is at the
// stored offset from or behind and reading can begin anew there: a Reader with that place
// ([NewReaderFrom]), of what follows there in the file, gives all that this one would have
// given. ok is false elsewhere: before the first record that was read, within a line of
// several objects, in a file that is no JSON lines, and where damage was not told yet. In a
// compressed file, a format.MemberCounter, it is where a member begins or where the one
// record that reaches into a member ends; in one of a single member it is nowhere.
func (r *Reader) Boundary(from int64) (at corpus.Place, ok bool) {
	if !r.begun || r.spread || r.rest != nil || !r.resumed && r.good == 0 {
		return corpus.Place{}, false
	}
	at = corpus.Place{Offset: r.next, Record: r.record}
	if r.in.members == nil {
		return at, at.Offset >= from
	}
	if _, err := r.r.Peek(1); err != nil { // a member that begins here is marked now
		return corpus.Place{}, false
	}
	var member *mark
	for i := range r.in.marks {
		m := &r.in.marks[i]
		if m.at > r.next {
			break
		}
		if m.damage != nil {
			return corpus.Place{}, false
		}
		member = m
	}
	if member == nil || member.stored < max(from, 1) || member.at < r.next && (member.good < 0 || r.good-member.good != 1) {
		return corpus.Place{}, false // a Reader that begins there takes the member to have one record
	}
	return corpus.Place{Offset: member.stored, Record: r.record, Decoded: r.next, Skip: r.next - member.at}, true
}
