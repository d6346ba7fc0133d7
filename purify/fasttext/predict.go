package fasttext

import (
	"strings"
)

// Prediction is a label and its probability.
type Prediction struct {
	Label int // index into Labels
	// Prob is what fastText reports: the exponential of a sum of logarithms that have
	// 1e-5 added, so it may exceed 1 by about 1e-5. Of negative sampling and one-vs-all
	// the probabilities do not add up to 1.
	Prob float32
}

// Predictor predicts labels of texts with scratch memory of its own. It is not safe
// for concurrent use; a Model gives any number of them.
type Predictor struct {
	model   *Model
	hidden  []float32
	scores  []float32
	sigmoid *sigmoid
	heap    ranking
	stack   []visit
	cache   *cache
	rows    []int32 // of the word at hand
	word    []byte  // the word at hand with its brackets
	hashes  []int32 // of the text's words, for word n-grams
	added   int     // rows added to hidden
}

// predictorBytes is what every predictor takes: the sigmoid's table and scratch.
const predictorBytes = 64 << 10

// Predictor returns a new predictor. It takes about 1 MiB for a cache if the model has
// sub-words, and 4 bytes for each column and label.
func (m *Model) Predictor() *Predictor {
	p := &Predictor{model: m, hidden: make([]float32, m.info.Dim), rows: make([]int32, 0, 4096)}
	if m.info.Loss != HierarchicalSoftmax {
		p.scores = make([]float32, m.info.Labels)
		p.sigmoid = newSigmoid()
	}
	if m.info.MaxN > 0 {
		p.cache = newCache()
	}
	return p
}

// Predict appends the k most probable labels of the text to dst, best first, and
// returns it. k of -1 stands for all labels; another k below 1 gives none. Labels with
// a probability under threshold are left out; with hierarchical softmax also those
// under about 1e-5, even if threshold is 0.
//
// The text ends at its first newline (see the package's comment). A text none of whose
// words and n-grams the model knows gives no labels, nor does one that leads to weights
// that are not numbers.
func (p *Predictor) Predict(dst []Prediction, text string, k int, threshold float32) []Prediction {
	labels := p.model.info.Labels
	if k == -1 || k > labels {
		k = labels
	}
	if k < 1 || !p.embed(text) {
		return dst
	}
	p.heap = p.heap[:0]
	if p.model.info.Loss == HierarchicalSoftmax {
		if !p.descend(k, threshold) {
			return dst
		}
	} else {
		if !p.score() {
			return dst
		}
		p.best(k, threshold)
	}
	p.heap.sort()
	for _, r := range p.heap {
		dst = append(dst, Prediction{Label: int(r.label), Prob: expOf(r.score)})
	}
	return dst
}

// embed sets hidden to the mean of the text's rows. It reports false when there are
// none.
func (p *Predictor) embed(text string) bool {
	clear(p.hidden)
	p.added = 0
	p.hashes = p.hashes[:0]
	p.line(text)
	p.wordNgrams()
	if p.added == 0 {
		return false
	}
	scale := float32(1 / float64(p.added))
	for i := range p.hidden {
		p.hidden[i] *= scale
	}
	return true
}

// spaces are the bytes between tokens.
var spaces = [256]bool{' ': true, '\n': true, '\r': true, '\t': true, '\v': true, '\f': true, 0: true}

// line adds the rows of the tokens of the first line.
func (p *Predictor) line(text string) {
	for i := 0; i < len(text); {
		b := text[i]
		if spaces[b] {
			if b == '\n' {
				break
			}
			i++
			continue
		}
		start := i
		h := uint32(fnvOffset)
		for ; i < len(text) && !spaces[text[i]]; i++ {
			h = hashByte(h, text[i])
		}
		token := text[start:i]
		if h == p.model.dict.eosHash && token == eos {
			break
		}
		p.token(token, h)
	}
	p.endOfLine()
}

func (p *Predictor) endOfLine() {
	d := &p.model.dict
	if d.eosID >= d.words {
		return // a label
	}
	if d.eosID >= 0 {
		p.rows = append(p.rows[:0], d.eosID)
		p.add(p.rows)
	}
	p.keepHash(d.eosHash)
}

// keepHash remembers a word for word n-grams.
func (p *Predictor) keepHash(h uint32) {
	if p.model.info.WordNgrams > 1 {
		p.hashes = append(p.hashes, int32(h))
	}
}

func (p *Predictor) add(rows []int32) {
	p.model.input.add(p.hidden, rows)
	p.added += len(rows)
}

// token adds the rows of one token: the word's, and its sub-words'.
func (p *Predictor) token(token string, h uint32) {
	if p.cache == nil || len(token) > cachedBytes {
		id, skip := p.lookUp(token, h)
		if !skip {
			p.keepHash(h)
			p.addWord(token, id)
		}
		return
	}
	s := p.cache.find(token, h)
	if !s.used {
		id, skip := p.lookUp(token, h)
		if !skip {
			p.keepHash(h)
			if !p.addWord(token, id) {
				return
			}
		} else {
			p.rows = p.rows[:0]
		}
		p.cache.put(s, token, h, p.rows, skip)
		return
	}
	if s.skip {
		return
	}
	p.keepHash(h)
	p.add(p.cache.rows[s.rows : s.rows+s.n])
}

// lookUp returns the id of a token, or -1. It is to be skipped when it is a label, or
// looks like one.
func (p *Predictor) lookUp(token string, h uint32) (id int32, skip bool) {
	d := &p.model.dict
	id = d.find(token, h)
	if id < 0 {
		return id, strings.HasPrefix(token, LabelPrefix)
	}
	return id, id >= d.words
}

// addWord adds the rows of a word. It reports whether all of them are in p.rows.
func (p *Predictor) addWord(token string, id int32) bool {
	d := &p.model.dict
	p.rows = p.rows[:0]
	if id >= 0 {
		p.rows = append(p.rows, id)
	}
	if d.maxN <= 0 || d.minN > d.maxN {
		p.add(p.rows)
		return true
	}
	p.word = append(p.word[:0], '<')
	p.word = append(p.word, token...)
	p.word = append(p.word, '>')
	whole := true
	for at := 0; ; {
		p.rows, at = d.subwords(p.rows, p.word, at)
		p.add(p.rows)
		if at == len(p.word) {
			return whole
		}
		p.rows, whole = p.rows[:0], false
	}
}

// wordNgrams adds the rows of n-grams of words.
func (p *Predictor) wordNgrams() {
	n := p.model.info.WordNgrams
	if n < 2 {
		return
	}
	d := &p.model.dict
	p.rows = p.rows[:0]
	for i, first := range p.hashes {
		if cap(p.rows)-len(p.rows) < n {
			p.add(p.rows)
			p.rows = p.rows[:0]
		}
		h := uint64(int64(first)) // sign-extended, as in C++
		for _, next := range p.hashes[i+1 : min(i+n, len(p.hashes))] {
			h = h*116049371 + uint64(int64(next))
			if row := d.row(uint32(h % uint64(d.buckets))); row >= 0 {
				p.rows = append(p.rows, row)
			}
		}
	}
	p.add(p.rows)
}
