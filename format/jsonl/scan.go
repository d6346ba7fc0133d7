package jsonl

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// depthMax is how deep arrays and objects may nest.
const depthMax = 512

// errDepth is a value nested deeper than that.
var errDepth = errors.New("nested deeper than 512")

// scanner walks over one JSON text, strictly by RFC 8259. Half of a surrogate
// pair, which the grammar allows and no string can hold, is overwritten in place
// by \ufffd.
type scanner struct {
	b    []byte
	i    int
	open [depthMax]byte // brackets of value
}

func (s *scanner) fail(want string) error {
	if s.i >= len(s.b) {
		return fmt.Errorf("invalid JSON: ends early, want %s", want)
	}
	return fmt.Errorf("invalid JSON at byte %d: %q, want %s", s.i, s.b[s.i], want)
}

// next skips white space and returns the byte behind it, 0 at the end.
func (s *scanner) next() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// token skips white space and takes one byte.
func (s *scanner) token(c byte, want string) error {
	if s.next() != c || s.i >= len(s.b) {
		return s.fail(want)
	}
	s.i++
	return nil
}

const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	quotes = '"' * ones
	slants = '\\' * ones
	blanks = ' ' * ones
)

// str takes a string and returns what is between its quotes; plain says that it
// holds no escapes.
func (s *scanner) str() (raw []byte, plain bool, err error) {
	if s.i >= len(s.b) || s.b[s.i] != '"' {
		return nil, false, s.fail("a string")
	}
	s.i++
	start, plain := s.i, true
	for {
		s.run()
		if s.i >= len(s.b) {
			return nil, false, s.fail("the end of a string")
		}
		switch s.b[s.i] {
		case '"':
			s.i++
			return s.b[start : s.i-1], plain, nil
		case '\\':
			plain = false
			if err := s.escape(); err != nil {
				return nil, false, err
			}
		default:
			return nil, false, s.fail("no control character in a string")
		}
	}
}

// run passes over what a string may hold as it is: eight bytes at a time.
func (s *scanner) run() {
	b, i := s.b, s.i
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		q, e := w^quotes, w^slants
		if m := ((q-ones)&^q | (e-ones)&^e | (w-blanks)&^w) & highs; m != 0 {
			s.i = i + bits.TrailingZeros64(m)/8 // a false mark stands only above a true one
			return
		}
	}
	for ; i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' '; i++ {
	}
	s.i = i
}

// escape takes one escape.
func (s *scanner) escape() error {
	s.i++
	if s.i >= len(s.b) {
		return s.fail("an escape")
	}
	switch s.b[s.i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i++
		return nil
	case 'u':
	default:
		return s.fail("an escape")
	}
	at := s.i + 1
	r, ok := hex4(s.b, at)
	if !ok {
		return s.fail("four hexadecimal digits")
	}
	s.i = at + 4
	if !utf16.IsSurrogate(r) {
		return nil
	}
	if at+6 <= len(s.b) && s.b[at+4] == '\\' && s.b[at+5] == 'u' {
		if low, ok := hex4(s.b, at+6); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			s.i = at + 10
			return nil
		}
	}
	copy(s.b[at:], "fffd")
	return nil
}

func hex4(b []byte, at int) (r rune, ok bool) {
	if at+4 > len(b) {
		return 0, false
	}
	for _, c := range b[at : at+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// value takes any value. What it stands in counts as one level of nesting.
func (s *scanner) value() error {
	depth := 0
	for {
		open, err := s.begin()
		if err != nil {
			return err
		}
		if open != 0 {
			if depth++; depth > depthMax {
				return errDepth
			}
			s.open[depth-1] = open
			if s.next() != open+2 { // the closing bracket is two behind the opening one
				if err := s.key(open); err != nil {
					return err
				}
				continue
			}
			s.i++
			depth--
		}
		for ; depth > 0 && s.next() == s.open[depth-1]+2; depth-- {
			s.i++
		}
		if depth == 0 {
			return nil
		}
		if err := s.token(',', "a comma or the end of the list"); err != nil {
			return err
		}
		if err := s.key(s.open[depth-1]); err != nil {
			return err
		}
	}
}

// begin takes a scalar, or the opening bracket that it returns.
func (s *scanner) begin() (open byte, err error) {
	switch c := s.next(); c {
	case '"':
		_, _, err = s.str()
	case '{', '[':
		s.i++
		return c, nil
	case 't':
		err = s.word("true")
	case 'f':
		err = s.word("false")
	case 'n':
		err = s.word("null")
	default:
		err = s.number()
	}
	return 0, err
}

// key takes the key of a member of an object; an array has none.
func (s *scanner) key(open byte) error {
	if open == '[' {
		return nil
	}
	s.next()
	if _, _, err := s.str(); err != nil {
		return err
	}
	return s.token(':', "a colon")
}

func (s *scanner) word(w string) error {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return s.fail(w)
	}
	s.i += len(w)
	return nil
}

func (s *scanner) number() error {
	if s.i < len(s.b) && s.b[s.i] == '-' {
		s.i++
	}
	if s.i < len(s.b) && s.b[s.i] == '0' {
		s.i++ // no other digit may follow
	} else if s.digits() == 0 {
		return s.fail("a value")
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if s.digits() == 0 {
			return s.fail("a digit")
		}
	}
	if s.i < len(s.b) && (s.b[s.i] == 'e' || s.b[s.i] == 'E') {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		if s.digits() == 0 {
			return s.fail("a digit")
		}
	}
	return nil
}

func (s *scanner) digits() int {
	start := s.i
	for s.i < len(s.b) && '0' <= s.b[s.i] && s.b[s.i] <= '9' {
		s.i++
	}
	return s.i - start
}

// unescape decodes what str returned into dst.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); {
		if n := bytes.IndexByte(raw[i:], '\\'); n != 0 {
			if n < 0 {
				return append(dst, raw[i:]...)
			}
			dst = append(dst, raw[i:i+n]...)
			i += n
		}
		c := raw[i+1]
		i += 2
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, _ := hex4(raw, i) // the scanner checked them
			i += 4
			if utf16.IsSurrogate(r) { // and both halves
				low, _ := hex4(raw, i+2)
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
