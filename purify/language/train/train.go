package main

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/corpusmill/corpusmill/purify/language"
)

// A text is the letters of its words as codes of one byte: 1 is a word's border,
// 2 a letter outside the alphabet.
const (
	border    = 1
	stranger  = 2
	firstCode = 3
)

// tableRunes is how far the model's table of letters reaches.
const tableRunes = 0x2000

// maxGram is the greatest length of an n-gram, borders included.
const maxGram = 6

// script is a writing system with its languages' sources and what is learnt.
type script struct {
	codes    []string
	classes  []language.TrainedLanguage
	weights  []float64 // how often a language is drawn, summed up
	sources  []drawer
	alphabet []rune
	code     map[rune]byte
	rows     map[uint64]int32
	keys     []uint64
	learnt   []float32 // by row * languages
	squares  []float32 // by row: the sum of squared gradients
}

// settings of the training.
type settings struct {
	words, grams, texts int
	rate                float64
	noise               float64
}

// survey fixes the alphabet and the n-grams: those that tell languages apart most
// often in a sample of words.
func (s *script) survey(o settings) {
	samples := make([][][]rune, len(s.sources))
	seen := make([]map[rune]float64, len(s.sources))
	_ = each(len(s.sources), func(l int) error { // never fails
		r := rand.New(rand.NewPCG(1, uint64(l)))
		seen[l] = map[rune]float64{}
		for range o.words {
			w := s.sources[l].draw(r).word(r, nil)
			samples[l] = append(samples[l], w)
			for _, c := range w {
				if c < tableRunes {
					seen[l][c]++
				}
			}
		}
		return nil
	})
	letters := map[rune]float64{}
	for _, own := range seen {
		for c, n := range own {
			letters[c] = max(letters[c], n)
		}
	}
	s.alphabet = slices.SortedFunc(maps.Keys(letters), func(a, b rune) int {
		return cmp.Or(cmp.Compare(letters[b], letters[a]), cmp.Compare(a, b))
	})
	s.alphabet = s.alphabet[:min(len(s.alphabet), 256-firstCode)]
	slices.Sort(s.alphabet)
	s.code = map[rune]byte{}
	for i, c := range s.alphabet {
		s.code[c] = byte(firstCode + i)
	}
	s.choose(samples, o)
}

// each calls f with 0 to n-1, some at once, and returns the first number's error.
func each(n int, f func(int) error) error {
	errs := make([]error, n)
	var group sync.WaitGroup
	free := make(chan bool, 4)
	for i := range n {
		free <- true
		group.Go(func() {
			errs[i] = f(i)
			<-free
		})
	}
	group.Wait()
	return cmp.Or(errs...)
}

// choose keeps the n-grams with the greatest information on some language.
func (s *script) choose(samples [][][]rune, o settings) {
	counts := make([]map[uint64]float32, len(samples))
	_ = each(len(samples), func(l int) error { // never fails
		count := map[uint64]float32{}
		for _, w := range samples[l] {
			s.grams(w, true, func(key uint64) { count[key]++ })
		}
		maps.DeleteFunc(count, func(_ uint64, n float32) bool { return n < 3 })
		counts[l] = count
		return nil
	})
	total := map[uint64]float32{}
	best := map[uint64]float32{}
	for _, count := range counts {
		for key, n := range count {
			total[key] += n
			best[key] = max(best[key], n)
		}
	}
	n := float64(len(samples))
	value := map[uint64]float64{}
	for key, b := range best {
		mean := float64(total[key]) / n
		value[key] = float64(b) * math.Log(1+float64(b)/mean)
		if key < 1<<16 { // one letter or border and letter
			value[key] = math.Inf(1)
		}
	}
	s.keys = slices.SortedFunc(maps.Keys(value), func(a, b uint64) int {
		return cmp.Or(cmp.Compare(value[b], value[a]), cmp.Compare(a, b))
	})
	s.keys = s.keys[:min(len(s.keys), o.grams)]
	slices.Sort(s.keys)
	s.rows = map[uint64]int32{}
	for i, key := range s.keys {
		s.rows[key] = int32(i)
	}
	s.learnt = make([]float32, len(s.keys)*len(s.codes))
	s.squares = make([]float32, len(s.keys))
}

// grams calls f with every n-gram of a word, ended by a border if whole.
func (s *script) grams(word []rune, whole bool, f func(uint64)) {
	var buf [maxWord + 2]byte
	b := append(buf[:0], border)
	for _, r := range word {
		c, ok := s.code[r]
		if !ok {
			c = stranger
		}
		b = append(b, c)
	}
	if whole {
		b = append(b, border)
	}
	for i := 1; i < len(b); i++ {
		var key uint64
		for n := 0; n < maxGram && n <= i; n++ {
			key |= uint64(b[i-n]) << (8 * n)
			if n > 0 || b[i] != border {
				f(key)
			}
		}
	}
}

// example is a text as rows of n-grams, with its language.
type example struct {
	label int
	rows  []int32
}

// batch is how many examples are made at a time, makers how many are at it.
const (
	batch  = 512
	makers = 4
)

// examples sends batches of random texts in an order that does not depend on the
// machine.
func (s *script) examples(o settings) []chan []example {
	out := make([]chan []example, makers)
	for m := range out {
		out[m] = make(chan []example, 4)
		go func() {
			defer close(out[m])
			for n := m; n*batch < o.texts; n += makers {
				r := rand.New(rand.NewPCG(2, uint64(n)))
				list := make([]example, batch)
				for i := range list {
					label, _ := slices.BinarySearch(s.weights, r.Float64()*s.weights[len(s.weights)-1])
					label = min(label, len(s.weights)-1)
					list[i] = example{label, s.text(r, label, o.noise, nil)}
				}
				out[m] <- list
			}
		}()
	}
	return out
}

// learn fits the weights by stochastic gradient steps.
func (s *script) learn(o settings) {
	logits, grad := make([]float32, len(s.codes)), make([]float32, len(s.codes))
	from := s.examples(o)
	for n := 0; n*batch < o.texts; n++ {
		rate := o.rate * (1 - 0.95*float64(n)*batch/float64(o.texts))
		for _, e := range <-from[n%makers] {
			s.step(e, rate, logits, grad)
		}
	}
}

// known is the error below which an example teaches nothing more.
const known = 1e-4

func (s *script) step(e example, rate float64, logits, grad []float32) {
	width := len(s.codes)
	clear(logits)
	for _, row := range e.rows {
		w := s.learnt[int(row)*width:][:len(logits)]
		for l := range logits {
			logits[l] += w[l]
		}
	}
	square := softmax(logits, grad, e.label)
	if square < known {
		return
	}
	for _, row := range e.rows {
		s.squares[row] += square
		step := float32(rate / math.Sqrt(float64(s.squares[row])+1))
		w := s.learnt[int(row)*width:][:len(grad)]
		for l := range grad {
			w[l] -= step * grad[l]
		}
	}
}

// softmax sets the gradient of the loss by logit and returns the sum of its squares.
func softmax(logits, grad []float32, label int) (square float32) {
	top, sum := slices.Max(logits), float32(0)
	for l, x := range logits {
		grad[l] = float32(math.Exp(float64(x - top)))
		sum += grad[l]
	}
	for l := range grad {
		grad[l] /= sum
		if l == label {
			grad[l]--
		}
		square += grad[l] * grad[l]
	}
	return square
}

// text makes a text of 8 to 100 letters, some words of it in other languages, half
// the time cut within its last word, and appends its rows. Half of the cuts look
// like the end of a word, as at the end of a text that something else cut.
func (s *script) text(r *rand.Rand, label int, noise float64, rows []int32) []int32 {
	size := int(8 * math.Pow(12.5, r.Float64()))
	cut := r.IntN(2) == 0
	var buf [maxWord]rune
	own := s.sources[label].draw(r)
	for size > 0 {
		from := own
		if r.Float64() < noise {
			from = s.sources[r.IntN(len(s.sources))].draw(r)
		}
		w := from.word(r, buf[:0])
		whole := true
		if len(w) > size && cut {
			w, whole = w[:size], r.IntN(2) == 0
		}
		size -= len(w) + 1
		s.grams(w, whole, func(key uint64) {
			if row, ok := s.rows[key]; ok {
				rows = append(rows, row)
			}
		})
	}
	return rows
}
