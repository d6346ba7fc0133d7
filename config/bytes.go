package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Bytes is a size in bytes, written as 64MiB, 1.5GB or a plain number.
type Bytes int64

// UnmarshalText reads a size.
func (b *Bytes) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	unit := strings.TrimLeft(s, "0123456789.")
	x, err := strconv.ParseFloat(strings.TrimSuffix(s, unit), 64)
	scale, ok := byteUnits[strings.ToLower(strings.TrimSpace(unit))]
	if err != nil || !ok || x*scale >= math.MaxInt64 {
		return fmt.Errorf("%q is no size: write 64MiB, 1.5GB or a number of bytes", s)
	}
	*b = Bytes(x * scale)
	return nil
}

var byteUnits = map[string]float64{
	"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// String writes the size in the largest binary unit that leaves it whole.
func (b Bytes) String() string {
	for _, u := range []struct {
		n    Bytes
		name string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if b != 0 && b%u.n == 0 {
			return strconv.FormatInt(int64(b/u.n), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

// Human writes the size for people: with one digit behind the point, in decimal units.
func (b Bytes) Human() string {
	for _, u := range []struct {
		n    float64
		name string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if float64(b) >= u.n {
			return fmt.Sprintf("%.1f %s", float64(b)/u.n, u.name)
		}
	}
	return fmt.Sprintf("%d B", int64(b))
}

// MarshalText is the inverse of UnmarshalText.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }
