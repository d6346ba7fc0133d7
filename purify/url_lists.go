package purify

import (
	"bytes"
	"context"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/internal/wordlist"
	"github.com/corpusmill/corpusmill/stage"
)

// builtinLists are words of our own collection, one file for each of words,
// soft_words and subwords.
//
//go:embed lists/*.txt
var builtinLists embed.FS

// maxListWords bounds the entries of a word list, which is kept in memory as it is.
const maxListWords = 1 << 20

// listLoader reads lists of entries.
type listLoader struct {
	ctx      context.Context
	env      *stage.Env
	maxBytes int64
}

// each calls add for each entry of a list.
func (l *listLoader) each(location string, add func(string) error) error {
	f, err := l.env.OpenFile(l.ctx, location)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := wordlist.Each(f, l.maxBytes, add); err != nil {
		return fmt.Errorf("%s: %w", location, err)
	}
	return nil
}

// hashes reads lists into a set; key names the setting in errors.
func (l *listLoader) hashes(key string, locations []string, fold func(string) string) (hashSet, error) {
	var hashes []uint64
	for _, location := range locations {
		err := l.each(location, func(entry string) error {
			if entry = fold(entry); entry != "" {
				hashes = append(hashes, xxh3.HashString(entry))
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return newHashSet(hashes), nil
}

// words reads lists of words, sorted and without repeats.
func (l *listLoader) words(key string, locations []string, builtin bool) ([]string, error) {
	var words []string
	add := func(entry string) error {
		if len(words) == maxListWords {
			return fmt.Errorf("more than %d words", maxListWords)
		}
		if entry = foldWord(entry); entry != "" {
			words = append(words, entry)
		}
		return nil
	}
	if builtin {
		own, err := builtinLists.ReadFile("lists/" + key + ".txt")
		if err == nil {
			err = wordlist.Each(bytes.NewReader(own), int64(len(own)), add)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, location := range locations {
		if err := l.each(location, add); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

// hashSet is a set of strings by their 64-bit hashes, sorted: 8 bytes an entry.
type hashSet []uint64

func newHashSet(hashes []uint64) hashSet {
	slices.Sort(hashes)
	return hashSet(slices.Clip(slices.Compact(hashes)))
}

// has looks where the hash would stand if hashes were evenly spread, and widens
// the search from there by doubling.
func (s hashSet) has(entry string) bool {
	if len(s) == 0 || entry == "" {
		return false
	}
	h := xxh3.HashString(entry)
	at, _ := bits.Mul64(h, uint64(len(s)))
	low, high := int(at), int(at)
	for step := 1; low > 0 && s[low] > h; step *= 2 {
		low = max(0, low-step)
	}
	for step := 1; high < len(s) && s[high] < h; step *= 2 {
		high = min(len(s), high+step)
	}
	_, found := slices.BinarySearch(s[low:min(high+1, len(s))], h)
	return found
}

// digestLists identifies the entries of all lists.
func digestLists(domains, urls hashSet, words ...[]string) string {
	h := xxh3.New()
	var b [8]byte
	number := func(x uint64) {
		for i := range b {
			b[i] = byte(x >> (8 * i))
		}
		_, _ = h.Write(b[:]) // a hash takes everything
	}
	for _, set := range []hashSet{domains, urls} {
		number(uint64(len(set)))
		for _, x := range set {
			number(x)
		}
	}
	for _, list := range words {
		number(uint64(len(list)))
		for _, w := range list {
			number(uint64(len(w)))
			_, _ = h.WriteString(w)
		}
	}
	sum := h.Sum128().Bytes()
	return hex.EncodeToString(sum[:])
}

// errTooManyStates refuses subword lists whose automaton would be too large.
var errTooManyStates = errors.New("too many and too long entries for one automaton (16 million transitions)")
