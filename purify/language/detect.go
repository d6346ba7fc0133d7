package language

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Detector names the languages of a text. Implementations are safe for
// concurrent use and give equal texts equal answers.
type Detector interface {
	// Detect returns the languages that the text may be in, the likeliest first;
	// none for a text without letters. Undetermined is among them where it may be
	// one that the detector does not know. Scores lie in 0..1 and sum to 1 at most.
	Detect(text string) []Scored
}

// Scored is a language with its score.
type Scored struct {
	Code  string  // ISO 639-1, ckb of ISO 639-3, or a model's own label
	Score float64 // 0..1; of the built-in model a multiple of 0.0001
}

// Languages returns every code that a Detector of this package may give, sorted.
func Languages() []string {
	list := []string{"zh", "ja"}
	for _, s := range listed {
		list = append(list, strings.Fields(s.codes)...)
	}
	for _, s := range singleScripts {
		list = append(list, s.code)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// windowRunes is the length of a window in code points. Each is judged by
// itself, so that a passage in another language costs the score no more than its
// share of the text.
const windowRunes = 100

// A text is of no language if more than codeShare of its letters stand in windows of
// code or numbers and nearCodeShare in such as may be: half of a program's windows are
// names and comments that look like prose. Else the windows of code count for no
// language. A text of one window is never code: a date is a third of it at times.
const (
	codeShare     = 0.35
	nearCodeShare = 0.8
)

// ScriptDetector is the detector of this package: scripts first, then letters.
type ScriptDetector struct {
	model      *model
	candidates [maxLanguages]bool
	maxRunes   int
}

// NewScriptDetector returns a detector that chooses among the given codes; none
// means all that it knows, and only then it tells the languages that it does not
// list. Languages that have a script to themselves are always candidates. It looks at maxRunes code points of a text, at least 100, in windows
// evenly spread from its beginning to its end.
func NewScriptDetector(codes []string, maxRunes int) (*ScriptDetector, error) {
	m, err := loadModel()
	if err != nil {
		return nil, err
	}
	d := &ScriptDetector{model: m, maxRunes: max(maxRunes, windowRunes)}
	every := true
	for _, s := range listed {
		for code := range strings.FieldsSeq(s.codes) {
			every = every && (len(codes) == 0 || slices.Contains(codes, code))
		}
	}
	for l, x := range m.languages {
		d.candidates[l] = every || slices.Contains(codes, x.Code)
	}
	return d, nil
}

// Detect implements Detector. The letters of URLs and mail addresses do not count.
func (d *ScriptDetector) Detect(text string) []Scored {
	var all letters
	var coded, near int // letters
	long := runesEnd(text, 0, windowRunes) < len(text)
	var sums [maxLanguages]float64
	for w := newWindows(text, d.maxRunes); w.next(); {
		var l letters
		for _, p := range w.pieces[:w.used] {
			l.count(text[p.from:p.to])
		}
		if long && l.signsAbove(signsNearCode) {
			near += l.all
		}
		if long && l.signsAbove(signsOfCode) {
			coded += l.all
			continue
		}
		all.merge(&l)
		for i := range d.model.scripts {
			if s := &d.model.scripts[i]; l.byModel[i] > 0 {
				var t tally
				for _, p := range w.pieces[:w.used] {
					s.add(&t, text, p.from, p.to)
				}
				s.share(&t, &d.model.likely, &d.candidates, float64(l.byModel[i]), &sums)
			}
		}
	}
	if all.all+coded == 0 {
		return nil
	}
	letters := float64(all.all + coded)
	if float64(coded) > codeShare*letters && float64(near) > nearCodeShare*letters {
		return []Scored{{NoLanguage, rounded(float64(near) / letters)}}
	}
	if all.all == 0 {
		return []Scored{{NoLanguage, 1}}
	}
	list := all.direct(make([]Scored, 0, 8))
	for name, code := range d.model.names {
		if sums[name] > 0 {
			list = append(list, Scored{code, sums[name] / float64(all.all)})
		}
	}
	return ranked(list)
}

// rounded keeps a processor's last bit from reaching an output.
func rounded(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// ranked rounds the scores, drops the zeros and sorts.
func ranked(list []Scored) []Scored {
	for i := range list {
		list[i].Score = rounded(list[i].Score)
	}
	list = slices.DeleteFunc(list, func(s Scored) bool { return s.Score == 0 })
	slices.SortFunc(list, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Code, b.Code))
	})
	return list
}

// windowPieces is the most pieces of prose that a window is put together of.
const windowPieces = 16

// windows goes through the windows of a text: all of a text of up to maxRunes code
// points, else maxRunes of them in windows evenly spread. A window is of prose, it
// leaves links out and goes on behind them.
type windows struct {
	text   string
	n, k   int // windows of a sample, 0 for all of the text; the next one
	tail   int // where the last one of a sample begins at the earliest
	end    int // of the last window
	pieces [windowPieces]span
	used   int // pieces of this window
}

func newWindows(text string, maxRunes int) windows {
	w := windows{text: text}
	if runesEnd(text, 0, maxRunes) < len(text) {
		w.n, w.tail = maxRunes/windowRunes, runesStart(text, windowRunes)
	}
	return w
}

// next moves to the next window and reports whether there is one.
func (w *windows) next() bool {
	at := w.end
	if w.n > 0 {
		if w.k == w.n {
			return false
		}
		at = 0
		if w.n > 1 {
			at = int(int64(w.tail) * int64(w.k) / int64(w.n-1))
		}
		for at < len(w.text) && !utf8.RuneStart(w.text[at]) {
			at++
		}
		at = max(at, w.end)
		w.k++
	}
	w.fill(at)
	return w.n > 0 || w.used > 0
}

// fill puts a window together from an offset on.
func (w *windows) fill(at int) {
	w.used = 0
	from := wordStart(w.text, at)
	for left := windowRunes; left > 0 && at < len(w.text) && w.used < windowPieces; {
		to := runesEnd(w.text, at, left)
		start, end := nextLink(w.text, from, to)
		switch {
		case start == to:
			left = 0
		case start > at:
			left -= utf8.RuneCountInString(w.text[at:start])
		}
		if start > at {
			w.pieces[w.used] = span{at, start}
			w.used++
		}
		at = max(at, end)
		from = at
	}
	w.end = at
}

// runesEnd returns the offset n code points after i, or the end.
func runesEnd(text string, i, n int) int {
	for ; n > 0 && i < len(text); n-- {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		i += size
	}
	return i
}

// runesStart returns the offset n code points before the end.
func runesStart(text string, n int) int {
	i := len(text)
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:i])
		i -= size
	}
	return i
}

func (l *letters) merge(m *letters) {
	for i, n := range m.byModel {
		l.byModel[i] += n
	}
	for i, n := range m.byScript {
		l.byScript[i] += n
	}
	l.han += m.han
	l.kana += m.kana
	l.other += m.other
	l.all += m.all
}
