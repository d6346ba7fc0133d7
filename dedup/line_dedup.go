package dedup

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text"
)

// LineDedup cuts lines that a site repeats: menus, notices, teasers of other pages. A
// line that enough documents of a host have stays in one of them, or in none; the copies
// are cut out of the others with their line ends. Lines are compared by a hash first and
// then by themselves, so that no line is cut for another one's sake.
//
// A line that a document repeats is cut there too, once it has been found often enough.
// Blank lines stay. What was counted or measured of the texts before is stale behind it.
type LineDedup struct {
	// Scope is what is compared: "site" (documents of one host; those without a URL are
	// compared to none) or "corpus" (all documents).
	Scope string `yaml:"scope" default:"site"`
	// By is what must be equal: "text" (to the letter), "normalized_text" (lower-case,
	// runs of white space as one space) or "ccnet" (as CCNet's: lower-case, each digit as
	// 0, without its typographic marks and control characters).
	By string `yaml:"by" default:"normalized_text"`
	// MinChars is the least length of a line that is compared, in characters of what must
	// be equal; 1 compares all that are not blank.
	MinChars int `yaml:"min_chars" default:"10"`
	// MinDocuments is how many documents must have a line before its copies are cut; 1
	// cuts what one document repeats.
	MinDocuments int `yaml:"min_documents" default:"2"`
	// MaxCutRatio is the largest share of a document's bytes, 0 to 1, that may be cut; one
	// that loses more is dropped. The default is off. One of which nothing is left is
	// dropped in any case.
	MaxCutRatio stage.Limit `yaml:"max_cut_ratio"`
	// KeepRule says in which document a line stays: first, none (all copies are cut),
	// {max: COLUMN} or {min: COLUMN}; ties go by a hash of source and ID, then by the
	// place in the document. The default keeps it in the document with the longest text.
	KeepRule stage.Keep `yaml:"keep" default:"max text_bytes"`
}

// LineDedupDef defines the stage line_dedup.
var LineDedupDef = stage.Define[LineDedup]("line_dedup", 1)

const (
	scopeSite   = "site"
	scopeCorpus = "corpus"
	byText      = "text"
	byFolded    = "normalized_text"
	byCCNet     = "ccnet"
)

// Validate checks the settings.
func (l *LineDedup) Validate() error {
	switch {
	case l.Scope != scopeSite && l.Scope != scopeCorpus:
		return fmt.Errorf("scope: %q: want site or corpus", l.Scope)
	case l.By != byText && l.By != byFolded && l.By != byCCNet:
		return fmt.Errorf("by: %q: want text, normalized_text or ccnet", l.By)
	case l.MinChars < 1:
		return fmt.Errorf("min_chars: %d: want 1 or more characters", l.MinChars)
	case l.MinDocuments < 1:
		return fmt.Errorf("min_documents: %d: want 1 or more", l.MinDocuments)
	case l.KeepRule.Policy == "all":
		return fmt.Errorf("keep: all would cut nothing: want first, none, {max: COLUMN} or {min: COLUMN}")
	}
	if x, on := l.MaxCutRatio.Get(); on && (x < 0 || x > 1) {
		return fmt.Errorf("max_cut_ratio: %g: want 0 to 1, or off", x)
	}
	return nil
}

// KeyBytes is the width of the keys: lines are verified.
func (*LineDedup) KeyBytes() int { return 8 }

// Survivor is the keep rule.
func (l *LineDedup) Survivor() stage.Keep { return l.KeepRule }

// Quorum is how many documents must have a line.
func (l *LineDedup) Quorum() int { return l.MinDocuments }

// Rules are the rules that the stage may give.
func (*LineDedup) Rules() []string { return []string{"nothing_left", "cut_ratio"} }

// Reads lists the text, and the URL that tells the site.
func (l *LineDedup) Reads() []string {
	if l.Scope == scopeCorpus {
		return []string{"text"}
	}
	return []string{"text", "url"}
}

// Spans emits the lines of a text with the line ends behind them; the last line, where
// it has none, with that before it.
func (*LineDedup) Spans(text string, emit func(part uint32, from, to int)) {
	part := uint32(0)
	for from := 0; from < len(text); part++ {
		n := strings.IndexByte(text[from:], '\n')
		if n < 0 {
			emit(part, max(from-1, 0), len(text))
			return
		}
		emit(part, from, from+n+1)
		from += n + 1
	}
}

// Keys emits the hash of each line that is compared, with the number of the line.
func (l *LineDedup) Keys(doc *corpus.Document, emit func(stage.Key, uint32)) error {
	site, ok := l.site(doc)
	if !ok {
		return nil
	}
	seed := xxh3.HashString(site)
	var b []byte
	l.Spans(doc.Text, func(part uint32, from, to int) {
		b = l.appendLine(b[:0], doc.Text[from:to])
		if len(b) > 0 && utf8.RuneCount(b) >= l.MinChars {
			emit(stage.Key{Hi: xxh3.HashSeed(b, seed)}, part)
		}
	})
	return nil
}

// site is what documents must have in common, and whether the document is compared.
func (l *LineDedup) site(doc *corpus.Document) (string, bool) {
	if l.Scope == scopeCorpus {
		return "", true
	}
	host := doc.Host()
	return host, host != ""
}

// Verifies says that keys alone cut no line.
func (*LineDedup) Verifies() bool { return true }

// Evidence appends the site and what of the line must be equal.
func (l *LineDedup) Evidence(dst []byte, doc *corpus.Document, text string) ([]byte, error) {
	site, _ := l.site(doc)
	dst = append(append(dst, site...), '\n') // no host has one
	return l.appendLine(dst, text), nil
}

// Same reports whether two lines are.
func (*LineDedup) Same(a, b []byte) bool { return bytes.Equal(a, b) }

// Left drops a document of which too much was cut.
func (l *LineDedup) Left(_ string, c stage.Cut) corpus.Verdict {
	return l.MaxCutRatio.Or(stage.Off()).Above("cut_ratio", float64(c.BytesCut)/float64(max(c.Bytes, 1)))
}

// appendLine appends what of a line must be equal, nothing of a blank one.
func (l *LineDedup) appendLine(dst []byte, line string) []byte {
	line = strings.TrimSuffix(strings.TrimPrefix(line, "\n"), "\n")
	switch l.By {
	case byText:
		if strings.TrimSpace(line) == "" {
			return dst
		}
		return append(dst, line...)
	case byCCNet:
		return appendCCNetLine(dst, line)
	}
	return appendFolded(dst, line)
}

// appendFolded appends a line in lower case, with one space for every run of white space
// and none at its ends.
func appendFolded(dst []byte, line string) []byte {
	base, space := len(dst), false
	for i := 0; i < len(line); {
		r, n := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(line[i:])
		}
		i += n
		if r == ' ' || '\t' <= r && r <= '\r' || r >= utf8.RuneSelf && unicode.IsSpace(r) {
			space = true
			continue
		}
		if space && len(dst) > base {
			dst = append(dst, ' ')
		}
		space = false
		switch {
		case r >= utf8.RuneSelf:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		case 'A' <= r && r <= 'Z':
			dst = append(dst, byte(r)+'a'-'A')
		default:
			dst = append(dst, byte(r))
		}
	}
	return dst
}

// ccnetMarks are the marks that CCNet takes out of a line before it hashes it
// (UNICODE_PUNCT of its text_normalizer.py), but for the digit among them: digits are
// zeros by then.
const ccnetMarks = "，。、„”“«»」「《》´∶：？！（）；–—．～’…━〈〉【】％►"

// appendCCNetLine appends a line as CCNet's normalize_for_dedup writes it.
func appendCCNetLine(dst []byte, line string) []byte {
	lower := text.AppendLower(nil, strings.TrimFunc(line, text.IsSpace))
	for len(lower) > 0 {
		r, n := utf8.DecodeRune(lower)
		switch {
		case unicode.IsDigit(r):
			dst = append(dst, '0')
		case r < 0x20 || 0x7F <= r && r < 0xA0 || r >= 0x80 && strings.ContainsRune(ccnetMarks, r):
		default:
			dst = append(dst, lower[:n]...)
		}
		lower = lower[n:]
	}
	return dst
}
