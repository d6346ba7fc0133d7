package percent

import "testing"

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "%41%4a%4A": "AJJ", "%": "%", "%4": "%4", "%4g%g4": "%4g%g4", "100%": "100%", "%%41": "%A", "%2541": "%41", "%E4": "\xe4"} {
		if got := Decode(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
