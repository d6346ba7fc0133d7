package score

import "testing"

func TestCounted(t *testing.T) {
	for s, want := range map[string]bool{"Men's (309)": true, "Shoes (1,204) ": true, "(7)": true, "309": false, "(a 9)": false, "()": false, "9)": false, "": false} {
		if counted(s) != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
}
