package cli

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestJSONTexts reads on behind a damaged member, and fails where the file was cut.
func TestJSONTexts(t *testing.T) {
	member := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		fmt.Fprintf(z, "{\"text\":%q}\n", text)
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	a, b := member("a"), member("b")
	for _, c := range []struct {
		name string
		file []byte
		want []string // texts, and ! for an error
		fail bool
	}{
		{"two members", bytes.Join([][]byte{a, b}, nil), []string{"a", "b"}, false},
		{"bytes between", bytes.Join([][]byte{a, b}, []byte("bytes")), []string{"a", "!", "b"}, false},
		{"cut", bytes.Join([][]byte{a, b[:len(b)/2]}, nil), []string{"a"}, true},
		{"an array", []byte(`[{"text":"a"},{"text":b"},{"text":"c"}]`), []string{"a", "!", "c"}, false},
	} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		var got []string
		err := jsonTexts(t.Context(), path, "f", func(i item) error {
			if i.err != nil {
				i.doc.Text = "!"
			}
			got = append(got, i.doc.Text)
			return nil
		})
		if (err != nil) != c.fail || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}
