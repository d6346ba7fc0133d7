package jsonl

// shape follows the brackets, strings and separators of one JSON value through any
// number of pieces. It asks for no more than what tells where the value ends: what is
// in strings, numbers and words, and a comma too many, is left to the scanner.
type shape struct {
	stack []byte // brackets that are open
	state shapeState
}

type shapeState uint8

const (
	shapeValue  shapeState = iota // before a value, or the end of an array
	shapeKey                      // before a key, or the end of an object
	shapeColon                    // behind a key
	shapeAfter                    // behind a value
	shapeString                   // within a string
	shapeEscape                   // behind a backslash in it
	shapeName                     // within a key
	shapeNameEscape
	shapeScalar // within a number or a word
)

// whole tells whether the value may end here: a number has no mark of its end.
func (s *shape) whole() bool { return s.state == shapeScalar && len(s.stack) == 0 }

// take takes the bytes of the value. Where it is done with it n is its end; where
// something else must stand at n, want says what.
func (s *shape) take(b []byte) (n int, done bool, want string) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch s.state {
		case shapeString, shapeName:
			for c != '"' && c != '\\' && c != '\n' {
				if i++; i == len(b) {
					return i, false, ""
				}
				c = b[i]
			}
			switch {
			case c == '\n': // the string has lost its end
				return i, false, "no control character in a string"
			case c == '\\':
				s.state += shapeEscape - shapeString
			case s.state == shapeName:
				s.state = shapeColon
			default:
				s.state = shapeAfter
			}
		case shapeEscape, shapeNameEscape:
			s.state -= shapeEscape - shapeString
		default:
			if isSpace(c) && s.state != shapeScalar {
				continue
			}
			if s.state == shapeScalar {
				if isScalar(c) {
					continue
				}
				s.state = shapeAfter
				if len(s.stack) == 0 {
					return i, true, ""
				}
				if isSpace(c) {
					continue
				}
			}
			if want = s.mark(c); want != "" {
				return i, false, want
			}
		}
		if s.state == shapeAfter && len(s.stack) == 0 {
			return i + 1, true, ""
		}
	}
	return len(b), false, ""
}

// mark takes a byte outside of strings and scalars.
func (s *shape) mark(c byte) (want string) {
	top := byte(0)
	if len(s.stack) > 0 {
		top = s.stack[len(s.stack)-1]
	}
	closes := top != 0 && c == top+2 // the closing bracket is two behind the opening one
	switch {
	case closes && s.state != shapeColon:
		s.stack = s.stack[:len(s.stack)-1]
		s.state = shapeAfter
	case s.state == shapeValue:
		return s.value(c)
	case s.state == shapeKey:
		if c != '"' {
			return "a string"
		}
		s.state = shapeName
	case s.state == shapeColon:
		if c != ':' {
			return "a colon"
		}
		s.state = shapeValue
	case c != ',':
		return "a comma or the end of the list"
	case top == '{':
		s.state = shapeKey
	default:
		s.state = shapeValue
	}
	return ""
}

func (s *shape) value(c byte) (want string) {
	switch {
	case c == '"':
		s.state = shapeString
	case c == '{', c == '[':
		if len(s.stack) == depthMax+1 { // the value itself is one level
			return errDepth.Error()
		}
		s.stack = append(s.stack, c)
		if s.state = shapeValue; c == '{' {
			s.state = shapeKey
		}
	case isScalar(c):
		s.state = shapeScalar
	default:
		return "a value"
	}
	return ""
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isScalar(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '+' || c == '.'
}
