package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/report"
)

// document prints what is known of the documents with a URL or ID, or the record of the
// first.
func (s *shower) document(c *cobra.Command, dir, urlOrID string, raw bool) error {
	fates, err := s.folder.Why(c.Context(), urlOrID)
	if err != nil {
		return err
	}
	if len(fates) == 0 {
		return unknownDocument(urlOrID)
	}
	var found []*report.Provenance
	for _, x := range fates {
		p, err := s.folder.Provenance(c.Context(), x)
		if err != nil {
			return err
		}
		if raw {
			return s.folder.Raw(c.Context(), p, s.received())
		}
		found = append(found, p)
	}
	if s.asJSON {
		return s.json(map[string]any{"query": urlOrID, "documents": found})
	}
	for i, p := range found {
		if i > 0 {
			fmt.Fprintln(s.stdout)
		}
		s.fate(p.Fate, "")
		if p.Archive != "" {
			fmt.Fprintf(s.stdout, "  archive  %s", p.Archive)
			if p.Offset >= 0 {
				fmt.Fprintf(s.stdout, ", byte %d\n  record   corpusmill show %s --document %s --raw", p.Offset, shellQuoted(dir), shellQuoted(urlOrID))
			}
			fmt.Fprintln(s.stdout)
		}
		for _, cell := range p.Columns {
			fmt.Fprintf(s.stdout, "  %s: %s\n", cell.Name, firstLine(cell.Value))
		}
	}
	return nil
}

func unknownDocument(urlOrID string) error {
	return fmt.Errorf("%s: no document of the run has this URL or ID; it was not read, or skipped by its source", urlOrID)
}

// received is where bytes go as they were received: a file or pipe has them all, a
// terminal no control characters.
func (s *shower) received() io.Writer {
	if t, ok := s.stdout.(*terminal); ok && !isTerminal(t.w) {
		return t.w
	}
	return s.stdout
}

// shellQuoted is a word as a shell takes it.
func shellQuoted(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,#~", r)
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
