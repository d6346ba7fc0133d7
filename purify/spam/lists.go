package spam

import (
	"bytes"
	"embed"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/internal/wordlist"
	"github.com/corpusmill/corpusmill/purify/phrases"

	"github.com/zeebo/xxh3"
)

// lists are written by the authors of this program; lists/README.md says how.
//
//go:embed lists/*.txt
var lists embed.FS

// spamKind is what a spammer sells or does.
type spamKind uint8

const (
	kindNone spamKind = iota
	kindGambling
	kindDrugs
	kindEscort
	kindInvoice
	kindGameServer
	kindLoan
	kindForgery
	kindJobs
	kindMedicine
	kindB2B
	kindDoorway
	kindHijack
	kindContact
	kindCities
	kindStuffing
	kindSpun
	kindsListed
	kindLearned = kindsListed // what the model alone takes for spam
	kindsEnd    = kindsListed + 1
)

// kindNames are the names of the kinds in lists, rules and columns.
var kindNames = [kindsEnd]string{"", "gambling", "drugs", "escort", "invoice", "game_server", "loan", "forgery", "jobs",
	"medicine", "b2b", "doorway", "hijack", "contact", "cities", "stuffing", "spun", "learned"}

// spamRole is what an entry says of the line that it stands in.
type spamRole uint8

const (
	roleTopic spamRole = iota
	roleOffer
	roleAd
	roleCall
	roleDeal
	roleLead
	roleEvade
	roleLink
	roleReport
	roleBody
	rolePlace
	roleTail
	roleOdd
	roleField
	roleSelf
	roleHost
	roleShow
	roleVenue
	roleEntrance
	roleSystem
	roleTell
	roleTrace
	roleEmpty
	rolesEnd
)

var roleNames = [rolesEnd]string{"topic", "offer", "ad", "call", "deal", "lead", "evade", "link", "report", "body", "place", "tail", "odd", "field", "self", "host", "show", "venue", "entrance", "system", "tell", "trace", "empty"}

// entry is one word of a list, folded.
type entry struct {
	word       string
	runes      int
	kind       spamKind
	role       spamRole
	latinStart bool // a Latin letter or digit at an edge: it must be one of a word too
	latinEnd   bool
	number     bool // nothing but digits: any page has some
}

// collector collects entries.
type collector struct {
	fold    *phrases.Folding
	kind    spamKind
	seen    map[entry]bool
	entries []entry
}

// line takes a line of a list without its comment: "kind NAME", or a role and words.
func (w *collector) line(line string) error {
	fields := strings.Fields(line)
	if fields[0] == "kind" {
		if len(fields) != 2 {
			return fmt.Errorf("%q: want kind and one name", line)
		}
		k := slices.Index(kindNames[1:kindsListed], fields[1])
		if k < 0 && fields[1] != "report" {
			return fmt.Errorf("no kind is called %q: want one of %s", fields[1], strings.Join(kindNames[1:kindsListed], ", "))
		}
		w.kind = spamKind(k + 1)
		return nil
	}
	role := slices.Index(roleNames[:], fields[0])
	if role < 0 {
		return fmt.Errorf("no role is called %q: want one of %s", fields[0], strings.Join(roleNames[:], ", "))
	}
	if w.kind == kindNone && spamRole(role) != roleReport {
		return fmt.Errorf("%s stands before any kind", fields[0])
	}
	for _, word := range fields[1:] {
		if err := w.word(word, spamRole(role)); err != nil {
			return err
		}
	}
	return nil
}

func (w *collector) word(word string, role spamRole) error {
	folded := w.fold.Word(word)
	if !phrases.Fitting(folded) {
		return fmt.Errorf("%q: want 2 to %d letters or digits", word, phrases.MaxRunes)
	}
	first, _ := utf8.DecodeRuneInString(folded)
	last, _ := utf8.DecodeLastRuneInString(folded)
	e := entry{word: folded, runes: utf8.RuneCountInString(folded), kind: w.kind, role: role,
		latinStart: first < unicode.MaxASCII, latinEnd: last < unicode.MaxASCII, number: strings.Trim(folded, "0123456789") == ""}
	if w.seen[e] {
		return nil
	}
	if len(w.entries) == phrases.MaxWords {
		return fmt.Errorf("more than %d entries", phrases.MaxWords)
	}
	w.seen[e] = true
	w.entries = append(w.entries, e)
	return nil
}

// builtinWords is the folding and the entries of the own lists.
var builtinWords = sync.OnceValues(func() (*collector, error) {
	fold, err := phrases.NewFolding()
	if err != nil {
		return nil, err
	}
	w := &collector{fold: fold, seen: map[entry]bool{}}
	files, err := lists.ReadDir("lists")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		list, err := lists.ReadFile("lists/" + f.Name())
		if err == nil {
			w.kind = kindNone
			err = wordlist.Each(bytes.NewReader(list), int64(len(list)), w.line)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	return w, nil
})

// finder finds entries; their numbers are their places.
type finder struct {
	*phrases.Automaton
	entries []entry
	letters *[1 << 16]uint16 // folded code points
}

// foldedLetters tabulates what letters fold to, others are 0.
func foldedLetters(f *phrases.Folding) *[1 << 16]uint16 {
	table := new([1 << 16]uint16)
	for r := range rune(len(table)) {
		if folded := f.Of(r); folded >= 0 && folded < rune(len(table)) {
			table[r] = uint16(folded)
		}
	}
	return table
}

// digest identifies the entries and what they are compared in.
func (f *finder) digest() string {
	h := xxh3.New()
	for _, e := range f.entries {
		_, _ = fmt.Fprintf(h, "%s %d %d\n", e.word, e.kind, e.role) // a hash takes everything
	}
	sum := h.Sum128().Bytes()
	return hex.EncodeToString(sum[:])
}

// finder finds what is collected.
func (w *collector) finder() (*finder, error) {
	list := make([]string, len(w.entries))
	for i, e := range w.entries {
		list[i] = e.word
	}
	a, err := phrases.New(list, w.fold)
	return &finder{a, w.entries, foldedLetters(w.fold)}, err
}

// builtinFinder finds the entries of the own lists.
var builtinFinder = sync.OnceValues(func() (*finder, error) {
	w, err := builtinWords()
	if err != nil {
		return nil, err
	}
	return w.finder()
})

// clone is a copy to which more words can be added.
func (w *collector) clone() *collector {
	return &collector{fold: w.fold, seen: maps.Clone(w.seen), entries: slices.Clone(w.entries)}
}
