package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/run"
)

func (p *program) gcCommand() *cobra.Command {
	var f planFlags
	var server serverFlags
	var dry, asJSON bool
	c := &cobra.Command{
		Use:   "gc RUN",
		Short: "Remove from a run folder what nothing names",
		Long: `Removes files of a run folder that neither its last finished run nor the plan
in it names: what earlier plans and killed runs left behind. With --dry-run they
are counted, and nothing is written. Answers of servers are inputs, and stay.

Nothing is removed while a worker lives: exit code 75. Of one on another machine
that is told by its silence, which takes some minutes. Do not begin a run in the
folder meanwhile.`,
		Args: exactArgs(1),
	}
	f.addWork(c)
	server.add(c)
	c.Flags().BoolVar(&dry, "dry-run", false, "count, remove nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		o, err := p.options(&f)
		if err != nil {
			return usageError{err}
		}
		filed, err := p.filed(c.Context(), args[0], server.server())
		if err != nil {
			return err
		}
		g, err := p.app.Garbage(c.Context(), filed, o, !dry)
		if errors.Is(err, run.ErrWorking) {
			return codeError{exitInterrupted, err}
		}
		if err != nil {
			return err
		}
		if asJSON {
			return json.NewEncoder(p.stdout).Encode(g)
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		for _, x := range g.Folders {
			fmt.Fprintf(table, "%s\t%d files\t%s\n", x.Folder, x.Files, human(x.Bytes))
		}
		if err := table.Flush(); err != nil {
			return err
		}
		what := "nothing names them: without --dry-run they go"
		if g.Removed {
			what = "removed"
		}
		_, err = fmt.Fprintf(p.stdout, "%d files, %s: %s\n", g.Files, human(g.Bytes), what)
		return err
	}
	return c
}
