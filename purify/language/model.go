package language

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the model
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"unicode"

	"github.com/zeebo/xxh3"
)

// TrainedLanguage is a language of the n-gram model.
type TrainedLanguage struct {
	Code   string // ISO 639-1
	Script *unicode.RangeTable
}

// Trained lists the languages of the n-gram model in the order of its file: the
// languages of one script stand together.
func Trained() []TrainedLanguage {
	var list []TrainedLanguage
	for _, s := range [...]struct {
		script *unicode.RangeTable
		codes  string
	}{
		{unicode.Latin, "af az bs ca cs cy da de en eo es et eu fi fr ga hr hu id is it la lg lt lv mi ms nb nl nn pl pt ro sk sl sn so sq st sv sw tl tn tr ts vi xh yo zu"},
		{unicode.Cyrillic, "be bg kk mk mn ru sr uk"},
		{unicode.Arabic, "ar fa ur"},
		{unicode.Devanagari, "hi mr"},
	} {
		for code := range strings.FieldsSeq(s.codes) {
			list = append(list, TrainedLanguage{code, s.script})
		}
	}
	return list
}

// modelFile is made by ./train; see there for source and licence.
//
//go:embed model.bin.gz
var modelFile []byte

// In the file, unseen marks an n-gram that a language never showed. It costs
// 10 nats, less than the rarest ones that it did show: those may be foreign names.
const (
	unseen     = 255
	unseenCost = 160
)

// maxLanguages bounds the languages of the model.
const maxLanguages = 72

// model holds, for each n-gram of one to three letters, what it costs in each
// language: -16 ln P(last letter | letters before it in the word).
type model struct {
	languages []TrainedLanguage
	codes     map[string]int
	scripts   []scriptRange
	mask      uint64
	keys      []uint64 // open addressing; 0 is free
	rows      []uint32 // by slot: row number
	costs     []uint8  // by row*len(languages) + language
	digest    string
}

// scriptRange is a script with its languages.
type scriptRange struct {
	script   *unicode.RangeTable
	from, to int
}

// loadModel unpacks the embedded model once for the process.
var loadModel = sync.OnceValues(func() (*model, error) { return parseModel(modelFile) })

const maxModelBytes = 16 << 20

var errModel = errors.New("language model is damaged")

func parseModel(packed []byte) (*model, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(z, maxModelBytes))
	if err != nil {
		return nil, err
	}
	sum := xxh3.Hash128(packed).Bytes()
	m := &model{languages: Trained(), codes: map[string]int{}, digest: hex.EncodeToString(sum[:])}
	for i, l := range m.languages {
		m.codes[l.Code] = i
		if n := len(m.scripts); n == 0 || m.scripts[n-1].script != l.Script {
			m.scripts = append(m.scripts, scriptRange{script: l.Script, from: i})
		}
		m.scripts[len(m.scripts)-1].to = i + 1
	}
	if len(body) < 4 {
		return nil, errModel
	}
	n := int(binary.LittleEndian.Uint32(body))
	body = body[4:]
	if len(m.languages) > maxLanguages || n > maxModelBytes/len(m.languages) {
		return nil, errModel
	}
	size := 1
	for size < 2*n {
		size *= 2
	}
	m.mask, m.keys, m.rows = uint64(size-1), make([]uint64, size), make([]uint32, size)
	for row := range n {
		end := bytes.IndexByte(body, '\n')
		if end < 0 {
			return nil, errModel
		}
		m.insert(string(body[:end]), uint32(row))
		body = body[end+1:]
	}
	if len(body) != n*len(m.languages) {
		return nil, errModel
	}
	m.costs = make([]uint8, len(body))
	for l := range m.languages {
		for row := range n {
			c := body[l*n+row]
			if c == unseen {
				c = unseenCost
			}
			m.costs[row*len(m.languages)+l] = c
		}
	}
	return m, nil
}

// gramKey packs up to three code points; the key of a longer history forgets.
func gramKey(before uint64, r rune) uint64 { return (before<<21 | uint64(r)) & (1<<63 - 1) }

func (m *model) insert(gram string, row uint32) {
	var key uint64
	for _, r := range gram {
		key = gramKey(key, r)
	}
	i := slotOf(key) & m.mask
	for m.keys[i] != 0 && m.keys[i] != key {
		i = (i + 1) & m.mask
	}
	m.keys[i], m.rows[i] = key, row
}

func slotOf(key uint64) uint64 { return key * 0x9E3779B97F4A7C15 >> 32 }

// row returns the row of an n-gram, -1 if the model lacks it.
func (m *model) row(key uint64) int {
	for i := slotOf(key) & m.mask; m.keys[i] != 0; i = (i + 1) & m.mask {
		if m.keys[i] == key {
			return int(m.rows[i])
		}
	}
	return -1
}
