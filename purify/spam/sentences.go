package spam

import (
	"slices"
	"strings"
)

// leastParagraph is how many letters a line has at least that is cut by its sentences.
const leastParagraph = 60

// A paragraph is looked at by its sentences from tryMargin on. One of many needs sentenceMargin
// more than a line; where the others are above restMargin on the whole, all of it is spam.
const (
	tryMargin      = -4 << fixedBits
	sentenceMargin = 1 << fixedBits
	restMargin     = -3 << fixedBits
)

// sentences puts the sentences of the last line in its place, if some of them are spam and
// most of it is not.
func (r *reader) sentences(text string) {
	at := len(r.lines) - 1
	whole := r.lines[at]
	if whole.chars < leastParagraph || whole.sentences == 0 || whole.hints == 0 && whole.contact == 0 && (r.model == nil || whole.margin < tryMargin) {
		return
	}
	r.lines = r.lines[:at]
	chars, cut, planted := 0, 0, false
	rest := int64(0) // margin times letters of what stays
	for from := int(whole.start); from < int(whole.end); {
		to := from + sentenceEnd(text[from:whole.end])
		r.readPiece(text, from, to)
		piece := &r.lines[len(r.lines)-1]
		piece.joins = from > int(whole.start)
		margin := piece.margin
		if piece.kind != kindNone && piece.planted(&whole) {
			planted = true
		} else {
			piece.kind = kindNone
			piece.margin -= sentenceMargin
		}
		if chars += int(piece.chars); r.apart(piece) {
			cut += int(piece.chars)
		} else {
			rest += int64(margin) * int64(piece.chars)
		}
		from = to
	}
	learned := r.model != nil && whole.margin >= r.sure
	if cut == 0 || (whole.kind != kindNone || learned) && cut*2 > chars || learned && !planted && rest > restMargin*int64(chars-cut) {
		r.lines = append(r.lines[:at], whole)
		return
	}
	r.mergeSound(at)
}

// apart reports whether a sentence is spam, or may be in its document.
func (r *reader) apart(l *spamLine) bool {
	return l.kind != kindNone || r.model != nil && l.chars >= leastLearned && l.margin >= r.sure-foreignMargin
}

// planted reports whether a sentence is spam that its paragraph is not: it leads to
// somebody, and reports nothing.
func (l *spamLine) planted(whole *spamLine) bool {
	if l.reports > 0 || l.kind == kindSpun || l.kind == kindCities || l.kind == kindStuffing {
		return false
	}
	return l.contact == 2 || l.contact == 1 && narrative[l.kind] && whole.reports == 0 && l.score >= 1.5*l.need
}

// mergeSound makes one of the sentences from at on that stand side by side and stay.
func (r *reader) mergeSound(at int) {
	kept := r.lines[:at]
	for _, piece := range r.lines[at:] {
		if last := len(kept) - 1; last >= at && !r.apart(&kept[last]) && !r.apart(&piece) {
			kept[last].margin = min(kept[last].margin, piece.margin)
			kept[last].end = piece.end
			kept[last].chars += piece.chars
			kept[last].reports = max(kept[last].reports, piece.reports)
			kept[last].hints, kept[last].contact = 0, 0
			continue
		}
		kept = append(kept, piece)
	}
	r.lines = kept
}

// sentenceEnd returns where the first sentence of s ends, with the marks that close it.
func sentenceEnd(s string) int {
	ended := false
	for i, ch := range s {
		switch ch {
		case '。', '！', '？', '!', '?', '；':
			ended = true
		case '”', '’', '」', '』', '）', ')', '…':
		default:
			if ended {
				return i
			}
		}
	}
	return len(s)
}

// without returns the text without what is spam: a line goes with its break.
func (r *reader) without(text string) string {
	size := len(text)
	for i := range r.lines {
		if l := &r.lines[i]; l.kind != kindNone {
			size -= int(l.end - l.start)
		}
	}
	var out strings.Builder
	out.Grow(max(0, size))
	first := true
	for i := 0; i < len(r.lines); {
		to := i + 1
		for to < len(r.lines) && r.lines[to].joins {
			to++
		}
		if line := r.lines[i:to]; slices.ContainsFunc(line, func(l spamLine) bool { return l.kind == kindNone }) {
			if !first {
				out.WriteByte('\n')
			}
			first = false
			for _, l := range line {
				if l.kind == kindNone {
					out.WriteString(text[l.start:l.end])
				}
			}
		}
		i = to
	}
	return out.String()
}
