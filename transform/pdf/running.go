package pdf

import (
	"strconv"
	"strings"
	"unicode"
)

// A line is taken for a running head, a foot or a page number when it is among
// the outer lines of its page and comes again, the page number aside, on at
// least runningPages pages within runningReach pages of its own. Heads change
// with chapters and alternate between left and right pages, hence the reach.
const (
	edgeLines    = 3
	runningPages = 3
	runningReach = 8
	maxRunning   = 200 // bytes of such a line
)

// pageLines are the lines of a page.
type pageLines struct {
	lines []string
	apart []bool // whether a line stands apart from the one before it
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
			for _, k := range runningKeys(page.lines, i, p) {
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
			for n, k := range runningKeys(page.lines, i, p) {
				switch {
				case near(seen[k.form], int32(p)) < runningPages:
				case p == 0 && n == 0:
					title[i] = true
				case k.counts && !k.number && !page.isApart(i):
				default:
					if drops[p] == nil {
						drops[p] = map[int]bool{}
					}
					drops[p][i] = true
				}
			}
		})
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

// keepSlides takes back what would leave most pages around without a text, page
// numbers aside, and what would leave the document without any.
func keepSlides(pages []pageLines, drops []map[int]bool, title map[int]bool) {
	emptied := make([]bool, len(pages))
	for p, page := range pages {
		emptied[p] = len(drops[p]) > 0
		for i := range page.lines {
			emptied[p] = emptied[p] && (drops[p][i] || p == 0 && title[i])
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

// eachEdge calls f with the numbers of the outer lines of a page, and how many
// stand between each and its end of the page.
func (p pageLines) eachEdge(f func(i, depth int)) {
	for i := range p.lines {
		if depth := min(i, len(p.lines)-1-i); depth < edgeLines {
			f(i, depth)
		}
	}
}

// isApart says whether outer line i, or a line between it and the text of the page,
// stands apart from the next one inwards.
func (p pageLines) isApart(i int) bool {
	n := len(p.lines)
	for j := i + 1; j <= min(edgeLines, n/2); j++ {
		if p.apart[j] {
			return true
		}
	}
	for j := i; j >= max(n-edgeLines, (n+1)/2); j-- {
		if p.apart[j] {
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

// maxNumbers is how many numbers of a line may be its page number.
const maxNumbers = 3

// runningKey is a form under which a line may come again.
type runningKey struct {
	form   string
	counts bool // a number in it does not count, or counts with the pages
	number bool // the line is nothing but a page number
}

// runningKeys are the forms under which a line may come again: first as it is,
// then with each number replaced by its distance from the page's ordinal. A line
// without letters comes again under the latter alone: rules and brackets end
// many a page, and tables repeat their figures. The outermost lines also come
// again under a number at their end or start alone, since heads change.
func runningKeys(lines []string, number, page int) []runningKey {
	line := strings.Join(strings.Fields(lines[number]), " ")
	if len(line) > maxRunning {
		return nil
	}
	outermost := number == 0 || number == len(lines)-1
	keys := []runningKey{{form: "-" + strconv.Itoa(page)}} // never comes again
	if strings.IndexFunc(line, unicode.IsLetter) >= 0 {
		keys[0].form = "=" + line
	}
	mere := isPageNumber(line)
	for i, n := 0, 0; i < len(line) && n < maxNumbers; {
		if line[i] < '0' || line[i] > '9' {
			i++
			continue
		}
		end := i
		for end < len(line) && line[end] >= '0' && line[end] <= '9' {
			end++
		}
		if v, err := strconv.Atoi(line[i:end]); err == nil && end-i <= 6 {
			keys = append(keys, runningKey{"#" + line[:i] + "\x00" + strconv.Itoa(v-page) + "\x00" + line[end:], true, mere})
			if outermost && (i == 0 || end == len(line)) {
				keys = append(keys, runningKey{"@" + strconv.FormatBool(i == 0) + strconv.Itoa(v-page), true, mere})
			}
		}
		i, n = end, n+1
	}
	if v := roman(line); v > 0 {
		keys = append(keys, runningKey{"i" + strconv.Itoa(v-page), true, true})
	}
	return keys
}

// pageWords are the words and signs that stand beside page numbers.
var pageWords = map[string]bool{
	"page": true, "pages": true, "pag": true, "pg": true, "p": true, "pp": true, "seite": true, "s": true, "of": true, "von": true,
	"sur": true, "de": true, "di": true, "página": true, "páginas": true, "pagina": true, "paginas": true, "van": true,
	"страница": true, "стр": true, "с": true, "из": true, "сторінка": true, "sida": true, "av": true, "side": true, "af": true,
	"sivu": true, "strana": true, "str": true, "strona": true, "z": true, "oldal": true, "sayfa": true, "trang": true, "halaman": true,
	"σελίδα": true, "صفحة": true, "第": true, "页": true, "頁": true, "ページ": true, "共": true, "쪽": true, "페이지": true,
}

// isPageNumber says whether a line is a page number, of how many or not, and nothing
// else.
func isPageNumber(line string) bool {
	if roman(strings.TrimSpace(line)) > 0 {
		return true
	}
	number := false
	for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !pageWords[strings.ToLower(word)] {
			return false
		}
	}
	for i := range len(line) {
		number = number || line[i] >= '0' && line[i] <= '9'
	}
	return number
}

// roman reads a numeral in small or capital letters up to 99, 0 if it is none.
func roman(s string) int {
	if len(s) > 8 {
		return 0
	}
	values := map[byte]int{'i': 1, 'v': 5, 'x': 10, 'l': 50}
	total, last := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		v := values[s[i]|0x20]
		switch {
		case v == 0:
			return 0
		case v < last:
			total -= v
		default:
			total += v
			last = v
		}
	}
	if total > 99 {
		return 0
	}
	return total
}
