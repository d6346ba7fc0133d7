package pdf

import (
	"strconv"
	"strings"
	"unicode"
)

// maxNumbers is how many numbers of a line may be its page number.
const maxNumbers = 3

// runningKey is a form under which a line may come again.
type runningKey struct {
	form   string
	counts bool // a number in it counts with the pages
	number bool // the line is nothing but a page number
}

// runningKeys are the forms under which a line may come again: first as it is, then
// with each number that stands as page numbers do replaced by its distance from the
// page's ordinal. A line without letters comes again under the latter alone: rules and
// brackets end many a page, and tables repeat their figures. The outermost lines also
// come again under a number at their end or start alone, since heads change.
func runningKeys(p pageLines, number, page int) []runningKey {
	line := strings.Join(strings.Fields(p.lines[number]), " ")
	if len(line) > maxRunning {
		return nil
	}
	outermost := number == 0 || number == len(p.lines)-1
	isFar := p.marks[number]&far != 0
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
			form := numberForm(line[:i], line[end:])
			if mere || form >= marked || isFar && form >= outer || form == outer && isTitle(line[:i]+line[end:]) {
				keys = append(keys, runningKey{"#" + line[:i] + "\x00" + strconv.Itoa(v-page) + "\x00" + line[end:], true, mere})
			}
			if outermost && (mere || form >= marked || isFar && form >= outer) && (i == 0 || end == len(line)) {
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

// form is how a number stands in its line.
type form int8

const (
	within form = iota // other words
	outer              // at the start or the end, as that of a page or of a chapter
	marked             // as that of a page: Page 3, | 3, - 3 -
)

// numberForm says how a number stands between what is before and after it.
func numberForm(before, after string) form {
	before, after = strings.TrimSpace(before), strings.TrimSpace(after)
	word := strings.ToLower(lastWord(strings.TrimRight(before, ".: ")))
	next := firstWord(after)
	switch {
	case pageWords[word] && !countWords[word], next == "页" || next == "頁" || next == "ページ" || next == "쪽" || next == "페이지",
		strings.HasSuffix(before, "-") && after == "-",
		after == "" && endsInSeparator(before), before == "" && startsWithSeparator(after):
		return marked
	case before == "" && !strings.HasPrefix(after, ".") && !strings.HasPrefix(after, ")"), isTotal(after) && !numberSigns[word] && !strings.HasSuffix(before, "#"):
		return outer
	}
	return within
}

// separators stand between a title and its page number.
const separators = "|·•¦‖"

func endsInSeparator(s string) bool { return s != "" && strings.ContainsRune(separators, lastRune(s)) }
func startsWithSeparator(s string) bool {
	return s != "" && strings.ContainsRune(separators, firstRune(s))
}

// isTotal says whether what follows a number is nothing, or the number of all pages.
func isTotal(s string) bool {
	word, rest := firstWord(s), ""
	switch {
	case s == "":
		return true
	case s[0] == '/':
		rest = s[1:]
	case countWords[strings.ToLower(word)]:
		rest = s[len(word):]
	}
	rest = strings.TrimSpace(rest)
	return rest != "" && strings.Trim(rest, "0123456789") == ""
}

// titleWords are the fewest words of a running title whose page number follows right
// after it; Psalm 3 and Exercise sheet 3 are headings.
const titleWords = 3

func isTitle(s string) bool {
	n := 0
	for word := range strings.FieldsSeq(s) {
		if strings.IndexFunc(word, unicode.IsLetter) >= 0 {
			n++
		}
	}
	return n >= titleWords
}

func firstWord(s string) string {
	if i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		return s[:i]
	}
	return s
}

func lastWord(s string) string {
	i := strings.LastIndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if i < 0 {
		return s
	}
	return strings.TrimLeftFunc(s[i:], func(r rune) bool { return !unicode.IsLetter(r) })
}

// countWords are those of pageWords that stand before the number of all pages.
var countWords = map[string]bool{
	"of": true, "von": true, "sur": true, "de": true, "di": true, "van": true, "из": true, "av": true, "af": true, "z": true, "共": true,
}

// numberSigns stand before the numbers of things that are no pages.
var numberSigns = map[string]bool{"no": true, "nr": true, "number": true, "num": true, "numero": true, "número": true, "nummer": true, "№": true, "n": true}

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
