package purify

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// spamLists are written by the authors of this program; lists/spam/README.md says how.
//
//go:embed lists/spam/*.txt
var spamLists embed.FS

// spamKind is what a spammer sells or does.
type spamKind uint8

const (
	spamNone spamKind = iota
	spamGambling
	spamDrugs
	spamEscort
	spamInvoice
	spamGameServer
	spamLoan
	spamForgery
	spamJobs
	spamMedicine
	spamB2B
	spamDoorway
	spamHijack
	spamContact
	spamCities
	spamStuffing
	spamSpun
	spamKinds
)

// spamKindNames are the names of the kinds in lists, rules and columns.
var spamKindNames = [spamKinds]string{"", "gambling", "drugs", "escort", "invoice", "game_server", "loan", "forgery", "jobs",
	"medicine", "b2b", "doorway", "hijack", "contact", "cities", "stuffing", "spun"}

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
	spamRoles
)

var spamRoleNames = [spamRoles]string{"topic", "offer", "ad", "call", "deal", "lead", "evade", "link", "report", "body", "place", "tail", "odd"}

// spamEntry is one word of a list, folded.
type spamEntry struct {
	word       string
	runes      int
	kind       spamKind
	role       spamRole
	latinStart bool // a Latin letter or digit at an edge: it must be one of a word too
	latinEnd   bool
}

// spamWords collects entries.
type spamWords struct {
	fold    *folding
	kind    spamKind
	seen    map[spamEntry]bool
	entries []spamEntry
}

// line takes a line of a list without its comment: "kind NAME", or a role and words.
func (w *spamWords) line(line string) error {
	fields := strings.Fields(line)
	if fields[0] == "kind" {
		if len(fields) != 2 {
			return fmt.Errorf("%q: want kind and one name", line)
		}
		k := slices.Index(spamKindNames[1:], fields[1])
		if k < 0 && fields[1] != "report" {
			return fmt.Errorf("no kind is called %q: want one of %s", fields[1], strings.Join(spamKindNames[1:], ", "))
		}
		w.kind = spamKind(k + 1)
		return nil
	}
	role := slices.Index(spamRoleNames[:], fields[0])
	if role < 0 {
		return fmt.Errorf("no role is called %q: want one of %s", fields[0], strings.Join(spamRoleNames[:], ", "))
	}
	if w.kind == spamNone && spamRole(role) != roleReport {
		return fmt.Errorf("%s stands before any kind", fields[0])
	}
	for _, word := range fields[1:] {
		if err := w.word(word, spamRole(role)); err != nil {
			return err
		}
	}
	return nil
}

func (w *spamWords) word(word string, role spamRole) error {
	folded := w.fold.word(word)
	if !fitting(folded) {
		return fmt.Errorf("%q: want 2 to %d letters or digits", word, maxEntryRunes)
	}
	first, _ := utf8.DecodeRuneInString(folded)
	last, _ := utf8.DecodeLastRuneInString(folded)
	e := spamEntry{word: folded, runes: utf8.RuneCountInString(folded), kind: w.kind, role: role,
		latinStart: first < unicode.MaxASCII, latinEnd: last < unicode.MaxASCII}
	if w.seen[e] {
		return nil
	}
	if len(w.entries) == maxSpamEntries {
		return fmt.Errorf("more than %d entries", maxSpamEntries)
	}
	w.seen[e] = true
	w.entries = append(w.entries, e)
	return nil
}

// maxSpamEntries bounds the entries: they are numbered in 16 bits.
const maxSpamEntries = 1<<16 - 1

// builtinSpam is the folding and the entries of the own lists.
var builtinSpam = sync.OnceValues(func() (*spamWords, error) {
	fold, err := newFolding()
	if err != nil {
		return nil, err
	}
	w := &spamWords{fold: fold, seen: map[spamEntry]bool{}}
	files, err := spamLists.ReadDir("lists/spam")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		list, err := spamLists.ReadFile("lists/spam/" + f.Name())
		if err == nil {
			w.kind = spamNone
			err = eachEntry(bytes.NewReader(list), int64(len(list)), w.line)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
	}
	return w, nil
})

// builtinAutomaton finds the entries of the own lists.
var builtinAutomaton = sync.OnceValues(func() (*automaton, error) {
	w, err := builtinSpam()
	if err != nil {
		return nil, err
	}
	return newAutomaton(w.entries, w.fold)
})

// clone is a copy to which more words can be added.
func (w *spamWords) clone() *spamWords {
	return &spamWords{fold: w.fold, seen: maps.Clone(w.seen), entries: slices.Clone(w.entries)}
}
