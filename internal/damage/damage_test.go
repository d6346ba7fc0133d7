package damage

import (
	"archive/zip"
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestBytes(t *testing.T) {
	whole := bytes.Repeat([]byte("1 0 obj << /Length 20 >> "), 40)
	kept := bytes.Clone(whole)
	same := 0
	for n := range uint64(200) {
		got := Bytes(rand.New(rand.NewPCG(n, 0)), whole)
		if !bytes.Equal(got, Bytes(rand.New(rand.NewPCG(n, 0)), whole)) {
			t.Fatal("another damage at the same seed")
		}
		if bytes.Equal(got, whole) {
			same++
		}
	}
	if !bytes.Equal(whole, kept) {
		t.Error("the file itself was changed")
	}
	if same > 10 {
		t.Errorf("%d of 200 copies are whole", same)
	}
	if got := Bytes(rand.New(rand.NewPCG(1, 1)), []byte("short")); string(got) != "short" {
		t.Errorf("%q", got)
	}
}

func TestEntry(t *testing.T) {
	var raw bytes.Buffer
	w := zip.NewWriter(&raw)
	for _, name := range []string{"a", "b"} {
		e, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Write(bytes.Repeat([]byte("content "), 30)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := Entry(rand.New(rand.NewPCG(3, 3)), raw.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if z, err := zip.NewReader(bytes.NewReader(got), int64(len(got))); err != nil || len(z.File) != 2 {
		t.Errorf("not an archive of two entries: %v", err)
	}
	if _, err := Entry(rand.New(rand.NewPCG(3, 3)), []byte("no archive")); err == nil {
		t.Error("no error for what is no archive")
	}
}
