package transform

// inline appends the text of a run with its references decoded. Without pre,
// white space of any kind is folded into one space.
func (x *Extractor) inline(dst []byte, s string, pre bool) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		switch cls := byteClass[c]; cls {
		case clsSpace:
			if pre {
				if c != '\r' {
					dst = append(dst, c)
				}
			} else {
				dst = addSpace(dst)
			}
			i++
		case clsControl:
			i++
		case clsAmp:
			n := len(dst)
			var used int
			dst, used = x.ents.decode(dst, s[i:])
			i += used
			dst = foldTail(dst, n, pre)
		case clsHigh:
			n := len(dst)
			j := i + 1
			for j < len(s) && s[j]&0xc0 == 0x80 {
				j++
			}
			dst = append(dst, s[i:j]...)
			i = j
			dst = foldTail(dst, n, pre)
		default:
			j := i + 1
			for j < len(s) {
				if k := byteClass[s[j]]; k == clsSpace || k >= clsHigh {
					break
				}
				j++
			}
			dst = append(dst, s[i:j]...)
			i = j
		}
	}
	return dst
}

func addSpace(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != ' ' && dst[n-1] != '\n' {
		return append(dst, ' ')
	}
	return dst
}

// foldTail turns a character just appended at n into a space, or drops it,
// when it is white space, a control or an invisible mark.
func foldTail(dst []byte, n int, pre bool) []byte {
	t := dst[n:]
	switch {
	case len(t) == 1 && (isSpace(t[0]) || t[0] < 0x20 || t[0] == 0x7f):
		if isSpace(t[0]) && !pre {
			return addSpace(dst[:n])
		}
		if isSpace(t[0]) {
			return dst
		}
		return dst[:n]
	case len(t) == 2 && t[0] == 0xc2:
		switch {
		case t[1] == 0xa0:
			if pre {
				return append(dst[:n], ' ')
			}
			return addSpace(dst[:n])
		case t[1] == 0xad || t[1] < 0xa0: // soft hyphen, C1 controls
			return dst[:n]
		}
	case len(t) == 3 && t[0] == 0xe2 && t[1] == 0x80:
		switch {
		case t[2] >= 0x80 && t[2] <= 0x8a || t[2] == 0xa8 || t[2] == 0xa9 || t[2] == 0xaf:
			if pre {
				return append(dst[:n], ' ')
			}
			return addSpace(dst[:n])
		case t[2] == 0x8b: // zero-width space
			return dst[:n]
		}
	case len(t) == 3 && t[0] == 0xe3 && t[1] == 0x80 && t[2] == 0x80: // ideographic space
		if !pre {
			return addSpace(dst[:n])
		}
	case len(t) == 3 && t[0] == 0xef && t[1] == 0xbb && t[2] == 0xbf: // byte order mark
		return dst[:n]
	}
	return dst
}

// appendBlock appends the text of one block without white space at its ends.
func (x *Extractor) appendBlock(dst []byte, b *block) []byte {
	base := len(dst)
	for _, p := range x.p.pieces[b.p0:b.p1] {
		if p.line {
			dst = append(trimSpaces(dst, base), '\n')
		}
		switch p.kind {
		case pieceBreak:
			dst = append(trimSpaces(dst, base), '\n')
		case pieceTeX, pieceDisplay:
			dst = x.appendTeX(dst, p)
		case pieceGap:
			dst = append(dst, ' ')
		default:
			dst = x.inline(dst, x.p.html[p.start:p.stop], b.pre)
		}
	}
	end := trimLines(dst, base)
	start := base
	for start < end && (dst[start] == '\n' || dst[start] == ' ' && !b.pre) {
		start++
	}
	if start > base {
		copy(dst[base:], dst[start:end])
		end -= start - base
	}
	return dst[:end]
}

func trimSpaces(dst []byte, base int) []byte {
	n := len(dst)
	for n > base && dst[n-1] == ' ' {
		n--
	}
	return dst[:n]
}

func trimLines(dst []byte, base int) int {
	n := len(dst)
	for n > base && (isSpace(dst[n-1])) {
		n--
	}
	return n
}

// render writes the kept blocks, one a line; the cells of a table row that
// hold one block each share a line, set apart by " | "; empty ones between keep their place.
func (x *Extractor) render() string {
	x.out = x.out[:0]
	lastRow := int32(noElem)
	lastCell := int32(noElem)
	for i := range x.p.blocks {
		b := &x.p.blocks[i]
		if !b.keep {
			continue
		}
		row, cell := x.row(b)
		n := len(x.out)
		if n > 0 {
			if row >= 0 && row == lastRow && cell != lastCell {
				for range x.cellsTo(row, lastCell, cell) {
					x.out = append(x.out, " | "...)
				}
			} else {
				x.out = append(x.out, '\n')
			}
		}
		m := len(x.out)
		x.out = x.appendBlock(x.out, b)
		if len(x.out) == m {
			x.out = x.out[:n]
			continue
		}
		lastRow, lastCell = row, cell
	}
	return string(x.out)
}

// cellsTo counts the cells of a row behind one up to another: an empty one keeps its place.
func (x *Extractor) cellsTo(row, from, to int32) (n int) {
	for e := from + 1; e <= to; e++ {
		if el := &x.p.elems[e]; el.parent == row && (el.tag == tagTD || el.tag == tagTH) {
			n++
		}
	}
	return n
}

// row returns the table row and cell of a block that is alone in its cell and
// short, else noElem.
func (x *Extractor) row(b *block) (row, cell int32) {
	el := x.p.elems
	if el[b.elem].ctx&inCell == 0 || b.weight > 400 {
		return noElem, noElem
	}
	for e, k := b.holder, 0; e > 0 && k < 4; e, k = el[e].parent, k+1 {
		if el[e].blocks > 1 {
			break
		}
		if t := el[e].tag; t == tagTD || t == tagTH {
			if up := el[e].parent; el[up].tag == tagTR {
				return up, e
			}
			break
		}
	}
	return noElem, noElem
}
