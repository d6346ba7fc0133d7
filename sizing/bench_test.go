package sizing

import (
	"io"
	"testing"
)

// BenchmarkSize is a whole verdict: cheap enough to recompute on every change of
// a slider.
func BenchmarkSize(b *testing.B) {
	cfg := example()
	for b.Loop() {
		if _, err := Size(1.3e12, cfg); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChart reports bytes of SVG a second.
func BenchmarkChart(b *testing.B) {
	v := must(Size(1.3e12, example()))
	var n counter
	if err := v.Chart(&n); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(n))
	for b.Loop() {
		if err := v.Chart(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }
