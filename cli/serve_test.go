package cli

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
)

func frame(t testing.TB, pairs ...pair) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writeFrame(&b, pairs); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func same(a, b []pair) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i].first, b[i].first) || !bytes.Equal(a[i].second, b[i].second) {
			return false
		}
	}
	return true
}

func TestFrames(t *testing.T) {
	for _, want := range [][]pair{nil, {{nil, nil}}, {{[]byte("a"), []byte("bc")}, {nil, []byte("d")}, {[]byte("\x00"), nil}}} {
		b := frame(t, want...)
		got, err := readFrame(bytes.NewReader(b))
		if err != nil || !same(got, want) {
			t.Errorf("%q came back as %q, %v", want, got, err)
		}
		for n := range b { // cut anywhere
			_, err := readFrame(bytes.NewReader(b[:n]))
			if n == 0 != errors.Is(err, io.EOF) || err == nil {
				t.Errorf("%d of %d bytes: %v", n, len(b), err)
			}
		}
	}
	head := func(words ...uint32) (b []byte) {
		for _, w := range words {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		return b
	}
	for _, c := range []struct {
		head []byte
		says string
	}{
		{head(framePairs + 1), "65536 at most"},
		{head(framePairs), "EOF"},
		{head(1, frameBytes/2, frameBytes/2+1), "at most"},
		{head(2, 1<<32-1, 1<<32-1, 1<<32-1, 1<<32-1), "at most"},
	} {
		if _, err := readFrame(bytes.NewReader(c.head)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%x: %v, want %s", c.head[:4], err, c.says)
		}
	}
	if _, err := readFrame(io.MultiReader(bytes.NewReader(head(1, 0, frameBytes)), io.LimitReader(zeros{}, frameBytes))); err != nil {
		t.Error(err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func FuzzFrames(f *testing.F) {
	f.Add(frame(f, pair{[]byte("a"), []byte("b")}))
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 && binary.LittleEndian.Uint32(b) < 8 { // no large buffers
			for i := 4; i+4 <= len(b) && i < 4+64; i += 4 {
				b[i+2], b[i+3] = 0, 0
			}
		}
		pairs, err := readFrame(bytes.NewReader(b))
		if err != nil {
			return
		}
		if again := frame(t, pairs...); !bytes.HasPrefix(b, again) {
			t.Errorf("%x read as %x", b, again)
		}
	})
}
