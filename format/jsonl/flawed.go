package jsonl

import (
	"errors"
	"io"

	"github.com/corpusmill/corpusmill/format"
)

// marksMax bounds the ends of members that are ahead of the record at hand. Where
// more are, small members count as one.
const marksMax = 1 << 12

// mark is a place in the stream ahead: a member begins there, or one whose checksum
// is wrong ends.
type mark struct {
	at     int64
	damage *format.Damage
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
		if n > 0 && in.members != nil && in.members.Members() != in.begun && len(in.marks) < marksMax {
			in.begun = in.members.Members()
			in.marks = append(in.marks, mark{at: in.read})
		}
		in.read += int64(n)
		var d *format.Damage
		if n == 0 && errors.As(err, &d) && d.Checksum() && len(in.marks) < 2*marksMax {
			in.marks = append(in.marks, mark{in.read, d})
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

// flawed passes the marks that lie behind; the error is of a member that ended.
func (r *Reader) flawed() error {
	in := r.in
	for len(in.marks) > 0 && in.marks[0].at <= r.next {
		m := in.marks[0]
		in.marks = append(in.marks[:0], in.marks[1:]...)
		if m.damage != nil {
			n := r.good - r.before
			if r.last && r.from >= m.at { // the mark was set while the next record was read
				n--
			}
			return &MemberError{m.damage, n}
		}
		r.before = r.good
		if r.last && m.at < r.next { // the last record reaches into it
			r.before--
		}
	}
	return nil
}
