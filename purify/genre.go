package purify

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/wordlist"
	"github.com/corpusmill/corpusmill/purify/phrases"
	"github.com/corpusmill/corpusmill/stage"
)

// Genre says what kind of text a Chinese document is: news, notice, judgment, tender, filing,
// forum, qa, commerce, fiction, documentation, or other. Fiction passes every rule for prose
// and can swamp a corpus; by this column a switch sends it elsewhere, and sinks can take it
// apart.
//
// It goes by how many different phrases of a genre stand in the text (本院认为 in judgments,
// 招标文件 in tenders) for its length, and for fiction by the share of lines that speak.
// Text in which no genre has enough of them is other. No model takes part, and the limits
// are our own.
type Genre struct {
	// MinPhrases is the least number of different phrases that name a genre. A text of
	// more than 2,000 letters needs one more for each further 2,000. Default 3.
	MinPhrases int `yaml:"min_phrases" default:"3"`
}

// GenreDef defines the stage genre.
var GenreDef = stage.Define[Genre]("genre", 1)

// Validate checks the settings.
func (g *Genre) Validate() error {
	if g.MinPhrases < 1 {
		return fmt.Errorf("min_phrases: %d: want at least 1", g.MinPhrases)
	}
	return nil
}

// genres are the names of the column, in the order in which equal ones win.
var genres = []string{"judgment", "tender", "filing", "notice", "qa", "forum", "fiction", "commerce", "documentation", "news"}

const (
	genreOther      = "other"
	charsPerPhrase  = 2000
	genreFiction    = 6
	maxGenreEntries = 256
)

var genreColumns = []corpus.Column{
	{Name: "name", Type: corpus.String, Few: true, Doc: "judgment, tender, filing, notice, qa, forum, fiction, commerce, documentation, news or other"},
	{Name: "phrases", Type: corpus.Int, Doc: "different phrases of the genre in the text"},
}

// genreWords finds the phrases of genres.
type genreWords struct {
	*phrases.Automaton
	genre []uint8 // by phrase: the index of its genre
}

// genreFinder finds the phrases of the own list.
var genreFinder = sync.OnceValues(func() (*genreWords, error) {
	list, err := builtinLists.ReadFile("lists/genres.txt")
	if err != nil {
		return nil, err
	}
	var words []string
	f := &genreWords{}
	err = wordlist.Each(bytes.NewReader(list), int64(len(list)), func(line string) error {
		fields := strings.Fields(line)
		genre := slices.Index(genres, fields[0])
		if genre < 0 {
			return fmt.Errorf("no genre is called %q", fields[0])
		}
		for _, word := range fields[1:] {
			words, f.genre = append(words, word), append(f.genre, uint8(genre))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.Automaton, err = phrases.Of(words)
	return f, err
})

// Rules is empty: the stage rejects nothing.
func (*Genre) Rules() []string { return nil }

// Reads lists the column that is looked at.
func (*Genre) Reads() []string { return []string{"text"} }

// Writes lists no column of a document.
func (*Genre) Writes() []string { return []string{} }

// Cells declares the columns.
func (*Genre) Cells() []corpus.Column { return genreColumns }

// Values lists the genres.
func (*Genre) Values(column string) []string {
	if column == "name" {
		return append(slices.Clone(genres), genreOther)
	}
	return nil
}

// Apply changes nothing.
func (*Genre) Apply(*corpus.Document) (corpus.Verdict, error) { return corpus.Keep, nil }

// Attach sets the columns.
func (g *Genre) Attach(d *corpus.Document, cells []corpus.Value) (corpus.Verdict, error) {
	name, phrases, err := g.Of(d.Text)
	cells[0], cells[1] = corpus.Str(name), corpus.Int64(int64(phrases))
	return corpus.Keep, err
}

// Of returns the genre of a text and how many of its phrases are there.
func (g *Genre) Of(text string) (name string, found int, err error) {
	find, err := genreFinder()
	if err != nil {
		return "", 0, err
	}
	var seen [maxGenreEntries * 4]bool
	var counts [10]int
	state, chars, speech := int32(0), 0, 0
	for _, r := range text {
		switch class := find.Class(r); class {
		case phrases.ClassSkip:
			if r == '“' || r == '「' {
				speech++
			}
			continue
		case phrases.ClassBreak:
			state = 0
			continue
		default:
			state = find.Step(state, class)
		}
		chars++
		for _, id := range find.At(state) {
			if int(id) < len(seen) && !seen[id] {
				seen[id] = true
				counts[find.genre[id]]++
			}
		}
	}
	if counts[genreFiction] >= 2 && speech*150 >= chars && speech >= 5 { // somebody speaks every few lines
		counts[genreFiction] += 2
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	if counts[best] < g.MinPhrases+chars/charsPerPhrase {
		return genreOther, counts[best], nil
	}
	return genres[best], counts[best], nil
}
