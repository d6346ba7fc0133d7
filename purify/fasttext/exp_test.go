package fasttext

import (
	"math"
	"testing"
)

// TestExp compares expOf with the exact function: it is never off by more than one
// unit in the last place.
func TestExp(t *testing.T) {
	differ := 0
	for x := float32(-110); x < 95; x += 0.00193 {
		got, want := expOf(x), float32(math.Exp(float64(x)))
		if got == want {
			continue
		}
		differ++
		if math.Nextafter32(got, want) != want {
			t.Fatalf("exp(%g) = %g, want %g", x, got, want)
		}
	}
	if differ > 1000 {
		t.Errorf("%d values differ in the last place", differ)
	}
	t.Logf("%d values differ in the last place", differ)
	nan := float32(math.NaN())
	if got := expOf(nan); got == got {
		t.Errorf("exp(NaN) = %g", got)
	}
	if got := expOf(0); got != 1 {
		t.Errorf("exp(0) = %g", got)
	}
}
