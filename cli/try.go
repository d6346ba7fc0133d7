package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/run"
)

func (p *program) tryCommand() *cobra.Command {
	var f planFlags
	var url, file, id string
	var full, asJSON bool
	c := &cobra.Command{
		Use:   "try PIPELINE",
		Short: "Take one document through every stage of a pipeline",
		Long: `Takes one document through every stage of a pipeline and shows each value with
its limit, each verdict, and the text before and after each stage that changes
it. Stages that work across documents are passed: only a run decides them.

The document comes from --file (an HTML or text file, or a page of a WARC file:
the first, or the one of --url), or from the pipeline's own sources by --url or
--id. "-" is standard input.`,
		Example: "  corpusmill try pipelines/fineweb.yaml --file page.html",
		Args:    exactArgs(1),
	}
	f.addSettings(c)
	fl := c.Flags()
	fl.StringVar(&url, "url", "", "the document's address; with an HTML file the address that it gets")
	fl.StringVar(&file, "file", "", "HTML, text or WARC file")
	fl.StringVar(&id, "id", "", "the document's ID")
	fl.BoolVar(&full, "full", false, "print whole texts")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		if url == "" && file == "" && id == "" {
			return usageError{errors.New("name a document: --file, --url or --id")}
		}
		pl, o, err := p.load(c.Context(), args[0], &f)
		if err != nil {
			return err
		}
		plan, err := p.app.Plan(c.Context(), pl, o)
		if err != nil {
			return usageError{err}
		}
		defer plan.Close() //nolint:errcheck // nothing was written
		var d *corpus.Document
		if file != "" {
			d, err = p.documentOf(c.Context(), file, url, id)
		} else {
			d, err = plan.Find(c.Context(), url, id)
		}
		if err != nil {
			return err
		}
		if d.Origin.Source == "" || !slices.ContainsFunc(pl.Sources, func(s run.Source) bool { return s.Name == d.Origin.Source }) {
			d.Origin.Source = pl.Sources[0].Name // for stages that ask for it with `when`
		}
		t, err := plan.Try(c.Context(), d)
		if err != nil {
			return err
		}
		if asJSON {
			enc := json.NewEncoder(p.stdout)
			enc.SetEscapeHTML(false)
			return enc.Encode(t)
		}
		p.printTrace(t, full)
		return nil
	}
	return c
}

// errStop ends the reading of an archive at the wanted page.
var errStop = errors.New("found")

// documentOf makes a document of a file: a page of an archive, an HTML page, a PDF or
// office document, or plain text.
func (p *program) documentOf(ctx context.Context, file, url, id string) (*corpus.Document, error) {
	path, remove, err := p.local(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, usageError{err}
	}
	if err != nil {
		return nil, err
	}
	defer remove()
	h, err := head(ctx, path)
	if err != nil {
		return nil, err
	}
	if isWARC(path, h) {
		var d *corpus.Document
		err := p.archive(ctx, path, func(i item) error {
			if i.err != nil || url != "" && i.doc.URL != url || id != "" && i.doc.ID != id {
				return nil
			}
			d = i.doc
			return errStop
		})
		switch {
		case d != nil:
			return d, nil
		case err != nil:
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", file, run.ErrNotFound)
	}
	raw, err := readWhole(ctx, path)
	if err != nil {
		return nil, err
	}
	d := &corpus.Document{ID: file, URL: url, Media: format.Media(raw), Raw: raw}
	if id != "" {
		d.ID = id
	}
	if d.Media != format.MediaText {
		return d, nil
	}
	low := strings.ToLower(string(h[:min(len(h), 4096)]))
	if strings.Contains(low, "<p>") || strings.Contains(low, "<div") { // a piece of a page
		d.Media = format.MediaHTML
	} else {
		d.Text, d.Raw = strings.ToValidUTF8(string(raw), "\uFFFD"), nil
	}
	return d, nil
}

func (p *program) printTrace(t *run.Trace, full bool) {
	w := p.stdout
	fmt.Fprintf(w, "%s\n", t.ID)
	if t.URL != "" {
		fmt.Fprintf(w, "url %s\n", t.URL)
	}
	if t.RawBytes > 0 {
		fmt.Fprintf(w, "%d bytes of %s\n", t.RawBytes, t.Media)
	}
	for _, s := range t.Steps {
		p.printStep(s, full)
	}
	fmt.Fprintln(w)
	p.in(colourOf(t.Outcome), func() { fmt.Fprint(w, t.Outcome) })
	for _, s := range t.Steps {
		if !s.AfterReject && (s.Outcome == run.Rejected || s.Outcome == run.Quarantined) {
			fmt.Fprintf(w, " by %s", strings.TrimSuffix(s.Stage+": "+s.Rule, ": "))
		}
	}
	fmt.Fprintf(w, "; %d bytes of text", len(t.Text))
	if t.Lang != "" {
		fmt.Fprintf(w, ", language %s", t.Lang)
	}
	if t.Tokens > 0 {
		fmt.Fprintf(w, ", %d tokens", t.Tokens)
	}
	fmt.Fprintln(w)
}

func (p *program) printStep(s run.TraceStep, full bool) {
	w := p.stdout
	name := s.Stage
	if s.Stage != s.Type {
		name += " (" + s.Type + ")"
	}
	fmt.Fprintln(w)
	p.in(bold, func() { fmt.Fprint(w, name) })
	fmt.Fprint(w, ": ")
	p.in(colourOf(s.Outcome), func() { fmt.Fprint(w, s.Outcome) })
	if s.Rule != "" {
		fmt.Fprintf(w, " by %s", s.Rule)
		if s.Value != nil && s.Limit != nil && (*s.Value != 0 || *s.Limit != 0) { // else a name or a condition decided
			fmt.Fprintf(w, ": %.6g against %.6g", *s.Value, *s.Limit)
		}
		if s.Detail != "" {
			fmt.Fprintf(w, " (%s)", s.Detail)
		}
	}
	if s.Note != "" {
		fmt.Fprintf(w, "; %s", s.Note)
	}
	if s.AfterReject {
		fmt.Fprint(w, " [a run stops before this stage]")
	}
	fmt.Fprintln(w)
	if s.Error != "" {
		fmt.Fprintf(w, "  error %s\n", firstLine(s.Error))
	}
	for _, v := range s.Values {
		p.printValue(v)
	}
	if s.Before != s.After {
		p.printChange(s.Before, s.After, full)
	}
}

func (p *program) printValue(v run.TraceItem) {
	if v.Text != "" {
		fmt.Fprintf(p.stdout, "  %-30s %s\n", v.Name, v.Text)
		return
	}
	value, mark := "missing", " "
	if v.Value != nil {
		value = fmt.Sprintf("%.6g", *v.Value)
		if v.Min != nil && *v.Value < *v.Min || v.Max != nil && *v.Value > *v.Max {
			mark = "!"
		}
	}
	limits := ""
	if v.Min != nil {
		limits = fmt.Sprintf("  at least %.6g", *v.Min)
	}
	if v.Max != nil {
		limits += fmt.Sprintf("  at most %.6g", *v.Max)
	}
	line := fmt.Sprintf("%s %-30s %12s%s", mark, v.Name, value, limits)
	if mark == "!" {
		p.in(red, func() { fmt.Fprint(p.stdout, line) })
	} else {
		fmt.Fprint(p.stdout, line)
	}
	fmt.Fprintln(p.stdout)
}

// colourOf is that of an outcome.
func colourOf(outcome string) string {
	switch outcome {
	case run.Rejected, run.Quarantined:
		return red
	}
	return green
}

// changeLines is how many lines of a change are shown at its head and its tail.
const changeLines = 6

// printChange shows a change of the text by lines: what went and what came
// between the lines that both have at their ends.
func (p *program) printChange(before, after string, full bool) {
	w := p.stdout
	if before == "" {
		fmt.Fprintf(w, "  text of %d bytes:\n", len(after))
		p.printLines("  + ", linesOf(after), full)
		return
	}
	gone, come, first := changedLines(linesOf(before), linesOf(after))
	fmt.Fprintf(w, "  text of %d bytes, before %d; changed from line %d on:\n", len(after), len(before), first+1)
	p.printLines("  - ", gone, full)
	p.printLines("  + ", come, full)
}

// changedLines returns the lines that went and those that came, and the place of the first.
// Where lines went alone, or each stands for one of before, equal ones between them are no
// change.
func changedLines(a, b []string) (gone, come []string, first int) {
	for first < len(a) && first < len(b) && a[first] == b[first] {
		first++
	}
	tail := 0
	for tail < len(a)-first && tail < len(b)-first && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	a, b = a[first:len(a)-tail], b[first:len(b)-tail]
	if len(a) == len(b) {
		for i := range a {
			if a[i] != b[i] {
				gone, come = append(gone, a[i]), append(come, b[i])
			}
		}
		return gone, come, first
	}
	at := 0
	for _, line := range a {
		if at < len(b) && b[at] == line {
			at++
		} else {
			gone = append(gone, line)
		}
	}
	if at == len(b) {
		return gone, nil, first
	}
	return a, b, first
}

func linesOf(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

func (p *program) printLines(margin string, lines []string, full bool) {
	for i, line := range lines {
		if !full && len(lines) > 2*changeLines+1 && i >= changeLines && i < len(lines)-changeLines {
			if i == changeLines {
				fmt.Fprintf(p.stdout, "%s... %d lines ...\n", margin, len(lines)-2*changeLines)
			}
			continue
		}
		if !full {
			line = headOf(line, headRunes)
		}
		code := faint
		switch strings.TrimSpace(margin) {
		case "+":
			code = green
		case "-":
			code = red
		}
		p.in(code, func() { fmt.Fprintf(p.stdout, "%s%s", margin, line) })
		fmt.Fprintln(p.stdout)
	}
}
