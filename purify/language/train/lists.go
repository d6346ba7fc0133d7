package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/corpusmill/corpusmill/purify/language"
)

// list gives the words of a file of counts.
type list struct {
	words []string
	upTo  []float64
}

// newList reads words and counts, nil if there is no such file. Words are cut at
// letters of other scripts, as the detector does.
func newList(path string, script *unicode.RangeTable) (*list, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l, sum := &list{}, 0.0
	foreign := func(r rune) bool { return !unicode.Is(script, r) }
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		word, count, _ := strings.Cut(lines.Text(), "\t")
		n, err := strconv.ParseFloat(count, 64)
		if err != nil {
			return nil, err
		}
		for part := range strings.FieldsFuncSeq(word, foreign) {
			if len([]rune(part)) > maxWord {
				continue
			}
			sum += n
			l.words, l.upTo = append(l.words, part), append(l.upTo, sum)
		}
	}
	return l, lines.Err()
}

func (l *list) word(r *rand.Rand, dst []rune) []rune {
	x := r.Float64() * l.upTo[len(l.upTo)-1]
	i, _ := slices.BinarySearchFunc(l.upTo, x, cmp.Compare[float64])
	for _, c := range l.words[min(i, len(l.words)-1)] {
		dst = append(dst, c)
	}
	return dst
}

// mixture draws each text from one of several sources.
type mixture struct {
	sources []source
	upTo    []float64
}

func (m *mixture) add(s source, weight float64) {
	if n := len(m.upTo); n > 0 {
		weight += m.upTo[n-1]
	}
	m.sources, m.upTo = append(m.sources, s), append(m.upTo, weight)
}

// draw chooses the source of a text.
func (m *mixture) draw(r *rand.Rand) source {
	i, _ := slices.BinarySearch(m.upTo, r.Float64()*m.upTo[len(m.upTo)-1])
	return m.sources[min(i, len(m.sources)-1)]
}

// kinds are the sources of a language with their weights.
var kinds = [...]struct {
	name   string
	weight float64
}{{"wordfreq", 3}, {"docs", 1}, {"messages", 1.5}, {"declarations", 2}, {"dictionary", 1}}

const chainWeight = 5

// drawer chooses the source of a text of a class.
type drawer interface{ draw(*rand.Rand) source }

// group is the class of several languages, each as likely.
type group []*mixture

func (g group) draw(r *rand.Rand) source { return g[r.IntN(len(g))].draw(r) }

// newDrawer gathers what there is of a class: unlisted languages without a source are
// left out.
func newDrawer(l language.TrainedLanguage, models, words string) (drawer, error) {
	if l.Unlisted == nil {
		return newMixture(l.Code, l.Script, models, words)
	}
	var g group
	for _, code := range l.Unlisted {
		m, err := newMixture(code, l.Script, models, words)
		switch {
		case err == nil:
			g = append(g, m)
		case !errors.Is(err, errNone):
			return nil, err
		default:
			fmt.Println("no source of", code)
		}
	}
	if len(g) == 0 {
		return nil, errNone
	}
	return g, nil
}

var errNone = errors.New("no source")

// newMixture gathers what there is of a language. Lingua's tables lack the vowel
// signs of Devanagari and Bengali and are not used there. Serbian in Latin letters
// is that in Cyrillic ones, letter by letter.
func newMixture(code string, script *unicode.RangeTable, models, words string) (*mixture, error) {
	if code == "sr" && script == unicode.Latin {
		m, err := newMixture(code, unicode.Cyrillic, models, words)
		if err != nil {
			return nil, err
		}
		for i, s := range m.sources {
			m.sources[i] = romanized{s}
		}
		return m, nil
	}
	m := &mixture{}
	folder := filepath.Join(models, code)
	// Of languages with a script to themselves lingua has single letters alone.
	if _, err := os.Stat(filepath.Join(folder, "fivegrams.pb.bin.zip")); err == nil && script != unicode.Devanagari && script != unicode.Bengali {
		c, err := newChain(folder, script)
		if err != nil {
			return nil, err
		}
		m.add(c, chainWeight)
	}
	for _, k := range kinds {
		l, err := newList(filepath.Join(words, code+"."+k.name+".tsv"), script)
		if err != nil {
			return nil, err
		}
		if l != nil && len(l.words) >= leastWords {
			m.add(l, k.weight)
		}
	}
	if len(m.sources) == 0 {
		return nil, errNone
	}
	return m, nil
}

// leastWords is the least length of a list of words that says something.
const leastWords = 50

// romanized writes Serbian words in Latin letters.
type romanized struct{ source }

func (s romanized) word(r *rand.Rand, dst []rune) []rune {
	from := len(dst)
	for _, c := range slices.Clone(s.source.word(r, dst)[from:]) {
		dst = append(dst, []rune(gaj[c])...)
	}
	return dst[:min(len(dst), maxWord)]
}

// gaj are the Latin letters of Serbian.
var gaj = func() map[rune]string {
	cyrillic, latin := []rune("абвгдђежзијклљмнњопрстћуфхцчџш"), strings.Fields("a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š")
	m := map[rune]string{}
	for i, c := range cyrillic {
		m[c] = latin[i]
	}
	return m
}()
