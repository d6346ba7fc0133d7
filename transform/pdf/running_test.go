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
		raw := sheets(5, true, "Annals of Testing %d", "Read the text about %w and answer.", "The end of %w")
		return []byte(strings.ReplaceAll(string(raw), "/F 10 Tf 1 0 0 1 72 760 Tm (", fmt.Sprintf("/F %d Tf 1 0 0 1 72 760 Tm (", size)))
	}
	for size, want := range map[int]bool{10: false, 20: true} {
		d, err := shared().Extract(t.Context(), page(size))
		if err != nil || strings.Contains(d.Text, "Annals of Testing 3") != want || !strings.Contains(d.Text, "wordc") {
			t.Errorf("size %d: %q, %v", size, d.Text, err)
		}
	}
}

// spot is a line of a test page: its place, its size and its text, in which %d is the
// page's number and %c a letter of its own.
type spot struct {
	x, y, size int
	s          string
}

// TestRunningPlaces has lines that come again, or count, at both sides of what makes
// them running heads: want is what is left of the fifth of eight pages.
func TestRunningPlaces(t *testing.T) {
	body := func(first int) (lines []spot) {
		for k := range 5 {
			lines = append(lines, spot{72, first - 16*k, 10, fmt.Sprintf("Line %d tells of matter %%c and its kind.", k+11)})
		}
		return lines
	}
	const left = "Line 11 tells of matter E and its kind."
	for _, c := range []struct {
		name       string
		head, foot []spot
		kept, gone string
	}{
		{"title and far number", []spot{{72, 760, 10, "Annals"}, {300, 760, 10, "%d"}}, nil, "", "Annals"},
		{"title and number", []spot{{72, 760, 10, "Psalm %d"}}, nil, "Psalm 5", ""},
		{"receipts", []spot{{72, 760, 10, "Receipt 100%d"}}, nil, "Receipt 1005", ""},
		{"sheets", []spot{{72, 760, 10, "Exercise sheet %d"}}, nil, "Exercise sheet 5", ""},
		{"running title and number", []spot{{72, 760, 10, "Annals of Testing %d"}}, nil, "", "Annals of Testing"},
		{"numbers of things", []spot{{72, 760, 10, "Tax invoice for goods no. %d"}}, nil, "no. 5", ""},
		{"number first, far", []spot{{72, 760, 10, "1%d"}, {300, 760, 10, "MILLS"}}, nil, "", "MILLS"},
		{"number of a heading", []spot{{72, 760, 10, "%d. What do you see in the picture?"}}, nil, "5. What", ""},
		{"after a bar", []spot{{72, 760, 10, "Annals | %d"}}, nil, "", "Annals"},
		{"page and date", nil, []spot{{72, 30, 10, "12 March 2024, page %d of 8"}}, "", "12 March"},
		{"questions of how many", []spot{{72, 760, 10, "Question %d of 8"}}, nil, "Question 5 of 8", ""},
		{"confidential", nil, []spot{{72, 30, 10, "Confidential"}}, "", "Confidential"},
		{"date", nil, []spot{{72, 30, 10, "Printed 12 March 2024"}}, "", "Printed"},
		{"in the margin", nil, []spot{{72, 190, 10, "Paid with thanks"}}, "", "Paid"},
		{"in the body", nil, []spot{{72, 200, 10, "Paid with thanks"}}, "Paid with thanks", ""},
		{"a sentence", nil, []spot{{72, 30, 10, "Paid with thanks."}}, "Paid with thanks.", ""},
		{"a blank", nil, []spot{{72, 30, 10, "Answer: ____"}}, "Answer: ____", ""},
		{"beside what stays", []spot{{72, 770, 10, "Question %d"}, {72, 754, 10, "True or false"}}, nil, "Question 5\nTrue or false", ""},
		{"beside what goes", []spot{{72, 770, 10, "Mill Press"}, {72, 754, 10, "All about mills"}}, nil, "", "mills"},
		{"as large as most", []spot{{72, 760, 14, "Mill Press"}}, nil, "", "Mill Press"},
		{"larger", []spot{{72, 760, 16, "Work sheet"}}, nil, "Work sheet", ""},
		{"price that counts", nil, []spot{{72, 30, 10, "Total %d.50 EUR"}}, "Total 5.50 EUR", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := shared().Extract(t.Context(), spots(8, append(append(c.head, body(680)...), c.foot...)...))
			_, page, _ := strings.Cut(d.Text, "Line 15 tells of matter D and its kind.")
			page, _, _ = strings.Cut(page, "Line 15 tells of matter F and its kind.")
			if err != nil || !strings.Contains(page, left) || !strings.Contains(page, c.kept) || c.gone != "" && strings.Contains(page, c.gone) {
				t.Errorf("%q, %v", page, err)
			}
		})
	}
}

// spots makes n pages of the same lines.
func spots(n int, lines ...spot) []byte {
	var pages [][]placed
	for i := range n {
		var page []placed
		for _, l := range lines {
			s := strings.ReplaceAll(strings.ReplaceAll(l.s, "%d", fmt.Sprint(i+1)), "%c", string(rune('A'+i)))
			page = append(page, placed{l.x, l.y, s})
		}
		pages = append(pages, page)
	}
	raw := string(writePDF("", pages...))
	for _, l := range lines {
		at := fmt.Sprintf(" Tf 1 0 0 1 %d %d Tm", l.x, l.y)
		raw = strings.ReplaceAll(raw, "/F 10"+at, fmt.Sprintf("/F %d", l.size)+at)
	}
	return []byte(raw)
}

// Alternating heads of chapters go, each with its number at the outer side.
func TestAlternatingHeads(t *testing.T) {
	var pages [][]placed
	for i := range 8 {
		page := []placed{{72, 760, fmt.Sprint(i + 17)}, {300, 760, "Annals"}}
		if i%2 == 1 {
			page = []placed{{72, 760, "Of mill stones"}, {500, 760, fmt.Sprint(i + 17)}}
		}
		pages = append(pages, append(page, column(72, 700, prose...)...))
	}
	d, err := shared().Extract(t.Context(), writePDF("", pages...))
	if err != nil || strings.Count(d.Text, "Annals") > 1 || strings.Count(d.Text, "mill stones") > 0 || strings.Count(d.Text, "pipeline reads") != 8 {
		t.Errorf("%q, %v", d.Text, err)
	}
}

func TestNumberForm(t *testing.T) {
	for _, c := range []struct {
		before, after string
		want          form
	}{
		{"", "", outer}, {"Annals ", "", outer}, {"Annals ", " / 10", outer}, {"Annals ", " of 10", outer}, {"Annals ", " of mills", within},
		{"Annals, page ", "", marked}, {"p. ", "", marked}, {"Annals - ", " -", marked}, {"Annals | ", "", marked}, {"", " | Annals", marked},
		{"第 ", " 页", marked}, {"", " Annals", outer}, {"", ". Annals", within}, {"", ") Annals", within},
		{"Invoice No. ", "", within}, {"Order #", "", within}, {"Total ", ".50 EUR", within}, {"Card ", " of the set", within},
	} {
		if got := numberForm(c.before, c.after); got != c.want {
			t.Errorf("%q, %q: %d, want %d", c.before, c.after, got, c.want)
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
