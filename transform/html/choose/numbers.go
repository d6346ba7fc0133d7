package choose

import (
	"bytes"
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/dom"
	"github.com/corpusmill/corpusmill/transform/html/token"
)

const (
	numbersFew    = 3 // lines from which numbers beside a listing are those of its lines
	numbersMore   = 2 // lines that they may be more or fewer than the listing has: blank ones at its ends
	numbersClimb  = 3 // elements around numbers whose class may say so, where their listing is not preformatted
	numberBytes   = 12
	copyWords     = 4 // words of the button that copies a listing
	numberedShare = 0.8
)

// dropLineNumbers drops the numbers of lines that stand beside a listing of code, in a
// column or a list of their own or at the start of each line, and the button that copies it.
func (x *Chooser) dropLineNumbers() {
	bl := x.p.Blocks
	for i := 0; i < len(bl); i++ {
		b := &bl[i]
		if b.Pre && b.Keep {
			x.dropInlineNumbers(b)
		}
		if b.Words <= copyWords && b.Keep && x.besidePre(i) && x.says(b, copyWords) && isCopyButton(x.out) {
			b.Keep, b.Rule = false, dom.ByLineNumbers
		}
		end, n := x.numbers(i)
		if n == 0 {
			continue
		}
		if x.numbersOf(i, end, n) {
			for j := i; j < end; j++ {
				if bl[j].Keep {
					bl[j].Keep, bl[j].Rule = false, dom.ByLineNumbers
				}
			}
		}
		i = end - 1
	}
}

// besidePre reports preformatted text next to a block.
func (x *Chooser) besidePre(i int) bool {
	bl := x.p.Blocks
	return i > 0 && bl[i-1].Pre || i+1 < len(bl) && bl[i+1].Pre
}

func isCopyButton(s []byte) bool {
	switch string(bytes.TrimSpace(s)) {
	case "copy", "copied", "copied!", "copy code", "复制", "复制代码", "複製", "複製程式碼", "コピー", "コードをコピー":
		return true
	}
	return false
}

// numbers returns the end of the blocks from i on that are nothing but numbers, each by one
// more than the one before, and how many these are.
func (x *Chooser) numbers(i int) (end, n int) {
	bl, next := x.p.Blocks, -1
	for end = i; end < len(bl); end++ {
		b := &bl[end]
		if b.Words == 0 || b.Digits < b.Words || b.Uppers > 0 || b.Link > 0 || b.Stops > 0 {
			return end, n
		}
		x.out = x.p.AppendBlock(x.out[:0], x.d, b)
		before := n
		for f := range bytes.FieldsSeq(x.out) {
			v, ok := number(f)
			if !ok || next >= 0 && v != next {
				return end, before
			}
			next = v + 1
			n++
		}
	}
	return end, n
}

// numbersOf reports that the n numbers in the blocks from i to end are those of the lines
// of a listing before or behind them.
func (x *Chooser) numbersOf(i, end, n int) bool {
	bl := x.p.Blocks
	for _, j := range [...]int{end, i - 1} {
		if j < 0 || j >= len(bl) {
			continue
		}
		b := &bl[j]
		if b.Pre {
			pre := x.p.PreOf(b.Holder)
			inside := pre > 0 && pre == x.p.PreOf(bl[i].Holder) && x.p.Elems[bl[i].Holder].Ctx&dom.InList != 0
			x.out = x.p.AppendBlock(x.out[:0], x.d, b)
			lines := 1 + bytes.Count(x.out, []byte("\n"))
			if (n >= numbersFew || inside) && max(n-lines, lines-n) <= numbersMore {
				return true
			}
			continue
		}
		if n < numbersFew || !x.namedNumbers(bl[i].Holder) {
			continue
		}
		row, lines := x.p.InnerRow(b.Holder), 0
		for k := j; row > 0 && k >= 0 && k < len(bl) && lines <= n && x.p.InnerRow(bl[k].Holder) == row; lines++ {
			if j == end {
				k++
			} else {
				k--
			}
		}
		if lines > 0 && lines <= n && 2*lines >= n {
			return true
		}
	}
	return false
}

// namedNumbers reports numbers of lines by the class of an element around them.
func (x *Chooser) namedNumbers(e int32) bool {
	for k := 0; k < numbersClimb && e > 0; k, e = k+1, x.p.Elems[e].Parent {
		class := strings.ToLower(token.SharedAttrAt(x.p.HTML, int(x.p.Elems[e].At), "class"))
		for _, name := range [...]string{"gutter", "lineno", "linenum", "line-num", "crayon-num", "nums", "numbering"} {
			if strings.Contains(class, name) {
				return true
			}
		}
	}
	return false
}

// dropInlineNumbers empties the pieces of a listing that number its lines: each begins a
// line and holds nothing but a number, by one more than the one before.
func (x *Chooser) dropInlineNumbers(b *dom.Block) {
	pieces := x.p.Pieces[b.P0:b.P1]
	n, full, next, lines, spaced := 0, 0, -1, 1, true
	for pass := range 2 {
		start := true
		for i := range pieces {
			c := &pieces[i]
			s := x.p.HTML[c.Start:c.Stop]
			if start || c.Line {
				v, ok := lineNumber(s)
				switch {
				case !ok:
				case pass == 1:
					c.Stop = c.Start
					if spaced && i+1 < len(pieces) && strings.HasPrefix(x.p.HTML[pieces[i+1].Start:pieces[i+1].Stop], " ") {
						pieces[i+1].Start++
					}
				case next >= 0 && v != next:
					return
				default:
					n, next = n+1, v+1
					behind := ""
					if i+1 < len(pieces) {
						behind = x.p.HTML[pieces[i+1].Start:pieces[i+1].Stop]
					}
					if behind != "" && behind[0] != '\n' && behind[0] != '\r' { // else an empty line
						full++
						spaced = spaced && behind[0] == ' '
					}
				}
			}
			if pass == 0 {
				lines += strings.Count(s, "\n")
				if c.Kind == dom.PieceBreak {
					lines++
				}
			}
			start = c.Kind == dom.PieceBreak || strings.HasSuffix(s, "\n")
		}
		if start {
			lines--
		}
		if n < numbersFew || 2*full < n || float32(n) < numberedShare*float32(lines) {
			return
		}
	}
}

// lineNumber reads a number with what may part it from its line.
func lineNumber(s string) (int, bool) {
	s = strings.Trim(s, " \t")
	if len(s) > numberBytes {
		return 0, false
	}
	return number(strings.TrimRight(s, " .:|"))
}

// number reads digits, numberBytes at most. Most blocks have none: an error would be made for each.
func number[S string | []byte](s S) (v int, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || i == numberBytes {
			return 0, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, len(s) > 0
}
