package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Count is a number of things, such as tokens, written as 600B, 1.5T, 30M or a plain
// number.
type Count float64

var countUnits = map[string]float64{"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}

// UnmarshalText reads a number.
func (c *Count) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	number := strings.TrimRight(s, "kKMBT")
	x, err := strconv.ParseFloat(number, 64)
	scale, ok := countUnits[s[len(number):]]
	if err != nil || !ok || !(x >= 0) || x*scale > math.MaxInt64 {
		return fmt.Errorf("%q is no number: write 600B, 1.5T, 30M or a plain number", s)
	}
	*c = Count(x * scale)
	return nil
}

// String writes the number with the largest unit of which it has one at least, so that it
// is read as it was.
func (c Count) String() string {
	for _, u := range []struct {
		n    float64
		name string
	}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
		if x := float64(c); x >= u.n && x/u.n*u.n == x {
			return strconv.FormatFloat(float64(c)/u.n, 'g', -1, 64) + u.name
		}
	}
	return strconv.FormatFloat(float64(c), 'g', -1, 64)
}

// MarshalText is the inverse of UnmarshalText.
func (c Count) MarshalText() ([]byte, error) { return []byte(c.String()), nil }
