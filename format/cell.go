package format

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
)

// The values of typed formats as JSON, the same from each of them.

// AppendFloat appends a number of 32 or 64 bits; NaN and the infinities as null.
func AppendFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, bits)
}

// AppendBase64 appends bytes as a string of base64.
func AppendBase64(dst, b []byte) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, '"')
}

// AppendTime appends a point in time by RFC 3339, in UTC.
func AppendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	dst = appendYear(append(dst, '"'), t)
	return append(t.AppendFormat(dst, "-01-02T15:04:05.999999999Z07:00"), '"')
}

// AppendDate appends a day, counted from 1970-01-01.
func AppendDate(dst []byte, days int64) []byte {
	t := time.Unix(days*86_400, 0).UTC()
	dst = appendYear(append(dst, '"'), t)
	return append(t.AppendFormat(dst, "-01-02"), '"')
}

// appendYear writes four digits, and the years that RFC 3339 has no room for as
// ISO 8601 and ECMAScript do: with their sign and at least six digits.
func appendYear(dst []byte, t time.Time) []byte {
	if year := t.Year(); year < 0 || year > 9999 {
		return fmt.Appendf(dst, "%+07d", year)
	}
	return t.AppendFormat(dst, "2006")
}

// AppendClock appends the time of a day, n steps of so many nanoseconds behind midnight; as
// a number where no day has it.
func AppendClock(dst []byte, n, step int64) []byte {
	const day = int64(24 * time.Hour)
	if n < 0 || n >= day/step {
		return strconv.AppendInt(dst, n, 10)
	}
	dst = append(dst, '"')
	return append(time.Unix(0, n*step).UTC().AppendFormat(dst, "15:04:05.999999999"), '"')
}

// decimalDigits bounds a decimal: no engine knows more than 76 digits.
const decimalDigits = 1_000

// AppendDecimal appends a whole number with so many of its digits behind the point, as a
// string; null where it is longer than any engine knows.
func AppendDecimal(dst []byte, n *big.Int, scale int) []byte {
	if scale < 0 || scale > decimalDigits || n.BitLen() > 4*decimalDigits {
		return append(dst, "null"...)
	}
	digits := new(big.Int).Abs(n).String()
	for len(digits) <= scale {
		digits = "0" + digits
	}
	dst = append(dst, '"')
	if n.Sign() < 0 {
		dst = append(dst, '-')
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	if scale > 0 {
		dst = append(append(dst, '.'), digits[len(digits)-scale:]...)
	}
	return append(dst, '"')
}
