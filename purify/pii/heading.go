package pii

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// heading reports whether the number begins a line as that of a heading does: before
// a word with a capital, or in Chinese before a short line without punctuation, and
// where the numbers of other lines do not make it a host's.
func heading(text string, start, end int, n quad, lines *lineNumbers) bool {
	return min(n[0], n[1], n[2], n[3]) > 0 && beginsLine(text, start) && (titled(text[end:]) && lines.heading(text, start, n) || lines.hasParent(text, n) && !n.isResolver())
}

// beginsLine reports whether nothing but the marks of a heading or an item is before
// text[start] in its line.
func beginsLine(text string, start int) bool {
	const longest = 32
	line := text[max(0, start-longest):start]
	at := strings.LastIndexByte(line, '\n') + 1
	return (at > 0 || start <= longest) && lineMarks(line[at:]) == len(line)-at
}

// lineMarks returns the length of the indent, Markdown's marks and the bullet that a
// line begins with.
func lineMarks(line string) int {
	rest := strings.TrimLeft(line, blanks+"#>")
	for _, bullet := range [...]string{"-", "*", "+", "•", "·"} {
		if item, ok := strings.CutPrefix(rest, bullet); ok && strings.TrimLeft(item, blanks) != item {
			rest = strings.TrimLeft(item, blanks+"#")
			break
		}
	}
	return len(line) - len(strings.TrimPrefix(rest, "**"))
}

// titled reports whether what stands behind a number looks like the words of a heading.
func titled(rest string) bool {
	for _, mark := range [...]string{".", ")", "**"} {
		rest = strings.TrimPrefix(rest, mark)
	}
	title := strings.TrimLeft(rest, blanks)
	if len(title) == len(rest) {
		return false
	}
	const longest = 200
	title = title[:min(len(title), longest)]
	title, _, _ = strings.Cut(title, "\n")
	first, n := utf8.DecodeRuneInString(title)
	if unicode.Is(unicode.Han, first) {
		return len(title) < longest && !strings.ContainsAny(title, "，。；！？,;!?") && !strings.ContainsRune("是为為的在和与與及或被从從向已不无無", first)
	}
	if !unicode.IsUpper(first) {
		return false
	}
	second, _ := utf8.DecodeRuneInString(title[n:])
	// Lines of a log or a zone go on in capitals: GET /, IN PTR.
	return unicode.IsLower(second) || second == ' ' && !strings.Contains(title, "/") || unicode.IsUpper(second) && !strings.ContainsAny(title, "/:\"[") && isWordy(title)
}

// isWordy reports whether a title in capitals has a word of more than four letters.
func isWordy(title string) bool {
	for word := range strings.FieldsSeq(title) {
		if len(word) > 4 && strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 {
			return true
		}
	}
	return false
}

// lineNumbers are the dotted numbers that begin the lines of a text. The zero value
// reads them when first asked.
type lineNumbers struct {
	read     bool
	sections map[[3]uint8]struct{} // of two and three parts; the third of two is noPart
	quads    []quadLine            // of four, from first to last
	hosts    bool                  // one of four is no heading's
}

type quadLine struct {
	at int
	quad
}

const noPart = 255

// headingMax is the highest first number of a heading that has no other evidence.
const headingMax = 20

// heading reports whether n, which begins a line of the text at the offset at, goes
// with the other numbers as that of a heading: there is its parent (8.8.4 or 8.8 for
// 8.8.4.3); or no line begins with a number that is surely a host's, and the next of
// four parts before or behind continues it, if there is one.
func (l *lineNumbers) heading(text string, at int, n quad) bool {
	if l.hasParent(text, n) {
		return true
	}
	if _, ok := l.sections[[3]uint8{n[0], n[1], noPart}]; ok && !n.isResolver() {
		return true
	}
	if l.hosts {
		return false
	}
	i, _ := slices.BinarySearchFunc(l.quads, at, func(q quadLine, at int) int { return cmp.Compare(q.at, at) })
	alone, sibling, continued := true, false, false
	for _, j := range [...]int{i - 1, i + 1} {
		if j < 0 || j >= len(l.quads) {
			continue
		}
		first, second := l.quads[min(i, j)].quad, l.quads[max(i, j)].quad
		same := [3]uint8(first[:3]) == [3]uint8(second[:3])
		alone = false
		sibling = sibling || same && first[3]+1 == second[3]
		continued = continued || same || continues(first, second)
	}
	if n.isResolver() || n[0] > headingMax || n == (quad{n[0], n[0], n[0], n[0]}) {
		return sibling && n.isRelease()
	}
	return alone || continued
}

// hasParent reports whether a line of the text begins with the number without its last
// part.
func (l *lineNumbers) hasParent(text string, n quad) bool {
	if !l.read {
		l.scan(text)
	}
	_, ok := l.sections[[3]uint8(n[:3])]
	return ok
}

// continues reports whether b is the first number after a under another parent:
// 4.4.1.1 after 4.3.2.9.
func continues(a, b quad) bool {
	i := 0
	for i < 3 && a[i] == b[i] {
		i++
	}
	if b[i] != a[i]+1 {
		return false
	}
	for _, part := range b[i+1:] {
		if part != 1 {
			return false
		}
	}
	return true
}

// scan reads the numbers.
func (l *lineNumbers) scan(text string) {
	l.read, l.sections = true, map[[3]uint8]struct{}{}
	for at := 0; at < len(text); {
		line := text[at:]
		if i := strings.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1]
		}
		marks := lineMarks(line)
		switch n, parts := leadingNumber(line[marks:]); parts {
		case 2:
			l.sections[[3]uint8{n[0], n[1], noPart}] = struct{}{}
		case 3:
			l.sections[[3]uint8(n[:3])] = struct{}{}
		case 4:
			l.quads = append(l.quads, quadLine{at + marks, n})
			l.hosts = l.hosts || !n.isPart()
		}
		at += len(line)
	}
}

// leadingNumber returns the number that a line begins with and how many parts it has,
// 0 for none of two to four parts up to 255 each. That of two or three is one of a
// section: up to 99 each.
func leadingNumber(line string) (n quad, parts int) {
	i := 0
	for parts < len(n) {
		start, value := i, 0
		for i < len(line) && i < start+3 && isASCII(line[i], classDigit) {
			value = 10*value + int(line[i]-'0')
			i++
		}
		if i == start {
			break // the full stop behind the number
		}
		if value > 255 {
			return n, 0
		}
		n[parts] = uint8(value)
		parts++
		if i == len(line) || line[i] != '.' {
			break
		}
		i++
	}
	if i < len(line) && (line[i] >= utf8.RuneSelf || isASCII(line[i], classDigit|classLetter) || line[i] == '%') ||
		parts < 2 || parts < len(n) && max(n[0], n[1], n[2]) > partMax {
		return n, 0
	}
	return n, parts
}
