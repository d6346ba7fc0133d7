package token

// Classes of bytes in text.
const (
	ClassOther uint8 = iota
	ClassLower
	ClassUpper
	ClassDigit
	ClassSpace
	ClassStop
	ClassComma
	ClassHigh
	ClassAmp
	ClassControl
)

// Class is the class of each byte in text.
var Class = func() (t [256]uint8) {
	for i := range t {
		switch c := byte(i); {
		case IsSpace(c):
			t[i] = ClassSpace
		case c < 0x20 || c == 0x7f:
			t[i] = ClassControl
		case c >= 'a' && c <= 'z':
			t[i] = ClassLower
		case c >= 'A' && c <= 'Z':
			t[i] = ClassUpper
		case c >= '0' && c <= '9':
			t[i] = ClassDigit
		case c == '.' || c == '!' || c == '?':
			t[i] = ClassStop
		case c == ',' || c == ';' || c == ':':
			t[i] = ClassComma
		case c >= 0x80:
			t[i] = ClassHigh
		case c == '&':
			t[i] = ClassAmp
		}
	}
	return t
}()
