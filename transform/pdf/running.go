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

// dropRunning takes running heads, feet and page numbers out of the pages. On
// the first page a line that shows no page number stays: it is the title.
func dropRunning(pages [][]string) {
	if len(pages) < runningPages {
		return
	}
	seen := map[string][]int32{} // pages in ascending order, each once
	for p, lines := range pages {
		eachEdge(lines, func(i int) {
			for _, k := range runningKeys(lines, i, p) {
				if at := seen[k]; len(at) == 0 || at[len(at)-1] != int32(p) {
					seen[k] = append(at, int32(p))
				}
			}
		})
	}
	for p, lines := range pages {
		drop := map[int]bool{}
		eachEdge(lines, func(i int) {
			for n, k := range runningKeys(lines, i, p) {
				title := p == 0 && n == 0
				if !title && near(seen[k], int32(p)) >= runningPages {
					drop[i] = true
				}
			}
		})
		if len(drop) == 0 {
			continue
		}
		kept := lines[:0]
		for i, line := range lines {
			if !drop[i] {
				kept = append(kept, line)
			}
		}
		pages[p] = kept
	}
}

// eachEdge calls f with the numbers of the outer lines of a page.
func eachEdge(lines []string, f func(int)) {
	for i := range lines {
		if i < edgeLines || i >= len(lines)-edgeLines {
			f(i)
		}
	}
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

// runningKeys are the forms under which a line may come again: first as it is,
// then with each number replaced by its distance from the page's ordinal. A line
// without letters comes again under the latter alone: rules and brackets end
// many a page, and tables repeat their figures. The outermost lines also come
// again under a number at their end or start alone, since heads change.
func runningKeys(lines []string, number, page int) []string {
	line := strings.Join(strings.Fields(lines[number]), " ")
	if len(line) > maxRunning {
		return nil
	}
	outermost := number == 0 || number == len(lines)-1
	keys := []string{""}
	if strings.IndexFunc(line, unicode.IsLetter) >= 0 {
		keys[0] = "=" + line
	}
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
			keys = append(keys, "#"+line[:i]+"\x00"+strconv.Itoa(v-page)+"\x00"+line[end:])
			if outermost && (i == 0 || end == len(line)) {
				keys = append(keys, "@"+strconv.FormatBool(i == 0)+strconv.Itoa(v-page))
			}
		}
		i, n = end, n+1
	}
	if v := roman(line); v > 0 {
		keys = append(keys, "i"+strconv.Itoa(v-page))
	}
	if keys[0] == "" {
		keys[0] = "-" + strconv.Itoa(page) // never comes again
	}
	return keys
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
