package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each table has a file of its own, whatever its columns are called.
func TestTableFiles(t *testing.T) {
	long := strings.Repeat("长", 100)
	got := tableFiles([][]string{{"source"}, {"a/b"}, {"a_b"}, {"A_B"}, {"a_b-2"}, {"a", "b"}, {"a+b"}, {long}, {long + "x"}})
	want := []string{"by-source.csv", "by-a_b.csv", "by-a_b-2.csv", "by-A_B-3.csv", "by-a_b-2-2.csv", "by-a+b.csv", "by-a+b-2.csv",
		"by-" + long[:198] + ".csv", "by-" + long[:198] + "-2.csv"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Two files of evidence never have one name, and what is no file is not replaced.
func TestEvidenceFileNames(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	x := &evidenceFiles{dir: dir, replace: true}
	defer x.abort()
	for _, c := range []struct{ name, want string }{
		{"words.csv", ""},
		{"x/../words.csv", "two files would have this name"},
		{"folder", "is there and is no file"},
		{"new/words.csv", ""},
	} {
		_, err := x.create(dir + "/" + c.name)
		var usage usageError
		if c.want == "" && err != nil || c.want != "" && (err == nil || !errors.As(err, &usage) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
