package flow

import (
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// given is a stage whose spans are listed: part, from, to.
type given [][3]int

func (given) KeyBytes() int                                        { return 16 }
func (given) Survivor() stage.Keep                                 { return stage.Keep{} }
func (given) Keys(*corpus.Document, func(stage.Key, uint32)) error { return nil }
func (given) Quorum() int                                          { return 2 }
func (g given) Spans(_ string, emit func(part uint32, from, to int)) {
	for _, s := range g {
		emit(uint32(s[0]), s[1], s[2])
	}
}

func (given) Left(text string, _ stage.Cut) corpus.Verdict {
	if strings.Contains(text, "!") {
		return corpus.Verdict{Rule: "loud"}
	}
	return corpus.Keep
}

func TestCut(t *testing.T) {
	lines := given{{0, 0, 2}, {1, 2, 4}, {5, 4, 6}}
	windows := given{{0, 0, 4}, {1, 2, 6}, {2, 4, 8}}
	for _, c := range []struct {
		what    string
		spans   given
		text    string
		parts   []uint32
		want    string
		verdict string
		cut     stage.Cut
		err     string
	}{
		{"nothing", lines, "abcdef", nil, "abcdef", "", stage.Cut{Units: 3, Bytes: 6}, ""},
		{"the first", lines, "abcdef", []uint32{0}, "cdef", "", stage.Cut{Units: 3, UnitsCut: 1, Bytes: 6, BytesCut: 2}, ""},
		{"the last", lines, "abcdef", []uint32{5}, "abcd", "", stage.Cut{Units: 3, UnitsCut: 1, Bytes: 6, BytesCut: 2}, ""},
		{"the first and last", lines, "abcdef", []uint32{0, 5}, "cd", "", stage.Cut{Units: 3, UnitsCut: 2, Bytes: 6, BytesCut: 4}, ""},
		{"bytes that no part has", lines, "abcdef--", []uint32{0, 1, 5}, "--", "", stage.Cut{Units: 3, UnitsCut: 3, Bytes: 8, BytesCut: 6}, ""},
		{"all", lines, "abcdef", []uint32{0, 1, 5}, "", "gone", stage.Cut{Units: 3, UnitsCut: 3, Bytes: 6, BytesCut: 6}, ""},
		{"all but white space", lines, "abcd \n", []uint32{0, 1}, " \n", "gone", stage.Cut{Units: 3, UnitsCut: 2, Bytes: 6, BytesCut: 4}, ""},
		{"white space that was there before", lines, " \n \n \n", nil, " \n \n \n", "", stage.Cut{Units: 3, Bytes: 6}, ""},
		{"what the stage does not want", lines, "ab!def", []uint32{0}, "!def", "loud", stage.Cut{Units: 3, UnitsCut: 1, Bytes: 6, BytesCut: 2}, ""},
		{"overlaps", windows, "abcdefgh", []uint32{0, 1}, "gh", "", stage.Cut{Units: 3, UnitsCut: 2, Bytes: 8, BytesCut: 6}, ""},
		{"ends that touch", windows, "abcdefgh", []uint32{0, 2}, "", "gone", stage.Cut{Units: 3, UnitsCut: 2, Bytes: 8, BytesCut: 8}, ""},
		{"one within another", given{{0, 0, 6}, {1, 1, 3}, {2, 2, 7}}, "abcdefgh", []uint32{0, 1}, "gh", "", stage.Cut{Units: 3, UnitsCut: 2, Bytes: 8, BytesCut: 6}, ""},
		{"an empty span", given{{0, 3, 3}}, "abcdef", []uint32{0}, "abcdef", "", stage.Cut{Units: 1, UnitsCut: 1, Bytes: 6}, ""},
		{"a part that is not there", lines, "abcdef", []uint32{1, 4}, "", "", stage.Cut{}, "part 4 was compared and is not there"},
		{"past the end", lines, "abcde", []uint32{0}, "", "", stage.Cut{}, "part 5 has bytes 4 to 6 of a text of 5, the part before begins at 2"},
		{"backwards", given{{0, 2, 4}, {1, 1, 3}}, "abcdef", []uint32{0}, "", "", stage.Cut{}, "part 1 has bytes 1 to 3"},
		{"an end before its begin", given{{0, 2, 1}}, "abcdef", []uint32{0}, "", "", stage.Cut{}, "part 0 has bytes 2 to 1"},
		{"a negative place", given{{0, -1, 1}}, "abcdef", []uint32{0}, "", "", stage.Cut{}, "part 0 has bytes -1 to 1"},
	} {
		d := &corpus.Document{Text: c.text, Cut: slices.Clone(c.parts)}
		v := &Visit{Document: d}
		cuts{c.spans, "gone"}.take(v)
		if c.err != "" {
			if v.Err == nil || !strings.Contains(v.Err.Error(), c.err) || d.Text != c.text {
				t.Errorf("%s: %v, want %s; text %q", c.what, v.Err, c.err, d.Text)
			}
			continue
		}
		if v.Err != nil || d.Text != c.want || v.Verdict.Rule != c.verdict || v.Cut != c.cut || d.Cut != nil {
			t.Errorf("%s: %q %q %+v %v, want %q %q %+v", c.what, d.Text, v.Verdict.Rule, v.Cut, v.Err, c.want, c.verdict, c.cut)
		}
	}
}
