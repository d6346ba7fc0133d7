package wordlist

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"
)

func read(in string, maxBytes int64) (list []string, err error) {
	err = Each(strings.NewReader(in), maxBytes, func(s string) error {
		list = append(list, s)
		return nil
	})
	return list, err
}

func TestEach(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("a\nb # c\n")); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	for in, want := range map[string][]string{
		"":                             nil,
		"\ufeffa\r\n\n # all\nb# #c\n": {"a", "b#"},
		packed.String():                {"a", "b"},
	} {
		if got, err := read(in, 100); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	if _, err := read("12345", 5); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := read("123456", 5); err == nil {
		t.Error("above the limit: no error")
	}
	if _, err := read(strings.Repeat("x", MaxLine+1), MaxLine*2); err == nil {
		t.Error("a line that is too long: no error")
	}
}

func FuzzEach(f *testing.F) {
	f.Add("a # b\n\x1f\x8b")
	f.Fuzz(func(t *testing.T, in string) {
		list, _ := read(in, 1<<16)
		for _, entry := range list {
			if entry == "" || entry != strings.TrimSpace(entry) {
				t.Fatalf("%q", entry)
			}
		}
	})
}

// TestCutLine: what is cut from a list that is too long is no entry.
func TestCutLine(t *testing.T) {
	for size := range int64(len("kind gambling\nad ab")) {
		list, err := read("kind gambling\nad ab", size)
		if err == nil || !strings.Contains(err.Error(), "max_list_bytes") {
			t.Errorf("%d bytes: %v", size, err)
		}
		for _, entry := range list {
			if entry != "kind gambling" && entry != "ad ab" {
				t.Errorf("%d bytes: %q", size, entry)
			}
		}
	}
	if list, err := read("kind gambling\nad ab", 19); err != nil || len(list) != 2 {
		t.Errorf("%q, %v", list, err)
	}
}
