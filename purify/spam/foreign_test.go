package spam

import (
	"strings"
	"testing"
)

// TestForeign: a line that shares nothing with an article needs less, a line of it and a line
// that is short do not, nor does any in a list or in a short text.
func TestForeign(t *testing.T) {
	s, err := NewSampler()
	if err != nil {
		t.Fatal(err)
	}
	article := strings.Split(strings.TrimSpace(strings.Repeat(villageProse, 3)), "\n")
	const alien, short = "凉席竹编蒲扇怎样挑选才划算呢", "红豆薏米"
	less := s.Foreign(append(append([]string{}, article...), alien, short, "", "村里的桥修好了，孩子们上学再也不用绕远路"))
	n := len(article)
	for i, x := range less {
		if want := 2.0; i == n && x != want || i != n && x != 0 {
			t.Errorf("line %d: %g", i, x)
		}
	}
	if half := s.Foreign(append(append([]string{}, article...), "村里的桥修好了，凉席竹编蒲扇怎样挑选才划算呢"))[n]; half <= 0 || half >= 2 {
		t.Errorf("half of it is from the article: %g", half)
	}
	for name, lines := range map[string][]string{
		"short": {strings.Split(villageProse, "\n")[0], alien},
		"list":  {villageProse, strings.Repeat("凉席竹编蒲扇怎样挑选才划算呢", 12)},
	} {
		for i, x := range s.Foreign(lines) {
			if x != 0 {
				t.Errorf("%s, line %d: %g", name, i, x)
			}
		}
	}
}

// TestForeignLine: the model takes a line that it is not quite sure of for spam where it does
// not belong to its document.
func TestForeignLine(t *testing.T) {
	r := newReader(openSpam(t, ChineseSpam{}).find, 0)
	r.model = &LineModel{}
	f := func(margin int32, text string, want bool) {
		t.Helper()
		r.lines = r.lines[:0]
		at := 0
		for line := range strings.SplitSeq(text, "\n") {
			r.lines = append(r.lines, spamLine{start: uint32(at), end: uint32(at + len(line)), chars: 20, margin: -10 << fixedBits})
			at += len(line) + 1
		}
		last := &r.lines[len(r.lines)-1]
		last.margin = margin
		r.foreign(text)
		if got := last.kind != kindNone; got != want {
			t.Errorf("%d: %t", margin, got)
		}
	}
	article := strings.Repeat(villageProse, 3)
	f(-foreignMargin, article+"凉席竹编蒲扇怎样挑选才划算呢", true)
	f(-foreignMargin-1, article+"凉席竹编蒲扇怎样挑选才划算呢", false)
	f(-1, article+"村里的桥修好了，孩子们上学再也不用绕远路", false)
}
