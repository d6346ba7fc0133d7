package output

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func TestFilesOfRuns(t *testing.T) {
	key := "0123456789abcdef0123456789abcdef"
	for _, c := range []struct {
		set, name string
		want      bool
	}{
		{"", PartName("", 0, 0, key) + ".parquet", true},
		{"", "lang=en/" + PartName("", 123456, 1000, key) + ".jsonl.zst", true},
		{"", "part-00000-000.parquet", true}, // of before names had keys
		{"", RejectsName("segment", key) + ".parquet", true},
		{"", "part-0000-000.0123456789ab.parquet", false},
		{"", "part-00000-00.0123456789ab.parquet", false},
		{"", "part-00000-tid-c000.snappy.parquet", false}, // Spark's
		{"", "apart-00000-000.parquet", false},
		{"", PartName("", 0, 0, key) + ".ds.index", true},
		{"", PartName("", 0, 0, key) + ".parquet.bak", false}, // their owner's
		{"", PartName("", 0, 0, key) + ".csv", false},
		{"", PartName("", 0, 0, key) + ".notes.parquet", false},
		{"", RejectsName("segment", key) + ".csv", false},
		{"", PartName("d", 0, 0, key) + ".parquet", false},
		{"d", PartName("d", 0, 0, key) + ".parquet", true},
		{"d", PartName("d-00000", 0, 0, key) + ".parquet", false},
		{"d-00000", PartName("d-00000", 0, 0, key) + ".parquet", true},
		{"d", PartName("", 0, 0, key) + ".parquet", false},
		{"d", RejectsName("segment", key) + ".parquet", false},
	} {
		if got := written(c.set)(c.name); got != c.want {
			t.Errorf("set %q, %s: %v", c.set, c.name, got)
		}
	}
}

func TestCheckSet(t *testing.T) {
	for name, ok := range map[string]bool{"2026-11-29": true, "a_B": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "a b": false, "a/b": false, "a.b": false, "é": false} {
		if err := CheckSet(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// What is written is read back, a part a line.
func TestManifestIsReadBack(t *testing.T) {
	s := store.Local(t.TempDir())
	finished(t, s, mill, "a", "b")
	text := string(storetest.Get(t, s, File("")))
	want := `{
 "version": 1,
 "run": "r1",
 "pipeline": "mill",
 "documents": 2,
 "parts": [
  {"file":"part-00000-000.aaaaaaaaaaaa.arrow","bytes":33,"sha256":"","rows":1},
  {"file":"part-00001-000.bbbbbbbbbbbb.arrow","bytes":33,"sha256":"","rows":1}
 ],
 "xxh3": "7aad4a52e4a55d3f"
}
`
	if text != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
	columns := mill
	columns.Columns = []Column{{Name: "\"columns\"", Type: "int"}, {Name: "lang", Type: "string", Partition: true}}
	finished(t, s, columns)
	text = string(storetest.Get(t, s, File("")))
	want = `{
 "version": 1,
 "run": "r1",
 "pipeline": "mill",
 "documents": 0,
 "columns": [
  {"name":"\"columns\"","type":"int"},
  {"name":"lang","type":"string","partition":true}
 ],
 "parts": [],
 "xxh3": "6ac1366bcc0670b4"
}
`
	if m, err := Read(t.Context(), s, ""); text != want || err != nil || !slices.Equal(m.Columns, columns.Columns) {
		t.Errorf("%s\nwant\n%s\n%+v %v", text, want, m, err)
	}
	finished(t, s, mill, "a", "b")
	for _, set := range []string{"d2", "d1"} {
		c := mill
		c.Set = set
		m := &Manifest{Set: set, Maker: c.Maker}
		if err := m.put(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	sets, err := Sets(t.Context(), s)
	var names []string
	for _, m := range sets {
		names = append(names, m.Set)
	}
	if err != nil || !slices.Equal(names, []string{"", "d1", "d2"}) || len(sets[0].Parts) != 2 {
		t.Errorf("%q, %v", names, err)
	}
}

func TestManifestsThatCannotBeTrue(t *testing.T) {
	for text, want := range map[string]string{
		`{"version":2}`:           "a layout of version 2, this program knows 1",
		`{`:                       "unexpected end of JSON",
		`{"version":1,"set":"x"}`: `is of the set "x", whose manifest is called _corpusmill-x.json`,
	} {
		s := store.Local(t.TempDir())
		storetest.Put(t, s, File(""), []byte(text))
		if _, err := Sets(t.Context(), s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
		if _, err := mill.Check(t.Context(), s); err == nil && !errors.Is(err, ErrDamaged) && text != "{" {
			t.Errorf("%s: the folder was given away", text)
		}
	}
}

// A manifest that is damaged at any place is never read as another. The run whose parts
// these are makes it again; one that does not know them is refused.
func TestDamagedManifest(t *testing.T) {
	s := store.Local(t.TempDir())
	finished(t, s, mill, "a", "b")
	sound := storetest.Get(t, s, File(""))
	want, err := Read(t.Context(), s, "")
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		t.Helper()
		if err := s.Remove(t.Context(), File("")); err != nil {
			t.Fatal(err)
		}
		storetest.Put(t, s, File(""), b)
	}
	for i := range sound {
		for _, b := range [][]byte{sound[:i], append(append(slices.Clone(sound[:i]), sound[i]^1), sound[i+1:]...), append(append(slices.Clone(sound[:i]), sound[i]^0x20), sound[i+1:]...)} {
			put(b)
			m, err := Read(t.Context(), s, "")
			if errors.Is(err, ErrDamaged) {
				continue
			}
			if err == nil && (m.Maker != want.Maker || m.Documents != want.Documents || !reflect.DeepEqual(m.Parts, want.Parts)) {
				t.Fatalf("byte %d: read as %+v", i, m)
			}
		}
	}
	put(sound[:40])
	if _, err := mill.Check(t.Context(), s); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "_corpusmill.json is damaged") {
		t.Errorf("parts of nobody: %v", err)
	}
	knows := mill
	knows.Adopt = func(context.Context) ([]stage.Part, error) { return want.Parts, nil }
	v, err := knows.Check(t.Context(), s)
	if err == nil {
		err = v.Take(t.Context(), s)
	}
	if err == nil {
		err = knows.Finish(t.Context(), s, want.Parts)
	}
	if got := storetest.Get(t, s, File("")); err != nil || string(got) != string(sound) {
		t.Errorf("made again: %v\n%s", err, got)
	}
}
