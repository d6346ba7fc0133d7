package config_test

import (
	"testing"

	"github.com/corpusmill/corpusmill/config"
)

// Numbers are read with their units and written so that they are read again.
func TestCount(t *testing.T) {
	for s, want := range map[string]config.Count{"600B": 600e9, "1.5T": 1.5e12, "30M": 30e6, "2k": 2000, "2K": 2000, "0": 0, "17": 17, " 3 ": 3} {
		var c config.Count
		if err := c.UnmarshalText([]byte(s)); err != nil || c != want {
			t.Errorf("%q: %v, %v", s, float64(c), err)
		}
		b, _ := c.MarshalText()
		var again config.Count
		if err := again.UnmarshalText(b); err != nil || again != c {
			t.Errorf("%q is written as %s and read as %v, %v", s, b, float64(again), err)
		}
	}
	for _, s := range []string{"", "B", "-1", "1G", "6 00B", "1e30", "nan", "1BB"} {
		if c := config.Count(0); c.UnmarshalText([]byte(s)) == nil {
			t.Errorf("%q is read as %v", s, float64(c))
		}
	}
}
