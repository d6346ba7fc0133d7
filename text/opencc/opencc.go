// Package opencc converts Chinese between simplified and traditional characters as
// OpenCC 1.4.2 does with its configurations t2s and s2t: phrases first, the longest
// that begins at a place, then single characters. The tables are OpenCC's dictionaries
// (Apache License 2.0), made by text/gen/chinese_tables.py from its Python package.
//
// Traditional to simplified loses what one simplified character unites (發 and 髮 are
// both 发), and simplified to traditional has to guess it back: s2t is lossy, and what
// it guesses wrong cannot be told from what was written.
package opencc

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed" // the dictionaries
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed t2s.txt.gz
var t2sTable []byte

//go:embed s2t.txt.gz
var s2tTable []byte

// Config names a direction.
type Config string

// The configurations.
const (
	T2S Config = "t2s" // traditional to simplified
	S2T Config = "s2t" // simplified to traditional
)

// maxTableBytes bounds an unpacked table.
const maxTableBytes = 4 << 20

// Converter converts in one direction. It is safe for concurrent use.
type Converter struct {
	phrases map[rune]phrases
	chars   map[rune]string
	compat  map[rune]rune // compatibility ideographs, which are replaced before anything else
}

// phrases are those that begin with one character.
type phrases struct {
	by      map[string]string
	longest int // bytes
}

var (
	toSimplified  = sync.OnceValues(func() (*Converter, error) { return load(t2sTable) })
	toTraditional = sync.OnceValues(func() (*Converter, error) { return load(s2tTable) })
)

// Open returns the converter of a configuration. The first call of each unpacks its
// dictionary: t2s takes 1 MB, s2t 12 MB.
func Open(config Config) (*Converter, error) {
	switch config {
	case T2S:
		return toSimplified()
	case S2T:
		return toTraditional()
	}
	return nil, fmt.Errorf("opencc: no configuration %q: want t2s or s2t", config)
}

func load(packed []byte) (*Converter, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("opencc: %w", err)
	}
	c := &Converter{phrases: map[rune]phrases{}, chars: map[rune]string{}, compat: map[rune]rune{}}
	lines, compat := bufio.NewScanner(io.LimitReader(unpacked, maxTableBytes)), false
	for lines.Scan() {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "= "); ok {
			compat = strings.HasPrefix(name, "CJK_Compat")
			continue
		}
		key, value, ok := strings.Cut(line, "\t")
		if !ok {
			return nil, fmt.Errorf("opencc: %q is no entry", line)
		}
		c.add(key, value, compat)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("opencc: %w", err)
	}
	return c, nil
}

// add takes an entry; what an earlier dictionary has stays.
func (c *Converter) add(key, value string, compat bool) {
	r, size := utf8.DecodeRuneInString(key)
	switch {
	case compat:
		c.compat[r], _ = utf8.DecodeRuneInString(value)
	case size == len(key):
		if _, have := c.chars[r]; !have {
			c.chars[r] = value
		}
	default:
		p := c.phrases[r]
		if p.by == nil {
			p.by = map[string]string{}
		}
		if _, have := p.by[key]; !have {
			p.by[key] = value
		}
		p.longest = max(p.longest, len(key))
		c.phrases[r] = p
	}
}

// Rune returns what a character alone becomes, itself where it has no entry of one.
func (c *Converter) Rune(r rune) rune {
	if plain, ok := c.compat[r]; ok {
		r = plain
	}
	if s, ok := c.chars[r]; ok {
		r, _ = utf8.DecodeRuneInString(s)
	}
	return r
}

// Runes calls f with each character that alone becomes another.
func (c *Converter) Runes(f func(from, to rune)) {
	for r := range c.compat {
		if to := c.Rune(r); to != r {
			f(r, to)
		}
	}
	for r := range c.chars {
		if _, compat := c.compat[r]; !compat && c.Rune(r) != r {
			f(r, c.Rune(r))
		}
	}
}

// Convert returns the text converted; where nothing changes, the very same string. What
// is not UTF-8 stays.
func (c *Converter) Convert(text string) string {
	text = c.normalize(text)
	var out strings.Builder
	copied, i := 0, 0
	for i < len(text) {
		if text[i] < utf8.RuneSelf {
			if _, ascii := c.phrases[rune(text[i])]; !ascii {
				i++
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		with, n := c.match(text[i:], r, size)
		if n == 0 {
			i += max(size, described(text[i:], r))
			continue
		}
		if text[i:i+n] != with {
			if copied == 0 && out.Len() == 0 {
				out.Grow(len(text) + len(text)/8)
			}
			out.WriteString(text[copied:i])
			out.WriteString(with)
			copied = i + n
		}
		i += n
	}
	if copied == 0 {
		return text
	}
	out.WriteString(text[copied:])
	return out.String()
}

// match returns what stands for the longest entry that s begins with, and the entry's
// length in bytes, 0 if there is none.
func (c *Converter) match(s string, r rune, size int) (with string, n int) {
	if p, ok := c.phrases[r]; ok {
		for n := min(p.longest, len(s)); n > size; n-- {
			if n < len(s) && !utf8.RuneStart(s[n]) {
				continue
			}
			if with, ok := p.by[s[:n]]; ok {
				return with, n
			}
		}
	}
	if with, ok := c.chars[r]; ok {
		return with, size
	}
	return "", 0
}

// normalize replaces compatibility ideographs.
func (c *Converter) normalize(text string) string {
	rare := func(r rune) bool { return 0xF900 <= r && r <= 0xFAFF || 0x2F800 <= r && r <= 0x2FA1F }
	at := strings.IndexFunc(text, rare)
	if at < 0 {
		return text
	}
	var out strings.Builder
	out.Grow(len(text))
	out.WriteString(text[:at])
	for i := at; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if plain, ok := c.compat[r]; ok && !(r == utf8.RuneError && size == 1) {
			out.WriteRune(plain)
		} else {
			out.WriteString(text[i : i+size])
		}
		i += size
	}
	return out.String()
}

// Limits of a description of a character, which stays as it is.
const (
	maxDescriptionDepth = 16
	maxDescriptionChars = 64
)

// described returns the length of the ideographic description sequence that s begins
// with, 0 if it begins with none. One that is cut or too long is none.
func described(s string, r rune) int {
	if operands(r) == 0 {
		return 0
	}
	chars := 0
	return describe(s, maxDescriptionDepth, &chars)
}

func describe(s string, depth int, chars *int) int {
	if s == "" || depth == 0 || *chars >= maxDescriptionChars {
		return 0
	}
	r, n := utf8.DecodeRuneInString(s)
	*chars++
	for range operands(r) {
		m := describe(s[n:], depth-1, chars)
		if m == 0 {
			return 0
		}
		n += m
	}
	return n
}

// operands is how many parts an ideographic description character joins.
func operands(r rune) int {
	switch {
	case r < 0x2FF0 || r > 0x2FFF:
		return 0
	case r == 0x2FF2 || r == 0x2FF3:
		return 3
	case r >= 0x2FFE:
		return 1
	}
	return 2
}
