package language

import (
	_ "embed" // the model
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/internal/inflate"
)

// TrainedLanguage is a language of the n-gram model, or several unlisted ones that
// it knows only to tell them from the others.
type TrainedLanguage struct {
	Code   string // ISO 639-1; ckb of ISO 639-3; Undetermined for unlisted ones
	Script *unicode.RangeTable
	// Unlisted are the languages that stand behind Undetermined: ISO 639-1 codes where
	// there are such, else ISO 639-3 or a name of the texts learnt from.
	Unlisted []string
}

// listed are the languages of each script that the model names.
var listed = [...]struct {
	name   string // ISO 15924
	script *unicode.RangeTable
	codes  string
}{
	{"Latn", unicode.Latin, "af az br bs ca cs cy da de en eo es et eu fi fo fr fy ga gd gl ha hr hu id ig is it jv ku la lb lg lt lv mg mi ms mt nb nl nn oc pl pt ro rw sk sl sn so sq sr st sv sw tk tl tn tr ts uz vi xh yo zu"},
	{"Cyrl", unicode.Cyrillic, "be bg kk ky mk mn ru sr tg tt uk"},
	{"Arab", unicode.Arabic, "ar ckb fa ps sd ug ur"},
	{"Deva", unicode.Devanagari, "hi mr ne"},
	{"Ethi", unicode.Ethiopic, "am ti"},
	{"Tibt", unicode.Tibetan, "bo"},
	{"Hebr", unicode.Hebrew, "he yi"},
	{"Beng", unicode.Bengali, "bn as"},
}

// ScriptName returns the ISO 15924 code of a script of the model.
func ScriptName(table *unicode.RangeTable) string {
	for _, s := range listed {
		if s.script == table {
			return s.name
		}
	}
	return ""
}

// Trained lists the languages of the n-gram model in the order of its file: the
// languages of one script stand together, groups of unlisted ones at their end.
func Trained() []TrainedLanguage {
	var list []TrainedLanguage
	for _, s := range listed {
		for code := range strings.FieldsSeq(s.codes) {
			list = append(list, TrainedLanguage{Code: code, Script: s.script})
		}
		for _, u := range unlisted {
			if u.script == s.script {
				list = append(list, TrainedLanguage{Undetermined, s.script, strings.Fields(u.codes)})
			}
		}
	}
	return list
}

// modelFile is made by ./train; see there for source and licence.
//
//go:embed model.bin.gz
var modelFile []byte

// maxLanguages bounds the languages of the model.
const maxLanguages = 160

// model tells the languages of each script apart by the n-grams of letters within
// words.
type model struct {
	languages []TrainedLanguage
	names     []string // by number in scriptModel.names; 0 is Undetermined
	scripts   []scriptModel
	likely    likelihoods
	digest    string
}

// An n-gram is up to six codes of letters and word borders, packed with the last
// one lowest.
const (
	border   = 1
	stranger = 2 // a letter outside the alphabet
	first    = 3 // code of the alphabet's first letter
	maxGram  = 6
)

// tableRunes is how far the direct table of letters reaches.
const tableRunes = 0x2000

// scriptModel is a linear classifier of the languages of one script.
type scriptModel struct {
	script   *unicode.RangeTable
	from, to int               // in model.languages
	letters  [tableRunes]uint8 // code by lower-case letter, 0 outside the script
	grams    *grams
	// weights are those of an n-gram and of all those that it ends with, in steps of
	// 1/16 nat: by row * width, four languages to a number in lanes of 16 bits, each
	// with laneBias added so that no lane is negative.
	weights []uint64
	width   int     // numbers in a row; of many languages wideRow, some of them unused
	names   []uint8 // by language from from on: its number in model.names
}

const (
	lanes    = 4
	wideRow  = 24 // numbers of a row that are added up at once
	laneBias = maxGram * 128
	biases   = laneBias * 0x0001_0001_0001_0001
	// laneFull is how many weights of a lane can be added up in 16 bits.
	laneFull = (1<<16 - 1) / (laneBias + maxGram*127)
)

// loadModel unpacks the embedded model once for the process.
var loadModel = sync.OnceValues(func() (*model, error) { return parseModel(modelFile) })

const (
	maxModelBytes = 32 << 20
	inflateRoom   = 1 << 10 // that the decoder has behind its output
)

var errModel = errors.New("language model is damaged")

func parseModel(packed []byte) (*model, error) {
	if len(packed) < 4 {
		return nil, errModel
	}
	size := binary.LittleEndian.Uint32(packed[len(packed)-4:]) // gzip ends with it
	if size > maxModelBytes {
		return nil, errModel
	}
	body, n, err := new(inflate.Decoder).Member(make([]byte, 0, size+inflateRoom), packed, maxModelBytes)
	if err != nil {
		return nil, err
	}
	if n != len(packed) {
		return nil, errModel
	}
	sum := xxh3.Hash128(packed).Bytes()
	m := &model{languages: Trained(), names: []string{Undetermined}, digest: hex.EncodeToString(sum[:])}
	if len(m.languages) > maxLanguages {
		return nil, errModel
	}
	for i, l := range m.languages {
		if n := len(m.scripts); n == 0 || m.scripts[n-1].script != l.Script {
			m.scripts = append(m.scripts, scriptModel{script: l.Script, from: i})
		}
		name := slices.Index(m.names, l.Code)
		if name < 0 {
			name, m.names = len(m.names), append(m.names, l.Code)
		}
		s := &m.scripts[len(m.scripts)-1]
		s.to, s.names = i+1, append(s.names, uint8(name))
	}
	m.likely.fill()
	for i := range m.scripts {
		if body, err = m.scripts[i].parse(body); err != nil {
			return nil, err
		}
	}
	if len(body) != 0 {
		return nil, errModel
	}
	return m, nil
}

// parse reads a script and returns what follows: alphabet, n-grams in ascending
// order as differences, and by language the weights of one byte.
func (s *scriptModel) parse(body []byte) (rest []byte, err error) {
	number := func() uint64 {
		x, n := binary.Uvarint(body)
		if n <= 0 {
			err = errModel
			return 0
		}
		body = body[n:]
		return x
	}
	n := number()
	if n > 256-first {
		return nil, errModel
	}
	for c := range n {
		letter := number()
		if letter >= tableRunes {
			return nil, errModel
		}
		s.letters[letter] = uint8(first + c)
	}
	eachRune(s.script, tableRunes, func(r rune) {
		if s.letters[r] == 0 && inWord(r) && unicode.ToLower(r) == r {
			s.letters[r] = stranger
		}
	})
	width := s.to - s.from
	n = number()
	if n > uint64(len(body)/(width+1)) {
		return nil, errModel
	}
	keys, key := make([]uint64, n), uint64(0)
	for i := range keys {
		more := number()
		if more == 0 {
			return nil, errModel
		}
		key += more
		keys[i] = key
	}
	if err != nil || len(body) < len(keys)*width {
		return nil, errModel
	}
	if s.grams, err = newGrams(keys); err != nil {
		return nil, err
	}
	s.unpack(body, len(keys))
	s.accumulate(keys)
	return body[len(keys)*width:], s.grams.close(keys)
}

// unpack lays the weights out by n-gram, some n-grams at a time for the caches' sake.
func (s *scriptModel) unpack(body []byte, n int) {
	languages := s.to - s.from
	if s.width = (languages + lanes - 1) / lanes; lanes < s.width && s.width < wideRow {
		s.width = wideRow
	}
	s.weights = make([]uint64, n*s.width)
	const block = 64
	for from := 0; from < n; from += block {
		to := min(from+block, n)
		for l := 0; l < languages; l += lanes {
			at := from*s.width + l/lanes
			switch columns := body[l*n:]; {
			case l+lanes <= languages:
				a, b, c, d := columns[from:to], columns[n+from:n+to], columns[2*n+from:2*n+to], columns[3*n+from:3*n+to]
				for i := range a {
					s.weights[at] = biases + uint64(int64(int8(a[i]))+int64(int8(b[i]))<<16+int64(int8(c[i]))<<32+int64(int8(d[i]))<<48)
					at += s.width
				}
			default:
				for i := from; i < to; i++ {
					w := uint64(biases)
					for k := range languages - l {
						w += uint64(int64(int8(columns[k*n+i])) << (16 * k))
					}
					s.weights[at] = w
					at += s.width
				}
			}
		}
	}
}

// accumulate adds to each n-gram's weights those of the longest that it ends with.
// A shorter n-gram has the lower key, so that one is complete by then.
func (s *scriptModel) accumulate(keys []uint64) {
	used := (s.to - s.from + lanes - 1) / lanes
	for row, key := range keys {
		ending, _ := s.grams.longest(key, length(key)-1)
		if ending < 0 {
			continue
		}
		w := s.weights[row*s.width:][:used]
		for l, x := range s.weights[ending*s.width:][:len(w)] {
			w[l] += x - biases
		}
	}
}
