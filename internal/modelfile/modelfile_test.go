package modelfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/corpusmill/corpusmill/internal/held"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path, content := filepath.Join(dir, "model"), bytes.Repeat([]byte("model "), 1000)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{int64(len(content)), int64(len(content)) + 1} {
		f, err := Open(path, from)
		if err != nil {
			t.Fatal(err)
		}
		mapped := CanMap && from == int64(len(content))
		if !bytes.Equal(f.Bytes(), content) || f.Mapped() != mapped {
			t.Errorf("mapped from %d bytes: %d bytes, mapped %t", from, len(f.Bytes()), f.Mapped())
		}
		if f.Digest() != sha256.Sum256(content) {
			t.Error("digest")
		}
		if n := held.Bytes(f); n < int64(len(content)) || n > 2*int64(len(content)) {
			t.Errorf("mapped %t: holds %d bytes", mapped, n)
		}
		if err := errors.Join(f.Close(), f.Close()); err != nil {
			t.Error(err)
		}
		if (f.Bytes() == nil) != mapped || f.Digest() != sha256.Sum256(content) {
			t.Error("after Close: content or digest")
		}
		if err := f.Release(); err != nil || f.Bytes() != nil {
			t.Errorf("after Release: %d bytes, %v", len(f.Bytes()), err)
		}
	}
	for _, bad := range []string{dir, filepath.Join(dir, "absent")} {
		if _, err := Open(bad, 0); err == nil {
			t.Errorf("%s was opened", bad)
		}
	}
}

func TestRead(t *testing.T) {
	r := bytes.NewReader([]byte("content"))
	if data, err := Read(r, 7); err != nil || string(data) != "content" {
		t.Errorf("%q %v", data, err)
	}
	var short *ShortError
	if _, err := Read(r, 8); !errors.As(err, &short) || short.Have != 7 {
		t.Errorf("one byte more: %v", err)
	}
	if _, err := Read(r, -1); err == nil {
		t.Error("negative size")
	}
}
