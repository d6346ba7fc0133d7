package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

func (p *program) checkCommand() *cobra.Command {
	var f planFlags
	var access bool
	c := &cobra.Command{
		Use:   "check PIPELINE",
		Short: "Check a pipeline and print its plan",
		Long: `Checks a pipeline file without running it: every key and value, the
passes and cuts, the columns of the output, the memory. All mistakes in keys and
values are told together; files that stages load, and then names of columns, are
looked at when there are none. Of stages that have a server make documents it
forecasts the cost, by some documents of the input.
--access also lists the input and tries to write to the run folder.`,
		Args: exactArgs(1),
	}
	f.add(c)
	c.Flags().BoolVar(&access, "access", false, "list the input, try models, run folder and sinks")
	c.RunE = func(c *cobra.Command, args []string) error {
		pl, o, err := p.load(c.Context(), args[0], &f)
		if err != nil {
			return err
		}
		plan, err := p.app.Plan(c.Context(), pl, o)
		if err != nil {
			return usageError{err}
		}
		defer plan.Close() //nolint:errcheck // nothing was written
		fmt.Fprint(p.stdout, plan.Describe())
		if err := plan.CheckFolders(); err != nil {
			return usageError{err}
		}
		if err := plan.CheckMemory(); err != nil {
			return usageError{err}
		}
		forecast, err := plan.Forecast(c.Context())
		for _, line := range forecast {
			fmt.Fprintln(p.stdout, line)
		}
		if err != nil { // of input that is not there yet
			fmt.Fprintf(p.stdout, "note     no forecast: %v\n", err)
		}
		if !access {
			return nil
		}
		lines, err := plan.Access(c.Context())
		for _, line := range lines {
			fmt.Fprintln(p.stdout, line)
		}
		return err
	}
	return c
}
