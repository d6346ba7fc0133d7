// Package dedup finds duplicates: documents that are the same to the letter, and
// documents that share most of their word n-grams. A stage here yields grouping
// keys and edges; the engine sorts, joins and chooses the survivors.
package dedup

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text/opencc"
)

// ExactDedup drops documents whose text or URL is that of another. Keys are
// 128-bit hashes: among ten billion documents the chance of one wrong pair is
// about 1.5e-19.
type ExactDedup struct {
	// By is what must be equal: "text" (to the letter), "normalized_text"
	// (lower-case, runs of white space as one space) or "url".
	By string `yaml:"by" default:"text"`
	// KeepRule says which document of a cluster stays: first, none, all,
	// {max: COLUMN} or {min: COLUMN}; ties go by a hash of source and ID. The
	// default keeps the longest text.
	KeepRule stage.Keep `yaml:"keep" default:"max text_bytes"`
	// Simplified makes Chinese texts equal that differ by traditional and simplified
	// characters alone; the text that is kept stays as it is. Not with by: url. Default
	// false.
	Simplified bool `yaml:"simplified"`
}

// ExactDedupDef defines the stage exact_dedup.
var ExactDedupDef = stage.Define[ExactDedup]("exact_dedup", 1)

// Validate checks the settings.
func (e *ExactDedup) Validate() error {
	switch {
	case e.Simplified && e.By == "url":
		return errors.New("simplified: addresses have no characters to simplify: want by: text or normalized_text")
	case e.By == "text", e.By == "normalized_text", e.By == "url":
		if e.Simplified {
			_, err := opencc.OpenSimplifier()
			return err
		}
		return nil
	}
	return fmt.Errorf("by: %q: want text, normalized_text or url", e.By)
}

// KeyBytes is the width of the keys.
func (e *ExactDedup) KeyBytes() int { return 16 }

// Survivor is the keep rule.
func (e *ExactDedup) Survivor() stage.Keep { return e.KeepRule }

// Rules are the rules that the stage may give.
func (e *ExactDedup) Rules() []string { return []string{"duplicate"} }

// Reads lists the column that must be equal.
func (e *ExactDedup) Reads() []string {
	if e.By == "url" {
		return []string{"url"}
	}
	return []string{"text"}
}

// Keys emits the hash of what must be equal. An empty text or URL has no key: it
// is never a duplicate.
func (e *ExactDedup) Keys(doc *corpus.Document, emit func(stage.Key, uint32)) error {
	s := doc.Text
	switch e.By {
	case "url":
		s = doc.URL
	case "normalized_text":
		s = strings.Join(strings.FieldsFunc(strings.ToLower(s), unicode.IsSpace), " ")
	}
	if e.Simplified {
		simplify, err := opencc.OpenSimplifier()
		if err != nil {
			return err
		}
		if b, changed := simplify.Append(nil, s); changed {
			s = string(b)
		}
	}
	if s != "" {
		h := xxh3.HashString128(s)
		emit(stage.Key{Hi: h.Hi, Lo: h.Lo}, 0)
	}
	return nil
}
