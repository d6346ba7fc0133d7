package purify

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"

	"github.com/corpusmill/corpusmill/purify/kenlm"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
	"github.com/corpusmill/corpusmill/text/sentencepiece"
)

// perplexityScorer scores text with one language model.
type perplexityScorer struct {
	lm        *kenlm.Model
	sp        *sentencepiece.Model // nil: the words are those of the text
	spDigest  [sha256.Size]byte
	words     []uint32 // index in lm by the id of a piece
	counts    []int8   // words that a piece counts for: white space in it parts words
	normalise bool
	scratch   sync.Pool // of *perplexityScratch
}

// perplexityScratch is the memory of one worker.
type perplexityScratch struct {
	line    []byte
	encoder *sentencepiece.Encoder
	ids     []int32
	words   []uint32
}

// keepScratch bounds the memory that stays with a worker between documents, in
// elements of each list.
const keepScratch = 64 << 10

// maxSentencePiece is the largest SentencePiece model that is read.
const maxSentencePiece = 64 << 20

func openPerplexityScorer(m PerplexityModel, env *stage.Env, normalise bool) (*perplexityScorer, error) {
	path, err := env.ModelPath(m.LM)
	if err != nil {
		return nil, err
	}
	lm, err := kenlm.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	s := &perplexityScorer{lm: lm, normalise: normalise}
	if m.SP != "" {
		if err := s.openPieces(m.SP, env); err != nil {
			return nil, errors.Join(fmt.Errorf("sentencepiece: %w", err), lm.Close())
		}
	}
	s.scratch.New = func() any {
		w := new(perplexityScratch)
		if s.sp != nil {
			w.encoder = s.sp.NewEncoder()
		}
		return w
	}
	return s, nil
}

// openPieces reads the SentencePiece model and looks up every piece.
func (s *perplexityScorer) openPieces(name string, env *stage.Env) error {
	path, err := env.ModelPath(name)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSentencePiece+1))
	if err != nil {
		return err
	}
	if len(b) > maxSentencePiece {
		return fmt.Errorf("%s is over %d bytes", path, maxSentencePiece)
	}
	s.spDigest = sha256.Sum256(b)
	if s.sp, err = sentencepiece.Parse(b); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s.words, s.counts = make([]uint32, s.sp.Size()), make([]int8, s.sp.Size())
	for id := range s.words {
		piece := s.sp.Piece(int32(id))
		s.words[id] = s.lm.Index(piece)
		s.counts[id] = int8(min(countUnicodeWords(piece), math.MaxInt8))
	}
	return nil
}

// sum identifies the models, their languages and their limits.
func (s *PerplexityStage) sum(langs []string) string {
	h := sha256.New()
	for i, lang := range langs {
		lm := s.scorers[i].lm.Digest()
		fmt.Fprintf(h, "%q %x %x %v %v\n", lang, lm, s.scorers[i].spDigest, s.limits[i][0], s.limits[i][1])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// perplexity returns the perplexity of a document, NaN where it has no word.
func (s *perplexityScorer) perplexity(doc string, ccnet bool) float64 {
	w := s.scratch.Get().(*perplexityScratch)
	defer s.put(w)
	sum, words := 0.0, 0
	for rest, more := doc, true; more; {
		line := rest
		if ccnet {
			more = false
		} else {
			line, rest, more = strings.Cut(rest, "\n")
		}
		score, n := s.sentence(w, line)
		if n == 0 {
			continue // an empty line is no sentence
		}
		sum += float64(score)
		words += n + 1
	}
	if words == 0 {
		return math.NaN()
	}
	x := min(math.Pow(10, -sum/float64(words)), math.MaxFloat64)
	if ccnet {
		x = roundTenth(x)
	}
	return x
}

func (s *perplexityScorer) put(w *perplexityScratch) {
	if cap(w.line) > keepScratch || cap(w.ids) > keepScratch || cap(w.words) > keepScratch {
		return
	}
	s.scratch.Put(w)
}

// sentence returns the log10 probability of a line and the number of its words.
func (s *perplexityScorer) sentence(w *perplexityScratch, line string) (score float32, words int) {
	if s.normalise {
		w.line = text.AppendCCNet(w.line[:0], line)
		line = unsafe.String(unsafe.SliceData(w.line), len(w.line)) // not kept
	}
	if s.sp == nil {
		score, _ = s.lm.ScoreWords(line, true, true)
		return score, countUnicodeWords(line)
	}
	w.ids = w.encoder.AppendIDs(w.ids[:0], line)
	w.words = w.words[:0]
	unknown := 0
	for _, id := range w.ids {
		if id < 0 || int(id) >= len(s.words) || id == s.sp.Unknown() {
			// CCNet's words are the texts of the pieces, for an unknown one that of the line.
			piece := w.encoder.Unknown(unknown)
			unknown++
			word := unsafe.String(unsafe.SliceData(piece), len(piece)) // not kept
			w.words = append(w.words, s.lm.Index(word))
			words += countUnicodeWords(word)
			continue
		}
		w.words = append(w.words, s.words[id])
		words += int(s.counts[id])
	}
	return s.lm.ScoreIndices(w.words, true, true), words
}

// countUnicodeWords is len(s.split()) of Python, by which CCNet counts words; the
// model itself parts them at white space of ASCII.
func countUnicodeWords(s string) (n int) {
	inWord := false
	for i := 0; i < len(s); {
		c, size := rune(s[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(s[i:])
		}
		space := text.IsSpace(c)
		if !space && !inWord {
			n++
		}
		inWord = !space
		i += size
	}
	return n
}

// roundTenth is Python's round(x, 1).
func roundTenth(x float64) float64 {
	if r, err := strconv.ParseFloat(strconv.FormatFloat(x, 'f', 1, 64), 64); err == nil {
		return r
	}
	return x
}
