package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/purify/phrases"
	"github.com/corpusmill/corpusmill/report"
	"github.com/corpusmill/corpusmill/report/evidence"
)

// evidenceFlags are the flags of evidence.
type evidenceFlags struct {
	folderFlags
	out, sink        string
	by               []string
	top              int
	words            []string
	passages         int
	hits             string
	sample           int
	per, seed, sheet string
	chars, reviewers int
	verdicts         []string
	workers          int
	temp             string
	replace, asJSON  bool
	sampling         bool
}

func (p *program) evidenceCommand() *cobra.Command {
	f := &evidenceFlags{}
	c := &cobra.Command{
		Use:   "evidence RUN",
		Short: "Sources, shares, words of lists, and a sample to review",
		Long: `Writes what somebody has to show who answers for a corpus, of all rows of the
parts: the sources of the run with their shares; shares by host, language and
what --by names; with --words how often the words of your lists stand in the
documents, with passages; with --sample or --per sheets of documents for people
to review. Then, with --verdicts, it reads the sheets that came back and prints
the rate at which documents pass, by source, with its Wilson interval, and of
two reviewers their agreement and Cohen's kappa. It holds no list of words and
no limit: take these from the text of the standard that you have to meet.

Into RUN/evidence go evidence.json, evidence.html, a CSV file for each table,
words.csv and the sheets: the same bytes of the same parts, lists and settings
at any number of workers. Files that are there and differ are left alone, and
that is an error, unless --replace says otherwise.

A list has a word a line, or a category, a tab and a word; else the category is
the name of the file. Simplified and traditional, full and half width, upper and
lower case are the same; marks between Chinese characters do not count; words of
scripts with blanks are found as whole words alone.`,
		Example: "  corpusmill evidence runs/zh --by source,host,lang --words terms.txt\n" +
			"  corpusmill evidence runs/zh --per source=1000 --seed 2026 --reviewers 2\n" +
			"  corpusmill evidence runs/zh --verdicts a.csv --verdicts b.csv",
		Args: exactArgs(1),
	}
	f.add(c, p)
	fl := c.Flags()
	fl.StringVar(&f.out, "out", "", "folder to write to (default RUN/evidence)")
	fl.StringVar(&f.sink, "sink", "", "the sink whose parts are read; needed where the run has several")
	fl.StringSliceVar(&f.by, "by", []string{"source", "host", "lang"}, "columns to give shares by; a+b counts two together")
	fl.IntVar(&f.top, "top", 100, "values of a table in evidence.json and on the page, 1 to 10000; its CSV has all")
	fl.StringArrayVar(&f.words, "words", nil, "a list of words to look for (repeatable)")
	fl.IntVar(&f.passages, "passages", 3, "passages of each word, 0 to 20")
	fl.StringVar(&f.hits, "hits", "", "write a JSON line for each document and word to this file")
	fl.IntVar(&f.sample, "sample", 0, "draw so many documents of all")
	fl.StringVar(&f.per, "per", "", "COLUMN=N: draw so many documents of each value of a column")
	fl.StringVar(&f.seed, "seed", "1", "draws another sample and other passages")
	fl.IntVar(&f.chars, "chars", 2000, "cut texts of the sheets off at so many code points; 0 keeps them whole")
	fl.StringVar(&f.sheet, "sheet", "csv", "format of the sheets: csv or jsonl")
	fl.IntVar(&f.reviewers, "reviewers", 1, "sheets, each in an order of its own, 1 to 9")
	fl.StringArrayVar(&f.verdicts, "verdicts", nil, "a sheet that came back, or two of two reviewers")
	fl.StringVar(&f.temp, "temp", "", "folder for spilled sorts (default the system's)")
	fl.BoolVar(&f.replace, "replace", false, "write over files that are there and differ")
	fl.BoolVar(&f.asJSON, "json", false, "print JSON")
	workersFlag(c, &f.workers)
	c.MarkFlagsMutuallyExclusive("sample", "per")
	for _, flag := range []string{"by", "words", "hits", "sample", "per"} {
		c.MarkFlagsMutuallyExclusive("verdicts", flag)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		f.sampling = c.Flags().Changed("sample") || c.Flags().Changed("per")
		if err := f.check(args[0]); err != nil {
			return usageError{err}
		}
		folder, err := f.open(c.Context(), args[0])
		if err != nil {
			return err
		}
		if _, err := folder.Stats(c.Context()); err != nil {
			return orUnderWay(c.Context(), folder, err)
		}
		p.warnUnfinished(c, folder)
		parts, err := f.parts(c.Context(), folder)
		if err != nil {
			return err
		}
		if len(f.verdicts) > 0 {
			return p.verdicts(c.Context(), f, folder, parts)
		}
		return p.evidence(c.Context(), f, folder, parts)
	}
	return c
}

// check checks the flags and fills in the folder.
func (f *evidenceFlags) check(run string) error {
	switch {
	case f.top < 1 || f.top > 10_000:
		return errors.New("--top: want 1 to 10000")
	case f.passages < 0 || f.passages > 20:
		return errors.New("--passages: want 0 to 20")
	case f.chars < 0 || f.chars > 10_000_000:
		return errors.New("--chars: want 0 to 10000000")
	case f.reviewers < 1 || f.reviewers > 9:
		return errors.New("--reviewers: want 1 to 9")
	case f.sheet != "csv" && f.sheet != "jsonl":
		return fmt.Errorf("--sheet: want csv or jsonl, not %q", f.sheet)
	case len(f.verdicts) > evidence.MaxSheets:
		return fmt.Errorf("--verdicts: want %d sheets at most", evidence.MaxSheets)
	case f.hits != "" && len(f.words) == 0:
		return errors.New("--hits: of which words? give lists with --words")
	case f.out == "" && strings.Contains(run, "://"):
		return errors.New("--out: name a folder of this machine: the run lies elsewhere")
	}
	if f.out == "" {
		f.out = filepath.Join(run, "evidence")
	}
	if _, n, ok := strings.Cut(f.per, "="); f.per != "" {
		if f.sample, _ = strconv.Atoi(n); !ok || strings.HasPrefix(f.per, "=") {
			return fmt.Errorf("--per: want COLUMN=N, such as source=1000, not %q", f.per)
		}
	}
	if f.sampling && (f.sample < 1 || f.sample > evidence.SampleMax) {
		return fmt.Errorf("want 1 to %d documents in a sample", evidence.SampleMax)
	}
	return nil
}

// parts opens those of the sink.
func (f *evidenceFlags) parts(ctx context.Context, folder *report.Folder) (*report.PartSet, error) {
	var names []string
	for _, s := range folder.Pipeline.Sinks {
		names = append(names, s.Name)
	}
	if f.sink == "" && len(names) > 1 {
		return nil, usageError{fmt.Errorf("%s has several sinks: say which with --sink: %s", folder.Dir, strings.Join(names, ", "))}
	}
	if f.sink == "" && len(names) == 1 {
		f.sink = names[0]
	}
	if !slices.Contains(names, f.sink) {
		return nil, usageError{fmt.Errorf("--sink: %s has no sink %q; it has: %s", folder.Dir, f.sink, strings.Join(names, ", "))}
	}
	return folder.PartSet(ctx, f.sink)
}

// options are what is collected of parts.
func (f *evidenceFlags) options(parts *report.PartSet) (o evidence.Options, err error) {
	o = evidence.Options{Top: f.top, Passages: f.passages, Seed: f.seed, TempDir: f.temp}
	columns := parts.Columns()
	known := func(column string) error {
		if !slices.Contains(columns, column) {
			return usageError{fmt.Errorf("the parts have no column %q; they have: %s", column, strings.Join(columns, ", "))}
		}
		return nil
	}
	byHand := !slices.Equal(f.by, []string{"source", "host", "lang"})
	for _, s := range f.by {
		by, err := evidence.By(s)
		if err != nil {
			return o, usageError{fmt.Errorf("--by: %w", err)}
		}
		missing := error(nil)
		for _, column := range by {
			missing = errors.Join(missing, known(column))
		}
		if missing != nil && byHand {
			return o, missing
		}
		if slices.ContainsFunc(o.By, func(x []string) bool { return slices.Equal(x, by) }) {
			continue
		}
		if missing == nil { // a sink may leave out what is asked for by default
			o.By = append(o.By, by)
		}
	}
	for _, column := range columns {
		if evidence.Terms(column) && len(o.By) < evidenceTables {
			o.By = append(o.By, []string{"source", column})
		}
	}
	if !slices.Contains(columns, "source") {
		o.By = slices.DeleteFunc(o.By, func(by []string) bool { return slices.Contains(by, "source") })
	}
	if len(o.By) > evidenceTables {
		return o, usageError{fmt.Errorf("--by: at most %d tables", evidenceTables)}
	}
	if f.sampling {
		o.Draw = &evidence.Draw{Documents: f.sample, Seed: f.seed, Chars: f.chars, Reviewers: f.reviewers}
		if f.per != "" {
			o.Draw.Per, _, _ = strings.Cut(f.per, "=")
			if err := known(o.Draw.Per); err != nil {
				return o, err
			}
		}
		for _, column := range []string{"id", "text"} {
			if err := known(column); err != nil {
				return o, err
			}
		}
	}
	if len(f.words) > 0 {
		if err := known("text"); err != nil {
			return o, err
		}
	}
	return o, nil
}

// evidenceTables bounds the tables.
const evidenceTables = 32

// lists reads the lists of words, and makes what finds them.
func (f *evidenceFlags) lists() (*evidence.Lists, *phrases.Scanner, error) {
	if len(f.words) == 0 {
		return nil, nil, nil
	}
	folding, err := phrases.NewFolding()
	if err != nil {
		return nil, nil, err
	}
	lists := &evidence.Lists{}
	for _, name := range f.words {
		b, err := readAtMost(name, evidence.ListBytes)
		if err != nil {
			return nil, nil, usageError{fmt.Errorf("--words: %w", err)}
		}
		if err := lists.Read(name, b, folding.Scannable); err != nil {
			return nil, nil, usageError{fmt.Errorf("--words: %w", err)}
		}
	}
	scanner, err := phrases.NewScanner(lists.Words())
	return lists, scanner, err
}

// readAtMost reads a file of a bounded size.
func readAtMost(name string, most int64) ([]byte, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // read only
	b, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s: more than %s", name, human(most))
	}
	return b, err
}

// evidence collects and writes.
func (p *program) evidence(ctx context.Context, f *evidenceFlags, folder *report.Folder, parts *report.PartSet) error {
	o, err := f.options(parts)
	if err != nil {
		return err
	}
	lists, scanner, err := f.lists()
	if err != nil {
		return err
	}
	o.Words = lists
	c := evidence.NewCollector(o)
	defer c.Close()
	id, err := p.runID(ctx, folder, parts)
	if err != nil {
		return err
	}
	if err := evidenceSources(ctx, folder, c); err != nil {
		return err
	}
	out := &evidenceFiles{dir: f.out, replace: f.replace}
	defer out.abort()
	var hits *evidenceFile
	if f.hits != "" {
		if hits, err = out.create(f.hits); err != nil {
			return err
		}
	}
	if err := p.collect(ctx, f.workers, parts, c, lists, scanner, hits); err != nil {
		return err
	}
	e, err := out.tables(c, o)
	if err != nil {
		return err
	}
	e.Program, e.Command, e.Run = "corpusmill "+p.app.Version, f.command(folder.Dir), id
	if err := out.rest(e, c.Drawn(), f); err != nil {
		return err
	}
	if err := out.commit(); err != nil {
		return err
	}
	if f.asJSON {
		b, err := e.Encode()
		if err == nil {
			_, err = p.stdout.Write(b)
		}
		return err
	}
	p.evidenceSummary(e, out)
	return nil
}

// command is the line that makes the evidence again: what changes no byte is left out.
func (f *evidenceFlags) command(dir string) string {
	args := []string{"corpusmill", "evidence", dir}
	add := func(name, value string) { args = append(args, "--"+name, value) }
	if f.sink != "" {
		add("sink", f.sink)
	}
	add("by", strings.Join(f.by, ","))
	add("top", strconv.Itoa(f.top))
	for _, w := range f.words {
		add("words", w)
	}
	if len(f.words) > 0 {
		add("passages", strconv.Itoa(f.passages))
	}
	switch {
	case f.per != "":
		add("per", f.per)
	case f.sampling:
		add("sample", strconv.Itoa(f.sample))
	}
	add("seed", f.seed)
	if f.sampling {
		add("chars", strconv.Itoa(f.chars))
		add("sheet", f.sheet)
		add("reviewers", strconv.Itoa(f.reviewers))
	}
	for i := range args {
		args[i] = shellQuoted(args[i])
	}
	return strings.Join(args, " ")
}

// runID tells which run and which parts these are.
func (p *program) runID(ctx context.Context, folder *report.Folder, parts *report.PartSet) (evidence.RunID, error) {
	id := evidence.RunID{Pipeline: folder.Pipeline.Name, Sink: parts.Sink, Format: parts.Format, Parts: len(parts.Manifest.Parts), PartsSHA256: parts.Digest()}
	plan, err := folder.Ledger.ReadFile(ctx, ledger.PlanFile)
	if err != nil {
		return id, err
	}
	manifest, err := folder.Ledger.ReadFile(ctx, ledger.ManifestFile)
	if err != nil {
		return id, err
	}
	id.PlanSHA256, id.ManifestSHA256 = evidence.Digest(plan), evidence.Digest(manifest)
	if id.ID, err = folder.Ledger.ID(ctx); err != nil {
		return id, err
	}
	written, err := parts.Written(ctx)
	if !written.IsZero() {
		id.PartsWritten = written.Format(time.RFC3339)
	}
	return id, err
}

// evidenceSources tells the collector of the sources of the run.
func evidenceSources(ctx context.Context, folder *report.Folder, c *evidence.Collector) error {
	stats, err := folder.Stats(ctx)
	if err != nil {
		return err
	}
	places := map[string]map[string]bool{}
	for _, set := range folder.Pipeline.Sinks {
		var in ledger.Input
		err := folder.Ledger.ReadSealed(ctx, ledger.InputFile(set.Set), &in)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // runs of before kept none
			return err
		}
		for _, s := range in.Shards {
			if places[s.Source] == nil {
				places[s.Source] = map[string]bool{}
			}
			if s.Path != "" {
				places[s.Source][path.Dir(s.Path)] = true
			}
		}
	}
	for _, s := range stats.Sources {
		x := &evidence.From{Name: s.Name, Shards: s.Shards, BytesStored: s.BytesStored, Read: s.Read, Quarantined: s.Quarantined}
		for _, n := range s.Skipped {
			x.Skipped += n
		}
		x.Places = sortedKeys(places[s.Name])
		x.PlacesOf = len(x.Places)
		x.Places = x.Places[:min(len(x.Places), evidence.PlacesMax)]
		c.Source(x)
	}
	return nil
}

// Rows go to the workers in batches.
const (
	batchRows  = 256
	batchBytes = 4 << 20
)

// rowHits is a row with the words that were found in it.
type rowHits struct {
	evidence.Row
	hits []evidence.Hit
}

// collect reads all rows, has the workers look for words in them, and adds them up in
// their order.
func (p *program) collect(ctx context.Context, workers int, parts *report.PartSet, c *evidence.Collector, lists *evidence.Lists, scanner *phrases.Scanner, hits *evidenceFile) error {
	names := append([]string{"id", "url", "source", "fetched_at", "tokens", "text"}, c.Columns()...)
	produce := func(emit func([]rowHits) error) error {
		var batch []rowHits
		size := 0
		for values, err := range parts.Rows(ctx, names) {
			if err != nil {
				return err
			}
			r := rowHits{Row: evidence.Row{ID: values[0], URL: values[1], Source: values[2], FetchedAt: values[3], Text: values[5], Values: slices.Clone(values[6:])}}
			r.Tokens, _ = strconv.ParseInt(values[4], 10, 64) // null is 0
			batch = append(batch, r)
			if size += len(r.Text); len(batch) == batchRows || size >= batchBytes {
				if err := emit(batch); err != nil {
					return err
				}
				batch, size = nil, 0
			}
		}
		return emit(batch)
	}
	work := func(batch []rowHits) []rowHits {
		if scanner != nil {
			for i := range batch {
				batch[i].hits = evidence.Find(scanner, batch[i].Text)
			}
		}
		return batch
	}
	shown := p.newMeter()
	defer shown.clear()
	var documents, size int64
	return ordered(ctx, workers, produce, func() func([]rowHits) []rowHits { return work }, func(batch []rowHits) error {
		for i := range batch {
			r := &batch[i]
			if err := c.Add(&r.Row, r.hits); err != nil {
				return err
			}
			if hits != nil {
				if err := lists.WriteHits(hits, &r.Row, r.hits); err != nil {
					return err
				}
			}
			documents++
			size += int64(len(r.Text))
		}
		shown.show(documents, size)
		return nil
	})
}

// evidenceSummary says what was found and written.
func (p *program) evidenceSummary(e *evidence.Evidence, out *evidenceFiles) {
	fmt.Fprintf(p.stdout, "%d documents, %s of text, %d tokens, of %s\n", e.Total.Documents, human(e.Total.Bytes), e.Total.Tokens, plural(int64(len(e.Sources)), "source"))
	fmt.Fprintf(p.stdout, "\n%-28s %10s %8s %8s %8s\n", "source", "documents", "share", "text", "tokens")
	for _, s := range e.Sources[:min(len(e.Sources), 20)] {
		fmt.Fprintf(p.stdout, "%-28s %10d %8s %8s %8s\n", s.Name, s.Amount.Documents, hundredths(s.Shares.Documents), hundredths(s.Shares.Bytes), hundredths(s.Shares.Tokens))
	}
	if more := len(e.Sources) - 20; more > 0 {
		fmt.Fprintf(p.stdout, "and %d more\n", more)
	}
	if w := e.Words; w != nil {
		fmt.Fprintf(p.stdout, "\n%-28s %7s %7s %10s %8s %12s\n", "category", "words", "found", "documents", "share", "occurrences")
		for _, c := range w.Categories[:min(len(w.Categories), 20)] {
			fmt.Fprintf(p.stdout, "%-28s %7d %7d %10d %8s %12d\n", c.Category, c.Words, c.Found, c.Count.Documents, hundredths(c.Count.Ratio), c.Count.Occurrences)
		}
		fmt.Fprintf(p.stdout, "documents with a word: %d, %s\n", w.Documents, hundredths(w.Ratio))
	}
	if s := e.Sample; s != nil {
		fmt.Fprintf(p.stdout, "\nsample: %s, seed %s\n", plural(int64(len(s.Drawn)), "document"), s.Seed)
	}
	fmt.Fprintln(p.stdout)
	for _, name := range out.names() {
		fmt.Fprintln(p.stdout, name)
	}
}

func hundredths(x float64) string { return fmt.Sprintf("%.2f %%", 100*x) }

// verdicts reads sheets that came back.
func (p *program) verdicts(ctx context.Context, f *evidenceFlags, folder *report.Folder, parts *report.PartSet) error {
	name := filepath.Join(f.out, evidence.File)
	b, err := readAtMost(name, 1<<30)
	if errors.Is(err, fs.ErrNotExist) {
		return usageError{fmt.Errorf("%s is not there: a sample is drawn first, with --sample or --per", name)}
	}
	if err != nil {
		return err
	}
	e, err := evidence.Read(b)
	if err != nil {
		return fmt.Errorf("%s: %w", f.out, err)
	}
	id, err := folder.Ledger.ID(ctx)
	if err != nil {
		return err
	}
	if e.Run.ID != id || e.Run.PartsSHA256 != parts.Digest() {
		return fmt.Errorf("%s: its sample is of other parts than %s has now: draw one anew", name, folder.Dir)
	}
	var sheets []evidence.NamedSheet
	for _, name := range f.verdicts {
		in, err := os.Open(name)
		if err != nil {
			return usageError{err}
		}
		rows, err := evidence.ReadSheet(in)
		_ = in.Close() // read only
		if err != nil {
			return usageError{fmt.Errorf("%s: %w", name, err)}
		}
		sheets = append(sheets, evidence.NamedSheet{Name: name, Rows: rows})
	}
	r, err := e.Review(sheets)
	if err != nil {
		return usageError{err}
	}
	if f.asJSON {
		enc := json.NewEncoder(p.stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(r)
	}
	p.printReviews(r, e.Sample.Per != "")
	return nil
}

func (p *program) printReviews(r *evidence.Reviews, weighed bool) {
	fmt.Fprintf(p.stdout, "run %s, seed %s; intervals at %g %%\n", r.Run, r.Seed, 100*r.Level)
	rate := func(name string, population string, x evidence.Rate) {
		ratio, interval := "–", "–"
		if x.Ratio != nil {
			ratio = fmt.Sprintf("%.2f %%", 100**x.Ratio)
			interval = fmt.Sprintf("%.2f–%.2f %%", 100*x.Interval.Low, 100*x.Interval.High)
		}
		fmt.Fprintf(p.stdout, "%-24s %10s %7d %7d %6d %9s  %s\n", name, population, x.Judged, x.Passed, x.Open, ratio, interval)
	}
	for _, s := range r.Reviews {
		fmt.Fprintf(p.stdout, "\n%s\n%-24s %10s %7s %7s %6s %9s  %s\n", s.Sheet, s.By, "documents", "judged", "passed", "open", "rate", "interval")
		for _, g := range s.Groups {
			rate(g.Value, strconv.FormatInt(g.Population, 10), g.Rate)
		}
		if weighed {
			rate("all, weighed", "", s.Rate)
		} else {
			rate("all", "", s.Rate)
		}
		if s.Missing > 0 {
			fmt.Fprintf(p.stdout, "%s of the sample the sheet does not have\n", plural(int64(s.Missing), "document"))
		}
	}
	a := r.Agreement
	if a == nil {
		return
	}
	fmt.Fprintf(p.stdout, "\njudged by both: %d; pass and pass %d, pass and fail %d, fail and pass %d, fail and fail %d\n", a.Both, a.PassPass, a.PassFail, a.FailPass, a.FailFail)
	if a.Ratio != nil {
		fmt.Fprintf(p.stdout, "agreement  %.2f %%, %.2f–%.2f %%\n", 100**a.Ratio, 100*a.Interval.Low, 100*a.Interval.High)
	}
	if a.Kappa != nil {
		fmt.Fprintf(p.stdout, "kappa      %.3f, %.3f–%.3f\n", *a.Kappa, a.KappaInterval.Low, a.KappaInterval.High)
	} else if a.Both > 0 {
		fmt.Fprintln(p.stdout, "kappa      not defined: all verdicts are the same")
	} else {
		fmt.Fprintln(p.stdout, "kappa      not defined: no document has a verdict of both")
	}
}
