package pdf

import "strings"

// A line is taken for a running head, a foot or a page number when it is among
// the outer lines of its page, stands in the margins, is no heading, and comes again,
// the page number aside, on at least runningPages pages within runningReach pages of
// its own. A number that counts with the pages is a page's only where it stands as
// such: numbers of receipts, psalms and questions count too. Heads change
// with chapters and alternate between left and right pages, hence the reach.
const (
	edgeLines    = 3
	runningPages = 3
	runningReach = 8
	maxRunning   = 200 // bytes of such a line
	shortPage    = 8   // lines: a page of fewer proves little
)

// pageLines are the lines of a page.
type pageLines struct {
	lines []string
	marks []marks
}

// dropRunning takes running heads, feet and page numbers out of the pages. On
// the first page a line that shows no page number stays: it is the title.
//
// Pages of few lines, such as slides, cards and work sheets, are mostly edge. So
// they prove little, a line that counts with the pages stays where it begins or
// ends the text, and a page of which nothing would be left keeps its lines if that
// is so of most pages around it.
func dropRunning(pages []pageLines) {
	if len(pages) < runningPages {
		return
	}
	seen := map[string][]int32{} // pages in ascending order, each once
	for p, page := range pages {
		page.eachEdge(func(i, depth int) {
			for _, k := range runningKeys(page, i, p) {
				if depth >= page.proof() && !k.number {
					continue
				}
				if at := seen[k.form]; len(at) == 0 || at[len(at)-1] != int32(p) {
					seen[k.form] = append(at, int32(p))
				}
			}
		})
	}
	drops := make([]map[int]bool, len(pages))
	title := map[int]bool{} // lines of the first page that come again as they are
	for p, page := range pages {
		page.eachEdge(func(i, _ int) {
			for n, k := range runningKeys(page, i, p) {
				switch {
				case near(seen[k.form], int32(p)) < runningPages:
				case p == 0 && n == 0:
					title[i] = true
				case k.counts && !k.number && !page.isApart(i):
				case !k.counts && len(page.lines) < shortPage && isContent(page.lines[i]):
				default:
					if drops[p] == nil {
						drops[p] = map[int]bool{}
					}
					drops[p][i] = true
				}
			}
		})
	}
	for p, page := range pages {
		page.keepBlocks(drops[p], func(i int) bool { return p == 0 && title[i] })
	}
	keepSlides(pages, drops, title)
	for p, drop := range drops {
		if len(drop) == 0 {
			continue
		}
		lines := pages[p].lines
		kept := lines[:0]
		for i, line := range lines {
			if !drop[i] {
				kept = append(kept, line)
			}
		}
		pages[p].lines = kept
	}
}

// keepBlocks takes back lines that stand right beside a line further out which stays:
// they go with it, as the question below its number. Page numbers are on their own.
func (p pageLines) keepBlocks(drop map[int]bool, title func(int) bool) {
	if len(drop) == 0 {
		return
	}
	n := len(p.lines)
	for i := 1; i < min(edgeLines, n/2); i++ {
		if drop[i] && !drop[i-1] && !title(i-1) && p.marks[i]&apart == 0 && !isPageNumber(p.lines[i]) {
			delete(drop, i)
		}
	}
	for i := n - 2; i >= max(n-edgeLines, (n+1)/2); i-- {
		if drop[i] && !drop[i+1] && !title(i+1) && p.marks[i+1]&apart == 0 && !isPageNumber(p.lines[i]) {
			delete(drop, i)
		}
	}
}

// keepSlides takes back what would leave most pages around without a text, a word or
// two and page numbers aside, and what would leave the document without any.
func keepSlides(pages []pageLines, drops []map[int]bool, title map[int]bool) {
	emptied := make([]bool, len(pages))
	for p, page := range pages {
		emptied[p] = len(drops[p]) > 0
		kept := 0
		for i, line := range page.lines {
			if drops[p][i] || p == 0 && title[i] {
				continue
			}
			if kept++; kept == edgeLines || width(line) >= minWidth {
				emptied[p] = false
				break
			}
		}
	}
	left := false
	for p, page := range pages {
		if emptied[p] && isSlide(p, drops, emptied) {
			for i, line := range page.lines {
				if !isPageNumber(line) {
					delete(drops[p], i)
				}
			}
		}
		left = left || len(drops[p]) < len(page.lines)
	}
	if !left {
		clear(drops)
	}
}

// isSlide says whether of the pages around that lose lines half at least lose all.
func isSlide(p int, drops []map[int]bool, emptied []bool) bool {
	touched, empty := 0, 0
	for q := max(0, p-runningReach); q <= min(len(drops)-1, p+runningReach); q++ {
		if emptied[q] {
			empty++
		}
		if emptied[q] || len(drops[q]) > 0 {
			touched++
		}
	}
	return 2*empty >= touched
}

// proof is how many lines at each end prove that they come again: a third of the
// page at most, one at least where there is another.
func (p pageLines) proof() int {
	if len(p.lines) < 2 {
		return 0
	}
	return min(edgeLines, max(1, len(p.lines)/3))
}

// eachEdge calls f with the numbers of the outer lines of a page that stand in its
// margins and are no heading, and how many stand between each and its end of the page.
func (p pageLines) eachEdge(f func(i, depth int)) {
	for i := range p.lines {
		if depth := min(i, len(p.lines)-1-i); depth < edgeLines && p.marks[i]&(inner|large) == 0 {
			f(i, depth)
		}
	}
}

// isApart says whether outer line i, or a line between it and the text of the page,
// stands apart from the next one inwards.
func (p pageLines) isApart(i int) bool {
	n := len(p.lines)
	for j := i + 1; j <= min(edgeLines, n/2); j++ {
		if p.marks[j]&apart != 0 {
			return true
		}
	}
	for j := i; j >= max(n-edgeLines, (n+1)/2); j-- {
		if p.marks[j]&apart != 0 {
			return true
		}
	}
	return false
}

// near counts the pages within reach of p.
func near(pages []int32, p int32) int {
	n := 0
	for _, q := range pages {
		if q >= p-runningReach && q <= p+runningReach {
			n++
		}
	}
	return n
}

// isContent says whether a line is a sentence or has a blank to fill in: on a short
// page it is rather part of a form than a running head.
func isContent(line string) bool { return endsSentence(line) || strings.Contains(line, "__") }
