package text

import (
	"sort"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// Span is one line of a text: a half-open byte range and its length in code
// points.
type Span struct{ Start, End, Runes uint32 }

// View is the shared, lazily computed and cached view of one text: split once,
// used by all rules. It is scratch to be lent from document to document; what
// its methods return is valid until the next Reset with another text and must
// not be changed. The zero value is the view of the empty text. Not for
// concurrent use.
type View struct {
	text  string
	runes int
	lines []Span
	split [segmenters]splitView
	fold  []byte
	has   viewParts
}

type viewParts struct{ runes, lines bool }

// splitView is what one segmenter gave.
type splitView struct {
	words                        []Word
	hashes, folded               []uint64
	hasWords, hasHash, hasFolded bool
}

// maxIdleWords bounds the scratch a View keeps between documents: slices of
// more elements are given back.
const maxIdleWords = 1 << 20

// Reset makes v the view of text. It does nothing when text is the same string
// (same data pointer and length) as before.
func (v *View) Reset(text string) {
	if len(text) > MaxTextBytes {
		text = text[:MaxTextBytes]
	}
	if len(text) == len(v.text) && unsafe.StringData(text) == unsafe.StringData(v.text) {
		return
	}
	v.text, v.has = text, viewParts{}
	v.lines = trim(v.lines)
	for i := range v.split {
		s := &v.split[i]
		*s = splitView{words: trim(s.words), hashes: trim(s.hashes), folded: trim(s.folded)}
	}
}

func trim[T any](s []T) []T {
	if cap(s) > maxIdleWords {
		return nil
	}
	return s[:0]
}

// Text returns the text of the view.
func (v *View) Text() string { return v.text }

// Words returns the words that s finds.
func (v *View) Words(s Segmenter) []Word { return v.of(s).words }

func (v *View) of(s Segmenter) *splitView {
	if s >= segmenters {
		s = UAX29
	}
	p := &v.split[s]
	if !p.hasWords {
		p.words = s.AppendWords(p.words[:0], v.text)
		p.hasWords = true
	}
	return p
}

// Hashes returns the xxh3-64 (seed 0) of each word's bytes, in the order of
// Words(s).
func (v *View) Hashes(s Segmenter) []uint64 {
	p := v.of(s)
	if !p.hasHash {
		p.hashes = p.hashes[:0]
		for _, w := range p.words {
			p.hashes = append(p.hashes, xxh3.HashString(v.text[w.Start:w.End]))
		}
		p.hasHash = true
	}
	return p.hashes
}

// Folded returns the xxh3-64 of the Alnum words only, each folded by
// AppendFolded: the shingle stream of the default MinHash.
func (v *View) Folded(s Segmenter) []uint64 {
	p := v.of(s)
	if !p.hasFolded {
		p.folded = p.folded[:0]
		for _, w := range p.words {
			if w.Class&Alnum == 0 {
				continue
			}
			v.fold = AppendFolded(v.fold[:0], v.text[w.Start:w.End])
			p.folded = append(p.folded, xxh3.Hash(v.fold))
		}
		if cap(v.fold) > maxIdleWords {
			v.fold = nil
		}
		p.hasFolded = true
	}
	return p.folded
}

// Runes returns the number of code points of the text.
func (v *View) Runes() int {
	if !v.has.runes {
		v.runes, v.has.runes = utf8.RuneCountInString(v.text), true
	}
	return v.runes
}

// Lines returns the lines of the text, split at "\n": empty lines included,
// the newline not, as Python's text.split("\n"). The empty text is one line.
func (v *View) Lines() []Span {
	if v.has.lines {
		return v.lines
	}
	v.lines = v.lines[:0]
	for start := 0; ; {
		n := strings.IndexByte(v.text[start:], '\n')
		end := start + n
		if n < 0 {
			end = len(v.text)
		}
		v.lines = append(v.lines, Span{uint32(start), uint32(end), uint32(utf8.RuneCountInString(v.text[start:end]))})
		if n < 0 {
			break
		}
		start = end + 1
	}
	v.has.lines = true
	return v.lines
}

// WordsIn returns the words of Words(s) that lie whole in the byte range
// from..to (to excluded).
func (v *View) WordsIn(s Segmenter, from, to uint32) []Word {
	words := v.of(s).words
	first := sort.Search(len(words), func(i int) bool { return words[i].Start >= from })
	words = words[first:]
	return words[:sort.Search(len(words), func(i int) bool { return words[i].End > to })]
}
