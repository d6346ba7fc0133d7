package format

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"
)

// TestTape goes back and forth in a file that is larger than what is kept.
func TestTape(t *testing.T) {
	file := make([]byte, 5*keptBytes+12345)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range file {
		file[i] = byte(r.Uint32())
	}
	tape := newTape(bytes.NewReader(file))
	read, at := int64(0), int64(0)
	for range 3000 {
		n := r.IntN(3 * openBytes >> r.IntN(12))
		b := make([]byte, n)
		n, err := io.ReadFull(tape, b)
		if err != nil && at+int64(n) != int64(len(file)) {
			t.Fatal(err)
		}
		if !bytes.Equal(b[:n], file[at:at+int64(n)]) {
			t.Fatalf("%d bytes at %d", n, at)
		}
		at += int64(n)
		read = max(read, tape.below.end)
		if tape.offset() != at {
			t.Fatalf("at %d, not %d", tape.offset(), at)
		}
		if r.IntN(3) == 0 {
			back := max(0, at-r.Int64N(2*keptBytes))
			tape.back(back)
			if at = tape.offset(); at != max(back, read-keptBytes) {
				t.Fatalf("back to %d of %d: at %d", back, read, at)
			}
		}
	}
	if read != int64(len(file)) {
		t.Errorf("%d bytes were read", read)
	}
}
