package cli

import (
	"strings"
	"testing"
)

func TestUnitNumbers(t *testing.T) {
	list := make([]uint32, unitsShown+1)
	for i := range list {
		list[i] = uint32(2 * i)
	}
	for n, want := range map[int]string{1: "part 0", 2: "parts 0, 2", unitsShown: "parts 0, 2, 4, "} {
		got := unitNumbers(list[:n])
		if !strings.HasPrefix(got, want) || strings.Contains(got, "more") || strings.Count(got, ",") != n-1 {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := unitNumbers(list); !strings.HasSuffix(got, "36, 38 and 1 more") {
		t.Error(got)
	}
}
