package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/report"
	"github.com/corpusmill/corpusmill/report/page"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/sizing"
)

func (p *program) reportCommand() *cobra.Command {
	var f folderFlags
	var against, out string
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Write the report of a run, one HTML file",
		Long: `Writes RUN/report.html: one file with nothing outside it and no script, that a
browser opens from disk. A run writes it at its end; this command writes it
anew, of a run that is under way too, and with --against with what changed
against an earlier run. It reads the run folder, the parts and the rejects, at
most 200,000 rows of each, and changes nothing else. A run with less than 1 GiB
of --memory leaves rows out of its report. The report holds times: it
is not one of the files that are the same bytes every time.`,
		Example: "  corpusmill report runs/fineweb\n  corpusmill report runs/fineweb --against runs/fineweb-last-week",
		Args:    exactArgs(1),
	}
	f.add(c, p)
	c.Flags().StringVar(&against, "against", "", "run folder of an earlier run: show what changed")
	c.Flags().StringVar(&out, "out", "", "write this file, in place of RUN/report.html")
	c.RunE = func(c *cobra.Command, args []string) error {
		folder, err := f.open(c.Context(), args[0])
		if err != nil {
			return err
		}
		var changes *report.Changes
		if against != "" {
			earlier, err := f.open(c.Context(), against)
			if err != nil {
				return err
			}
			if changes, err = folder.Against(c.Context(), earlier); err != nil {
				return err
			}
		}
		var rules []report.Rule
		if filed, err := p.app.Filed(c.Context(), args[0], f.server); err == nil { // else the plan is of another program
			rules = rulesOf(filed.Pipeline)
		}
		b, _, err := reportOf(c.Context(), folder, report.Reading{Rules: rules}, changes)
		if err != nil {
			return err
		}
		if out != "" {
			if err := os.WriteFile(out, b, 0o600); err != nil { // it has settings, as plan.yaml has
				return err
			}
		} else {
			out = strings.TrimSuffix(args[0], "/") + "/" + report.File
			if err := folder.WriteReport(c.Context(), b); err != nil {
				return err
			}
		}
		_, err = fmt.Fprintln(p.stdout, out)
		return err
	}
	return c
}

// reportOf makes the report of a run.
func reportOf(ctx context.Context, f *report.Folder, r report.Reading, changes *report.Changes) ([]byte, *report.Facts, error) {
	facts, err := f.Facts(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	var b bytes.Buffer
	err = page.Write(&b, facts, page.Options{Sizing: explainSizing, Against: changes})
	return b.Bytes(), facts, err
}

// rulesOf are those of a pipeline by which kept documents are measured anew.
func rulesOf(p *run.Pipeline) (rules []report.Rule) {
	for _, r := range p.Rules() {
		rules = append(rules, report.Rule(r))
	}
	return rules
}

// explainSizing reads a verdict back.
func explainSizing(src json.RawMessage) (sentences []string, chart string) {
	var v sizing.Verdict
	if err := json.Unmarshal(src, &v); err != nil {
		return nil, ""
	}
	var b strings.Builder
	if err := v.Chart(&b); err != nil {
		return v.Sentences(), ""
	}
	return v.Sentences(), b.String()
}

// writeReport writes the report and the card of a run that has just ended. What keeps it
// from that is said, and no failure of the run. It returns where the report is, "" where it
// is not known to be.
func (p *program) writeReport(ctx context.Context, s *run.Summary, pl *run.Pipeline, o run.Options) string {
	path := strings.TrimSuffix(o.Dir, "/") + "/" + report.File
	if !s.Finished { // another process writes it
		if _, err := os.Stat(path); err != nil || strings.Contains(path, "://") {
			return ""
		}
		return path
	}
	err := func() error {
		folder, err := report.Open(ctx, o.Dir, pl.Server(), p.app.Stores)
		if err != nil {
			return err
		}
		b, facts, err := reportOf(ctx, folder, report.Reading{Rules: rulesOf(pl), Bare: o.Memory < report.ReadingBytes}, nil)
		if err != nil {
			return err
		}
		if err := folder.WriteReport(ctx, b); err != nil {
			return err
		}
		_, err = folder.WriteCard(ctx, folder.Card(facts))
		return err
	}()
	if err != nil {
		fmt.Fprintf(p.stderr, "no report: %v; corpusmill report %s writes it\n", err, o.Dir)
		return ""
	}
	return path
}
