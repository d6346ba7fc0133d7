package spam

import (
	"slices"
	"strings"
)

// leastParagraph is how many letters a line has at least that is cut by its sentences.
const leastParagraph = 60

// sentences puts the sentences of the last line in its place, if some of them are spam and
// most of it is not.
func (r *reader) sentences(text string) {
	at := len(r.lines) - 1
	whole := r.lines[at]
	if whole.chars < leastParagraph || whole.sentences == 0 || whole.hints == 0 && whole.contact == 0 {
		return
	}
	r.lines = r.lines[:at]
	chars, cut := 0, 0
	for from := int(whole.start); from < int(whole.end); {
		to := from + sentenceEnd(text[from:whole.end])
		r.readPiece(text, from, to)
		piece := &r.lines[len(r.lines)-1]
		piece.joins = from > int(whole.start)
		if !piece.planted(&whole) {
			piece.kind = kindNone
		}
		if chars += int(piece.chars); piece.kind != kindNone {
			cut += int(piece.chars)
		}
		from = to
	}
	if cut == 0 || whole.kind != kindNone && cut*2 > chars {
		r.lines = append(r.lines[:at], whole)
		return
	}
	r.mergeSound(at)
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
		if last := len(kept) - 1; last >= at && kept[last].kind == kindNone && piece.kind == kindNone {
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
