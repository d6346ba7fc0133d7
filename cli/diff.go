package cli

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/report"
)

// diffShown is how many lines of each kind diff prints.
const diffShown = 20

func (p *program) diffCommand() *cobra.Command {
	var f folderFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff RUN RUN",
		Short: "Show what changed between two runs",
		Long: `Compares two finished runs, the earlier first: settings of their plans and
revisions of their stages, documents and tokens, what each rule dropped, yields
by language and source, documents that are new and gone by their IDs, and time.
Both may be of different pipelines.`,
		Example: "  corpusmill diff runs/last-week runs/today",
		Args:    exactArgs(2),
	}
	f.add(c, p)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		from, err := f.open(c.Context(), args[0])
		if err != nil {
			return err
		}
		to, err := f.open(c.Context(), args[1])
		if err != nil {
			return err
		}
		changes, err := to.Against(c.Context(), from)
		if err != nil {
			return orUnderWay(c.Context(), to, orUnderWay(c.Context(), from, err))
		}
		if asJSON {
			return (&shower{program: p}).json(changes)
		}
		return printChanges(p.stdout, changes)
	}
	return c
}

// printChanges prints what changed for people: nothing of what is the same.
func printChanges(out io.Writer, c *report.Changes) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, from, to int64) { fmt.Fprintf(w, "%d\t%d\t%+d\t  %s\n", from, to, to-from, name) }
	fmt.Fprint(w, "before\tnow\tchange\t\n")
	row("documents read", c.From.Read, c.To.Read)
	row("documents kept", c.From.Documents, c.To.Documents)
	row("tokens", c.From.Tokens, c.To.Tokens)
	row("bytes of text", c.From.Bytes, c.To.Bytes)
	row("in quarantine", c.From.Quarantined, c.To.Quarantined)
	fmt.Fprintf(w, "%.1f\t%.1f\t%+.1f\t  seconds\n", c.From.Seconds, c.To.Seconds, c.To.Seconds-c.From.Seconds)
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	switch d := c.Documents; {
	case d.Unknown != "":
		fmt.Fprintf(out, "documents are not compared: %s\n", d.Unknown)
	default:
		fmt.Fprintf(out, "%d documents are in both, %d are new, %d are gone\n", d.Same, d.Added, d.Lost)
		some(out, "new", d.AddedIDs, d.Added)
		some(out, "gone", d.LostIDs, d.Lost)
	}
	if len(c.Plan) == 0 {
		fmt.Fprint(out, "\nall settings are the same\n")
	} else {
		differ := "settings differ"
		if len(c.Plan) == 1 {
			differ = "setting differs"
		}
		fmt.Fprintf(out, "\n%d %s:\n", len(c.Plan), differ)
		for _, s := range c.Plan[:min(len(c.Plan), diffShown)] {
			fmt.Fprintf(out, "  %s: %s -> %s\n", s.Path, orNone(s.From), orNone(s.To))
		}
		more(out, len(c.Plan))
	}
	for _, name := range c.Revised {
		fmt.Fprintf(out, "  %s: another revision, model, list or budget at the same settings\n", name)
	}
	if len(c.Rules) > 0 {
		fmt.Fprint(out, "\ndropped by rule:\n")
		for _, r := range c.Rules[:min(len(c.Rules), diffShown)] {
			row(r.Stage+"."+r.Rule, r.From, r.To)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		more(out, len(c.Rules))
	}
	for _, g := range []struct {
		title string
		list  []report.GroupChange
	}{{"tokens by language", c.Langs}, {"tokens by source", c.Sources}} {
		if len(g.list) == 0 {
			continue
		}
		fmt.Fprintf(out, "\n%s:\n", g.title)
		for _, x := range g.list[:min(len(g.list), diffShown)] {
			row(x.Name, x.FromTokens, x.ToTokens)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		more(out, len(g.list))
	}
	return nil
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// some prints the first of several IDs.
func some(out io.Writer, what string, ids []string, of int64) {
	const shown = 5
	for _, id := range ids[:min(len(ids), shown)] {
		fmt.Fprintf(out, "  %s: %s\n", what, id)
	}
	if n := of - int64(min(len(ids), shown)); len(ids) > 0 && n > 0 {
		fmt.Fprintf(out, "  and %d more; --json names up to 20\n", n)
	}
}

func more(out io.Writer, n int) {
	if n > diffShown {
		fmt.Fprintf(out, "  and %d more; --json has all\n", n-diffShown)
	}
}
