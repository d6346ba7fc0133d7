package pdf

import (
	"fmt"
	"strings"
	"testing"
)

// sheets makes n pages of lines one below the other, %d in them the page's number, the
// first and the last further away where far says so.
func sheets(n int, far bool, lines ...string) []byte {
	var pages [][]placed
	for i := range n {
		var page []placed
		for k, l := range lines {
			y := 720 - 16*k
			if far && k == 0 {
				y = 760
			}
			if far && k == len(lines)-1 && k > 0 {
				y = 30
			}
			l = strings.ReplaceAll(l, "%d", fmt.Sprint(i+1))
			page = append(page, placed{72, y, strings.ReplaceAll(l, "%w", fmt.Sprintf("word%c", 'a'+i))})
		}
		pages = append(pages, page)
	}
	return writePDF("", pages...)
}

// Pages of few lines, nearly all alike, keep what they say.
func TestShortPages(t *testing.T) {
	numbers := func(format string) (out string) {
		for i := range 5 {
			l := strings.ReplaceAll(format, "%d", fmt.Sprint(i+1))
			out += strings.ReplaceAll(l, "%w", fmt.Sprintf("word%c", 'a'+i)) + "\n"
		}
		return strings.TrimSpace(out)
	}
	for _, c := range []struct {
		name  string
		far   bool
		lines []string
		want  string
	}{
		{"slides of one line", false, []string{"Lesson %d"}, numbers("Lesson %d")},
		{"numbers alone", false, []string{"%d"}, numbers("%d")},
		{"cards", false, []string{"Card %d of the set"}, numbers("Card %d of the set")},
		{"all the same", false, []string{"Admit one"}, numbers("Admit one")},
		{"weeks", false, []string{"Week %d", "Exercise about %w and copy it."}, numbers("Week %d\nExercise about %w and copy it.")},
		{"weeks with page numbers", true, []string{"Term one", "Week %d", "Exercise about %w and copy it.", "Page %d"}, "Term one\n" + numbers("Week %d\nExercise about %w and copy it.")},
		{"title and foot", true, []string{"Lesson %d", "Mill School"}, numbers("Lesson %d\nMill School")},
		{"title, number and foot", true, []string{"Lesson %d", "%d"}, numbers("Lesson %d")},
		{"real heads", true, []string{"Annals of Testing %d", "This page tells of %w and of nothing else.", "%d / 5"}, numbers("This page tells of %w and of nothing else.")},
		{"real heads without a foot", true, []string{"Annals of Testing", "This page tells of %w and of nothing else."}, "Annals of Testing\n" + numbers("This page tells of %w and of nothing else.")},
		{"feet", true, []string{"This page tells of %w.", "And of nothing else.", "Annals, page %d"}, numbers("This page tells of %w. And of nothing else.")},
	} {
		t.Run(c.name, func(t *testing.T) { wantPDF(t, sheets(5, c.far, c.lines...), c.want) })
	}
}

// A heading that is larger than its text stands far from it and is none of the page.
func TestLargeHeadings(t *testing.T) {
	page := func(size int) []byte {
		raw := sheets(5, true, "Lesson %d", "Read the text about %w and answer.", "The end of %w")
		return []byte(strings.ReplaceAll(string(raw), "/F 10 Tf 1 0 0 1 72 760 Tm (", fmt.Sprintf("/F %d Tf 1 0 0 1 72 760 Tm (", size)))
	}
	for size, want := range map[int]bool{10: false, 20: true} {
		d, err := shared().Extract(t.Context(), page(size))
		if err != nil || strings.Contains(d.Text, "Lesson 3") != want || !strings.Contains(d.Text, "wordc") {
			t.Errorf("size %d: %q, %v", size, d.Text, err)
		}
	}
}

func TestIsPageNumber(t *testing.T) {
	for line, want := range map[string]bool{
		"3": true, "- 3 -": true, "Page 3": true, "Seite 3 von 10": true, "3/10": true, "xiv": true, "第 3 页": true, "p. 3": true,
		"Week 3": false, "Lesson 3": false, "Page": false, "Annals 3": false, "- -": false, "": false, "Page three": false,
	} {
		if got := isPageNumber(line); got != want {
			t.Errorf("%q: %t", line, got)
		}
	}
}

func TestSetApart(t *testing.T) {
	at := func(bottom, height float64) line {
		b := box{left: 0, bottom: bottom, right: 10, top: bottom + height}
		return line{first: b, last: b, placed: true}
	}
	for _, c := range []struct {
		name string
		a, b line
		head bool
		want bool
	}{
		{"just apart", at(100, 10), at(79.9, 10), true, true},
		{"just beside", at(100, 10), at(80.1, 10), true, false},
		{"drawn the other way", at(79.9, 10), at(100, 10), false, true},
		{"a heading", at(100, 12.1), at(50, 10), true, false},
		{"just no heading", at(100, 11.9), at(50, 10), true, true},
		{"large, but no head", at(100, 20), at(50, 10), false, true},
		{"unknown", line{}, at(100, 10), true, true},
	} {
		if got := setApart(c.a, c.b, c.head); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
