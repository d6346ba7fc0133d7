package jsonl

import (
	"errors"
	"io"

	"github.com/corpusmill/corpusmill/format"
)

// marksMax bounds the members that are known ahead of the record at hand. Where more
// are, only the last and those whose checksum is wrong are known.
const marksMax = 1 << 12

// mark is a place in the stream ahead: a member begins there, or one whose checksum
// is wrong ends.
type mark struct {
	at     int64
	stored int64          // where in the file the member begins
	damage *format.Damage // of one that ends
	good   int64          // records read before the first that is behind it, -1 if none was yet
}

// input holds an error of the stream until it was told: a look ahead may meet it
// first. A wrong checksum cuts nothing: it is marked, and reading goes on.
type input struct {
	r       io.Reader
	err     error
	members format.MemberCounter // of r, nil if it has none
	begun   int64
	read    int64
	marks   []mark
}

func newInput(r io.Reader) *input {
	in := &input{r: r}
	in.members, _ = r.(format.MemberCounter)
	return in
}

func (in *input) Read(p []byte) (int, error) {
	for in.err == nil {
		n, err := in.r.Read(p)
		if n > 0 && in.members != nil && in.members.Members() != in.begun {
			in.begun = in.members.Members()
			if k := len(in.marks) - 1; k >= marksMax && in.marks[k].damage == nil {
				in.marks = in.marks[:k] // of a sound member
			}
			in.marks = append(in.marks, mark{at: in.read, stored: in.members.Member(), good: -1})
		}
		in.read += int64(n)
		var d *format.Damage
		if n == 0 && errors.As(err, &d) && d.Checksum() && len(in.marks) < 2*marksMax {
			in.marks = append(in.marks, mark{at: in.read, damage: d, good: -1})
			continue
		}
		if in.err = err; n > 0 || err == nil {
			return n, nil
		}
	}
	return 0, in.err
}

// pass goes on behind the error.
func (in *input) pass() { in.err = nil }

// MemberError is a member of compressed data whose records were read and whose
// checksum, known at its end only, is wrong. Reading goes on behind it.
type MemberError struct {
	*format.Damage
	Records int64 // that hold something of the member
}

// Unwrap returns the damage.
func (e *MemberError) Unwrap() error { return e.Damage }

// at is the end of the record before.
func (r *Reader) at() int64 {
	if r.rest != nil {
		return r.restAt
	}
	return r.next
}

// count counts a record that was read, of which offset is the beginning. One that reaches
// into a member is a record of it, and of the one before.
func (r *Reader) count(offset int64) {
	end := r.at()
	for i := range r.in.marks {
		m := &r.in.marks[i]
		if m.at >= end {
			break
		}
		if m.good < 0 && (m.damage == nil || m.at <= offset) {
			m.good = r.good
		}
	}
	r.good++
}

// flawed passes the marks that lie behind; the error is of a member that ended.
func (r *Reader) flawed() error {
	in := r.in
	for len(in.marks) > 0 && in.marks[0].at <= r.at() {
		m := in.marks[0]
		in.marks = append(in.marks[:0], in.marks[1:]...)
		if m.good < 0 {
			m.good = r.good
		}
		if m.damage != nil {
			return &MemberError{m.damage, m.good - r.before}
		}
		r.before = m.good
	}
	return nil
}
