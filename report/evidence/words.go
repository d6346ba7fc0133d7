package evidence

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/internal/wordlist"
)

// Limits of lists of words.
const (
	// WordsMax bounds the words of all lists.
	WordsMax = 200_000
	// ListBytes bounds a list, unpacked.
	ListBytes = 64 << 20
	// CategoriesMax bounds the categories.
	CategoriesMax = 1_000
	// pairsMax bounds the words that are counted by source: a number for each word in each
	// source that has it.
	pairsMax = 1 << 22
	// wordsListed is how many words evidence names, those in most documents.
	wordsListed = 10_000
	// contextRunes is how much of a text stands at each side of a word in a passage.
	contextRunes = 40
)

// Lists are words to look for.
type Lists struct {
	Files      []List
	categories []string
	entries    []entry
	known      map[[2]string]bool
}

// List is a file of words.
type List struct {
	File   string `json:"file"` // without its folder
	SHA256 string `json:"sha256"`
	Words  int    `json:"words"` // that it adds to those before
}

type entry struct {
	category int
	word     string
}

// Words are the words of all lists, in their order: their places are the numbers of hits.
func (l *Lists) Words() []string {
	words := make([]string, len(l.entries))
	for i, e := range l.entries {
		words[i] = e.word
	}
	return words
}

// Read adds a list: a word a line, or a category, a tab and a word. The category of a line
// without one is the name of the file up to its first dot. "#" begins a comment, at the
// start of a line or behind a blank. A word that a category has is left out. A list without
// a word is an error, as what it finds says nothing. check says of
// a word why it cannot be looked for; it may be nil.
func (l *Lists) Read(file string, b []byte, check func(word string) error) error {
	file = filepath.Base(file)
	own, _, _ := strings.Cut(file, ".")
	before, some := len(l.entries), false
	err := wordlist.Each(bytes.NewReader(b), ListBytes, func(line string) error {
		some = true
		category, word, ok := strings.Cut(line, "\t")
		if !ok {
			category, word = own, line
		}
		category, word = strings.TrimSpace(category), strings.TrimSpace(word)
		switch {
		case category == "" || word == "" || strings.Contains(word, "\t"):
			return errors.New("want a word, or a category, a tab and a word")
		case !utf8.ValidString(category) || !utf8.ValidString(word):
			return errors.New("not UTF-8")
		case strings.Contains(line, "\r"): // else a list of an old Mac is one word, that no text has
			return errors.New("a carriage return inside: end lines with a line feed")
		case len(l.entries) == WordsMax:
			return fmt.Errorf("more than %d words", WordsMax)
		}
		if check != nil {
			if err := check(word); err != nil {
				return err
			}
		}
		return l.add(category, word)
	})
	if err == nil && !some {
		err = errors.New("no word in it")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	l.Files = append(l.Files, List{file, Digest(b), len(l.entries) - before})
	return nil
}

func (l *Lists) add(category, word string) error {
	if l.known == nil {
		l.known = map[[2]string]bool{}
	}
	if l.known[[2]string{category, word}] {
		return nil
	}
	l.known[[2]string{category, word}] = true
	i := slices.Index(l.categories, category)
	if i < 0 {
		if i = len(l.categories); i == CategoriesMax {
			return fmt.Errorf("more than %d categories", CategoriesMax)
		}
		l.categories = append(l.categories, category)
	}
	l.entries = append(l.entries, entry{i, word})
	return nil
}

// Finder finds words in a text.
type Finder interface {
	// Scan calls found for each occurrence of a word, with the word's number and its place
	// in bytes.
	Scan(text string, found func(word, start, end int))
}

// Hit is a word in a document.
type Hit struct {
	Word        int
	Occurrences int64
	Start, End  int // the first one, in bytes
}

// Find finds the words of a text, by their numbers.
func Find(f Finder, text string) []Hit {
	var hits []Hit
	at := map[int]int{}
	f.Scan(text, func(word, start, end int) {
		i, ok := at[word]
		if !ok {
			i = len(hits)
			at[word] = i
			hits = append(hits, Hit{Word: word, Start: start, End: end})
		}
		hits[i].Occurrences++
	})
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Compare(a.Word, b.Word) })
	return hits
}

// Words is what was found of the lists.
type Words struct {
	Lists []List `json:"lists"`
	// Documents have one word at least, Ratio is their share of all.
	Documents int64   `json:"documents"`
	Ratio     float64 `json:"documents_ratio"`
	// BySource counts these documents by source.
	BySource   []SourceCount `json:"by_source"`
	Categories []*Category   `json:"categories"`
	// Words are those that were found, the ones in most documents first, 10,000 at most;
	// File has all words, those without a document too.
	Words []*Word `json:"words"`
	File  string  `json:"file"`

	all []*Word
}

// All are the words of all lists, in the order of these.
func (w *Words) All() []*Word { return w.all }

// Count counts a word or category.
type Count struct {
	Documents   int64   `json:"documents"`
	Ratio       float64 `json:"documents_ratio"` // of all documents, or those of the source
	Occurrences int64   `json:"occurrences"`     // overlapping ones too
}

// SourceCount is that of a source.
type SourceCount struct {
	Source string `json:"source"`
	Count
}

// Category is what was found of a category.
type Category struct {
	Category string `json:"category"`
	Words    int    `json:"words"` // that it has
	Found    int    `json:"found"` // that a document has
	Count
	BySource []SourceCount `json:"by_source"`
}

// Word is a word that was looked for.
type Word struct {
	Category string `json:"category"`
	Word     string `json:"word"`
	Count
	BySource []SourceCount `json:"by_source"`
	// Passages are some documents that have it, drawn by the hash of seed, source, id and
	// word, each with its first occurrence.
	Passages []Passage `json:"passages"`
}

// Passage is a word where it stands; ends of lines are blanks.
type Passage struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Source string `json:"source"`
	Before string `json:"before"`
	Word   string `json:"word"`
	After  string `json:"after"`

	hash uint64
}

// PassageOf is a hit in its document.
func PassageOf(r *Row, h Hit) Passage {
	before, after := r.Text[:h.Start], r.Text[h.End:]
	from, n := len(before), 0
	for ; from > 0 && n < contextRunes; n++ {
		_, size := utf8.DecodeLastRuneInString(before[:from])
		from -= size
	}
	to := len(after)
	n = 0
	for i := range after {
		if n++; n > contextRunes {
			to = i
			break
		}
	}
	return Passage{ID: r.ID, URL: r.URL, Source: r.Source, Before: oneLine(before[from:]), Word: oneLine(r.Text[h.Start:h.End]), After: oneLine(after[:to])}
}

// oneLine is a copy of a text on one line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.Clone(strings.ToValidUTF8(s, "\uFFFD")))
}

// counted is a number of a word or category in a source.
type counted struct{ documents, occurrences int64 }

type wordCount struct {
	counted
	sources  []sourced // few
	passages []Passage
}

type sourced struct {
	source string
	counted
}

// wordTally counts words.
type wordTally struct {
	lists      *Lists
	passages   int
	seed       string
	words      []wordCount
	categories []wordCount
	any        wordCount
	pairs      int
	hash       []byte
}

func newWordTally(l *Lists, passages int, seed string) *wordTally {
	return &wordTally{lists: l, passages: passages, seed: seed, words: make([]wordCount, len(l.entries)), categories: make([]wordCount, len(l.categories))}
}

func (c *wordCount) add(source string, documents, occurrences int64) (grew bool) {
	c.documents += documents
	c.occurrences += occurrences
	i := slices.IndexFunc(c.sources, func(s sourced) bool { return s.source == source })
	if grew = i < 0; grew {
		i = len(c.sources)
		c.sources = append(c.sources, sourced{source: source})
	}
	c.sources[i].documents += documents
	c.sources[i].occurrences += occurrences
	return grew
}

var errPairs = fmt.Errorf("words are found in so many sources that there are more than %d counts", pairsMax)

func (t *wordTally) add(r *Row, hits []Hit) error {
	if len(hits) == 0 {
		return nil
	}
	seen := map[int]bool{}
	occurrences := int64(0)
	for _, h := range hits {
		e := t.lists.entries[h.Word]
		if t.words[h.Word].add(r.Source, 1, h.Occurrences) {
			if t.pairs++; t.pairs > pairsMax {
				return errPairs
			}
		}
		documents := int64(1)
		if seen[e.category] {
			documents = 0
		}
		seen[e.category] = true
		t.categories[e.category].add(r.Source, documents, h.Occurrences)
		occurrences += h.Occurrences
		t.draw(r, h, e.word)
	}
	t.any.add(r.Source, 1, occurrences)
	return nil
}

// draw keeps a passage if its hash is among the lowest.
func (t *wordTally) draw(r *Row, h Hit, word string) {
	t.hash = appendFields(t.hash[:0], t.seed, r.Source, r.ID, word)
	hash := xxh3.Hash(t.hash)
	w := &t.words[h.Word]
	i, _ := slices.BinarySearchFunc(w.passages, hash, func(p Passage, hash uint64) int {
		if p.hash <= hash {
			return -1
		}
		return 1
	})
	if i >= t.passages {
		return
	}
	p := PassageOf(r, h)
	p.hash = hash
	w.passages = slices.Insert(w.passages, i, p)
	w.passages = w.passages[:min(len(w.passages), t.passages)]
}

// appendFields appends fields that no other fields look like.
func appendFields(b []byte, fields ...string) []byte {
	for _, f := range fields {
		b = append(append(strconv.AppendInt(b, int64(len(f)), 10), ':'), f...)
	}
	return b
}

// count is a number with its shares.
func (c *wordCount) count(total Amount, of map[string]int64) (Count, []SourceCount) {
	list := []SourceCount{}
	for _, s := range c.sources {
		list = append(list, SourceCount{s.source, Count{s.documents, ratio(s.documents, of[s.source]), s.occurrences}})
	}
	slices.SortFunc(list, func(a, b SourceCount) int {
		return cmp.Or(cmp.Compare(b.Documents, a.Documents), cmp.Compare(a.Source, b.Source))
	})
	return Count{c.documents, ratio(c.documents, total.Documents), c.occurrences}, list
}

func (t *wordTally) sum(total Amount, sources []*From) *Words {
	of := map[string]int64{}
	for _, s := range sources {
		of[s.Name] = s.Amount.Documents
	}
	x := &Words{Lists: t.lists.Files, Categories: []*Category{}, Words: []*Word{}}
	for i, name := range t.lists.categories {
		c := &Category{Category: name}
		c.Count, c.BySource = t.categories[i].count(total, of)
		x.Categories = append(x.Categories, c)
	}
	for i, e := range t.lists.entries {
		w := &Word{Category: t.lists.categories[e.category], Word: e.word, Passages: []Passage{}}
		w.Count, w.BySource = t.words[i].count(total, of)
		w.Passages = append(w.Passages, t.words[i].passages...)
		c := x.Categories[e.category]
		c.Words++
		if w.Documents > 0 {
			c.Found++
			x.Words = append(x.Words, w)
		}
		x.all = append(x.all, w)
	}
	slices.SortStableFunc(x.Words, func(a, b *Word) int { return cmp.Compare(b.Documents, a.Documents) })
	x.Words = x.Words[:min(len(x.Words), wordsListed)]
	all, bySource := t.any.count(total, of)
	x.Documents, x.Ratio, x.BySource = all.Documents, all.Ratio, bySource
	return x
}

// hitLine is a word in a document.
type hitLine struct {
	ID          string `json:"id"`
	URL         string `json:"url"`
	Source      string `json:"source"`
	Category    string `json:"category"`
	Word        string `json:"word"`
	Occurrences int64  `json:"occurrences"`
	Start       int    `json:"start"` // bytes
	End         int    `json:"end"`
	Passage     string `json:"passage"`
}

// WriteHits writes a JSON line for each word of a document, with its first occurrence.
func (l *Lists) WriteHits(w io.Writer, r *Row, hits []Hit) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, h := range hits {
		e, p := l.entries[h.Word], PassageOf(r, h)
		err := enc.Encode(hitLine{r.ID, r.URL, r.Source, l.categories[e.category], e.word, h.Occurrences, h.Start, h.End, p.Before + p.Word + p.After})
		if err != nil {
			return err
		}
	}
	return nil
}
