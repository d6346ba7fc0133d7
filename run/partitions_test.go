package run

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
)

// What waits for its folder comes back in order, from memory and from disk, and the file
// goes.
func TestSpillKeepsTheOrder(t *testing.T) {
	for _, size := range []int{10, spillBytes / 5} {
		dir := t.TempDir()
		s := spill{dir: dir, waiting: map[string][]byte{}, spans: map[string][]span{}}
		want := map[string][]string{}
		for i := range 24 {
			folder := fmt.Sprint("f", i%3)
			d := &corpus.Document{ID: fmt.Sprint(i), Text: strings.Repeat("x", size+i), Signals: []float64{float64(i)}}
			want[folder] = append(want[folder], d.ID)
			if err := s.put(folder, d); err != nil {
				t.Fatal(err)
			}
		}
		if onDisk := s.file != nil; onDisk != (size > 10) || s.bytes >= spillBytes {
			t.Errorf("texts of %d bytes: on disk %v, %d bytes in memory", size, onDisk, s.bytes)
		}
		for folder, ids := range want {
			var got []string
			if err := s.each(folder, func(d *corpus.Document) error {
				got = append(got, d.ID)
				if fmt.Sprint(d.Signals[0]) != d.ID || len(d.Text) < size {
					t.Errorf("%s has %v and %d bytes", d.ID, d.Signals, len(d.Text))
				}
				return nil
			}); err != nil || !slices.Equal(got, ids) {
				t.Errorf("%s: %v, want %v; %v", folder, got, ids, err)
			}
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

func TestFoldersOfDocuments(t *testing.T) {
	columns := corpus.PartSchema(nil, nil)
	column := func(name string) corpus.Column {
		return columns[slices.IndexFunc(columns, func(c corpus.Column) bool { return c.Name == name })]
	}
	by := []corpus.Column{column("lang"), column("tokens")}
	for _, c := range []struct {
		lang string
		want string // folder, or the end of the error
	}{
		{"en", "lang=en/tokens=7"}, {"", "lang=__HIVE_DEFAULT_PARTITION__/tokens=7"}, {"a/b", "lang=a%2Fb/tokens=7"},
		{strings.Repeat("x", partitionBytesMax-5), "lang=" + strings.Repeat("x", partitionBytesMax-5) + "/tokens=7"},
		{strings.Repeat("x", partitionBytesMax-4), "too long for the name of a folder: 241 bytes, want at most 240"},
	} {
		got, err := hiveFolder(by, &corpus.Document{Lang: c.lang, Tokens: 7})
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || !strings.HasSuffix(got, c.want)) {
			t.Errorf("%.20q: %s, want %s", c.lang, got, c.want)
		}
	}
}
