package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestChangedLines(t *testing.T) {
	for _, c := range []struct {
		before, after, gone, come string
		first                     int
	}{
		{"a b c", "a b c", "", "", 3},
		{"a x b c y d", "a b c d", "x y", "", 1}, // lines went
		{"x a b y", "a b", "x y", "", 0},
		{"a a a", "a", "a a", "", 1},
		{"a b", "", "a b", "", 0},
		{"a p b q c", "a P b Q c", "p q", "P Q", 1}, // each stands for another
		{"a b c d", "a x c", "b c d", "x c", 1},     // what went and came has no order
		{"a b", "a b c", "", "c", 2},
	} {
		fields := func(s string) []string { return strings.Fields(s) }
		gone, come, first := changedLines(fields(c.before), fields(c.after))
		if !slices.Equal(gone, fields(c.gone)) || !slices.Equal(come, fields(c.come)) || first != c.first {
			t.Errorf("%s to %s: %q went, %q came, from %d", c.before, c.after, gone, come, first)
		}
	}
}
