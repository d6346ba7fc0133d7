package e2e_test

import "testing"

// A process that is alone of its world does the work of all.
func TestAloneInTheWorld(t *testing.T) {
	in := t.TempDir()
	goldenInput(t, in, 4)
	want, alone := newGolden(t, in), newGolden(t, in)
	want.run(t)
	alone.run(t, "--rank", "49", "--world-size", "50")
	same(t, "alone of 50", alone.bytes(t), want.bytes(t))
}
