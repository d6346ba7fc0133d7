package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/report"
)

// showSamples is how many rejects of a rule are shown where the flag says nothing.
const showSamples = 5

func (p *program) showCommand() *cobra.Command {
	var f folderFlags
	var rejects, why, document string
	var asJSON, full, raw bool
	var samples int
	c := &cobra.Command{
		Use:   "show RUN",
		Short: "Show what a run kept and dropped, and why",
		Long: `Shows the funnel of a run; with --rejects samples of the documents that a rule
dropped, each with its value and limit; with --why what became of a document:
the rule that dropped it, or the part that has it, and of a duplicate which
document won. --rejects takes a rule, a stage, or stage.rule. --document says
also where it came from and what its row holds: time of fetching, licence and
all other columns; --raw prints its record of a web archive as it was received.`,
		Example: "  corpusmill show runs/fineweb --rejects line_punct_ratio\n  corpusmill show runs/fineweb --why https://example.org/page",
		Args:    exactArgs(1),
	}
	f.add(c, p)
	fl := c.Flags()
	fl.StringVar(&rejects, "rejects", "", "show rejects of this rule")
	fl.StringVar(&why, "why", "", "show what became of the document with this URL or ID")
	fl.StringVar(&document, "document", "", "show what is known of the document with this URL or ID")
	fl.BoolVar(&raw, "raw", false, "with --document: print its record of a web archive, and nothing else")
	fl.IntVar(&samples, "samples", showSamples, "how many rejects to show")
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	fl.BoolVar(&full, "full", false, "print whole texts")
	c.MarkFlagsMutuallyExclusive("rejects", "why", "document")
	c.RunE = func(c *cobra.Command, args []string) error {
		if samples < 1 || samples > 10_000 {
			return usageError{fmt.Errorf("--samples: want 1 to 10000, not %d", samples)}
		}
		folder, err := f.open(c.Context(), args[0])
		if err != nil {
			return err
		}
		s := shower{program: p, folder: folder, asJSON: asJSON, full: full}
		switch {
		case raw && document == "":
			return usageError{errors.New("--raw: name the document: --document URL or ID")}
		case document != "":
			return s.document(c, args[0], document, raw)
		case why != "":
			return s.why(c, why)
		case rejects != "":
			return s.rejects(c, rejects, samples)
		}
		return s.funnel(c)
	}
	return c
}

// shower prints what show was asked for.
type shower struct {
	*program
	folder       *report.Folder
	asJSON, full bool
}

func (p *program) warnUnfinished(c *cobra.Command, f *report.Folder) {
	if old, err := f.Unfinished(c.Context()); err == nil && old {
		fmt.Fprintln(p.stderr, oldNote(c.Context(), f))
	}
}

// aside names files that are set aside, as many as samples of rejects.
func (s *shower) aside(c *cobra.Command) error {
	list, err := s.folder.Ledger.Aside(c.Context())
	if err != nil {
		return err
	}
	for _, x := range list[:min(len(list), showSamples)] {
		fmt.Fprintf(s.stdout, "set aside: %s/%s: %s\n", x.Source, x.Name, firstLine(x.Reason))
	}
	if more := len(list) - showSamples; more > 0 {
		fmt.Fprintf(s.stdout, "and %d more, in %s\n", more, ledger.SetAsideFolder)
	}
	return nil
}

func (s *shower) json(v any) error {
	enc := json.NewEncoder(s.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (s *shower) funnel(c *cobra.Command) error {
	now, err := progressOf(c.Context(), s.folder)
	if err != nil {
		return err
	}
	if now != nil && !s.asJSON {
		for _, line := range now.lines() {
			fmt.Fprintln(s.stdout, line)
		}
	}
	stats, err := s.folder.Stats(c.Context())
	if errors.Is(err, report.ErrUnfinished) && now != nil && now.Workers > 0 {
		if s.asJSON {
			return s.json(map[string]any{"under_way": now})
		}
		return nil
	}
	if err != nil {
		return err
	}
	if s.asJSON {
		return s.json(statsUnderWay{stats, now})
	}
	s.warnUnfinished(c, s.folder)
	fmt.Fprint(s.stdout, Funnel(stats))
	fmt.Fprintf(s.stdout, "\n%d documents, %d tokens, %s of text; %d in quarantine\n", stats.Documents, stats.Tokens, human(stats.Bytes), stats.QuarantinedSum())
	fmt.Fprint(s.stdout, phasesTable(stats))
	fmt.Fprint(s.stdout, sinkTable(stats))
	if d := stats.Damage(); d.Any() {
		for _, l := range wrapped(fmt.Sprintf("of the input files %s", d), columns) {
			fmt.Fprintln(s.stdout, l)
		}
	}
	if err := s.aside(c); err != nil {
		return err
	}
	fmt.Fprint(s.stdout, yieldTable(stats))
	if err := s.settled(c); err != nil {
		return err
	}
	if hosts := stats.Hosts.Top(5); len(hosts) > 0 {
		fmt.Fprintln(s.stdout, "\nlargest hosts                 documents      kept")
		for _, h := range hosts {
			fmt.Fprintf(s.stdout, "%-28s %10d %9d\n", h, stats.Hosts[h].Documents, stats.Hosts[h].Kept)
		}
	}
	return nil
}

// statsUnderWay are the statistics of the last run that ended, and how far the one behind
// it is.
type statsUnderWay struct {
	*ledger.Stats
	UnderWay *underWay `json:"under_way,omitempty"`
}

// settled prints the limits that calibrations settled.
func (s *shower) settled(c *cobra.Command) error {
	commits, err := s.folder.Manifest(c.Context())
	if err != nil {
		return err
	}
	fmt.Fprint(s.stdout, settledTable(commits))
	return nil
}

func (s *shower) rejects(c *cobra.Command, rule string, n int) error {
	sample, total, err := s.folder.Rejects(c.Context(), rule, n)
	if err != nil {
		return err
	}
	if total == 0 {
		known, err := s.rules(c)
		if err != nil {
			return err
		}
		return usageError{fmt.Errorf("no rejects of %q; the run has: %s", rule, known)}
	}
	if s.asJSON {
		return s.json(map[string]any{"rule": rule, "total": total, "samples": sample})
	}
	fmt.Fprintf(s.stdout, "%s: %d rejects, %d shown; %s\n", rule, total, len(sample), s.folder.Pipeline.TextsKept())
	for _, f := range sample {
		fmt.Fprintln(s.stdout)
		s.fate(f, "")
	}
	return nil
}

// rules lists the rules that dropped anything.
func (s *shower) rules(c *cobra.Command) (string, error) {
	stats, err := s.folder.Stats(c.Context())
	if err != nil {
		return "", err
	}
	var names []string
	for _, st := range stats.Stages {
		for _, rule := range sortedKeys(st.Rejected) {
			names = append(names, st.Name+"."+rule)
		}
	}
	if len(names) == 0 {
		return "none", nil
	}
	return strings.Join(names, ", "), nil
}

func (s *shower) why(c *cobra.Command, urlOrID string) error {
	fates, err := s.folder.Why(c.Context(), urlOrID)
	if err != nil {
		return err
	}
	if s.asJSON {
		if fates == nil {
			fates = []*report.Fate{}
		}
		if err := s.json(map[string]any{"query": urlOrID, "documents": fates}); err != nil {
			return err
		}
	}
	if len(fates) == 0 {
		return unknownDocument(urlOrID)
	}
	if s.asJSON {
		return nil
	}
	for i, f := range fates {
		if i > 0 {
			fmt.Fprintln(s.stdout)
		}
		s.fate(f, "")
	}
	return nil
}

// fate prints one document, its winners indented below it.
func (s *shower) fate(f *report.Fate, indent string) {
	w := s.stdout
	line := func(format string, args ...any) { fmt.Fprintf(w, indent+format+"\n", args...) }
	line("%s", cmp.Or(f.ID, f.URL))
	if f.URL != "" && f.ID != "" && f.URL != f.ID {
		line("  url      %s", f.URL)
	}
	if f.Shard != "" {
		record := ""
		if f.Record >= 0 {
			record = fmt.Sprintf(", record %d", f.Record)
		}
		line("  from     %s%s", strings.TrimPrefix(f.Source+"/"+f.Shard, "/"), record)
	}
	switch f.Outcome {
	case report.Kept:
		tokens := fmt.Sprintf("; %d tokens", f.Tokens)
		if slices.Contains(f.Lacks, "tokens") {
			tokens = ""
		}
		line("  kept     in %s, row %d%s", f.File, f.Row, tokens)
		if len(f.Lacks) > 0 {
			line("  lacks    %s: the sink leaves them out", strings.Join(f.Lacks, ", "))
		}
		if f.ClusterSize > 1 {
			line("  cluster  stands for %d documents (%s)", f.ClusterSize, f.ClusterID)
		}
	case report.Rejected:
		line("  dropped  by %s: %s", f.Stage, f.Rule)
		if f.Value != nil && f.Limit != nil && (*f.Value != 0 || *f.Limit != 0) { // a condition measures nothing
			line("  value    %.6g against %.6g", *f.Value, *f.Limit)
		}
		if f.Detail != "" && f.Winner == nil {
			line("  detail   %s", f.Detail)
		}
	case report.Quarantined:
		line("  quarantined in %s: %s", f.File, strings.TrimSpace(f.Stage+" "+firstLine(f.Error)))
	}
	for _, c := range f.Cut {
		line("  cut      by %s: %s of its text before that stage, from 0", c.Stage, unitNumbers(c.Units))
	}
	if f.Text != "" {
		s.text(w, f.Text, indent+"  | ")
	} else if f.Outcome == report.Rejected {
		line("  text     not kept: %s", s.folder.Pipeline.TextsKept())
	}
	if f.Winner != nil {
		line("  the document that won:")
		s.fate(f.Winner, indent+"    ")
	}
}

// unitsShown is how many parts of a document are listed.
const unitsShown = 20

// unitNumbers lists parts of a document.
func unitNumbers(units []uint32) string {
	var b strings.Builder
	for i, u := range units[:min(len(units), unitsShown)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, u)
	}
	if more := len(units) - unitsShown; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	if len(units) == 1 {
		return "part " + b.String()
	}
	return "parts " + b.String()
}

// text prints a text, or its beginning, with a margin.
func (s *shower) text(w io.Writer, text, margin string) {
	if s.full {
		printMargin(w, text, margin)
		return
	}
	printMargin(w, headOf(text, headRunes), margin)
}

// headRunes is how much of a text is shown where it is not asked for whole.
const headRunes = 300

// headOf cuts a text behind n code points.
func headOf(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i] + " ..."
		}
	}
	return text
}

func printMargin(w io.Writer, text, margin string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(w, "%s%s\n", margin, strings.TrimRight(line, "\n"))
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
