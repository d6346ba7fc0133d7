package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/store"
)

func (p *program) tasksCommand() *cobra.Command {
	var f planFlags
	var server serverFlags
	var all, asJSON bool
	c := &cobra.Command{
		Use:   "tasks PIPELINE|RUN",
		Short: "List the tasks of a run that can be run now",
		Long: `Lists the tasks of a run whose input is there and which are not committed, and
runs none; with --all those too that are done or wait for others. A task of a
later pass is known when what it hangs on is committed, so list again when tasks
are done: a run has no more tasks when nothing is listed, and corpusmill run
ends it.

Of a PIPELINE it lists the input and writes plan and tasks into the run folder,
as a run does. Of a RUN, a folder or s3:// location, it goes by the plan and the
listing that are there; relative paths of it begin in the folder that the plan
was made in.

--json prints a line a task:
  {"kind","key","pass","label","number","inputs","spec","state",
   "estimated_bytes","estimated_seconds"}
inputs are ranges of earlier passes; spec has the shards that it reads; bytes
are those that it reads as they are stored, seconds about those of one core.

  corpusmill tasks RUN --json | corpusmill task --run RUN -`,
		Args: exactArgs(1),
	}
	f.add(c)
	server.add(c)
	c.Flags().BoolVar(&all, "all", false, "list tasks that are done or wait for others too")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON line a task")
	c.RunE = func(c *cobra.Command, args []string) error {
		tasks, err := p.listTasks(c.Context(), args[0], &f, server.server())
		if err != nil {
			return err
		}
		return p.printTasks(tasks, all, asJSON)
	}
	return c
}

func (p *program) listTasks(ctx context.Context, arg string, f *planFlags, server store.Server) ([]run.Listed, error) {
	if !isFolder(arg) {
		pl, o, err := p.load(ctx, arg, f)
		if err != nil {
			return nil, err
		}
		useMemory(o.Memory)
		return p.app.Tasks(ctx, pl, o)
	}
	o, err := p.options(f)
	if err != nil {
		return nil, usageError{err}
	}
	if f.dir != "" || len(f.sets) > 0 || f.limit > 0 || f.sample > 0 {
		return nil, usageError{errFolderSays}
	}
	useMemory(o.Memory)
	filed, err := p.filed(ctx, arg, server)
	if err != nil {
		return nil, err
	}
	return p.app.FiledTasks(ctx, filed, o)
}

// loadRun reads a pipeline, or the plan of a run folder.
func (p *program) loadRun(ctx context.Context, arg string, f *planFlags) (*run.Pipeline, run.Options, error) {
	if !isFolder(arg) {
		return p.load(ctx, arg, f)
	}
	o, err := p.options(f)
	if err == nil && (f.dir != "" || len(f.sets) > 0 || f.limit > 0 || f.sample > 0) {
		err = errFolderSays
	}
	if err == nil {
		o.TempDir, err = absolute(o.TempDir)
	}
	if err != nil {
		return nil, o, usageError{err}
	}
	filed, err := p.planOf(ctx, arg, new(serverFlags).server())
	if err != nil {
		return nil, o, err
	}
	return filed.Pipeline, filed.Options(o), nil
}

// errFolderSays refuses flags that a plan has already.
var errFolderSays = errors.New("--run, --set, --limit and --sample are for a pipeline: a run folder has its plan")

// isFolder reports whether an argument is a run folder and no pipeline.
func isFolder(arg string) bool {
	if strings.Contains(arg, "://") {
		return true
	}
	info, err := os.Stat(arg)
	return err == nil && info.IsDir()
}

func (p *program) printTasks(tasks []run.Listed, all, asJSON bool) error {
	enc := json.NewEncoder(p.stdout)
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	if !asJSON {
		fmt.Fprintln(table, "pass\tkey\tstate\treads\tseconds\tlabel")
	}
	for _, t := range tasks {
		if !all && t.State != run.TaskReady {
			continue
		}
		if asJSON {
			if err := enc.Encode(t); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.1f\t%s\n", t.Pass, t.Key, t.State, human(t.Bytes), t.Seconds, t.Label)
	}
	if asJSON {
		return nil
	}
	return table.Flush()
}

// planOf reads the plan of a run folder where a pipeline is more likely meant.
func (p *program) planOf(ctx context.Context, arg string, server store.Server) (*run.Filed, error) {
	if isDataLocation(arg) {
		return nil, usageError{dataError(arg, kindByName(arg))}
	}
	f, err := p.filed(ctx, arg, server)
	if _, planned := os.Stat(filepath.Join(arg, ledger.PlanFile)); planned == nil || !errors.Is(err, run.ErrNoPlan) || strings.Contains(arg, "://") {
		return f, err
	}
	return nil, usageError{folderError(arg)}
}

// filed reads the plan of a run folder, and goes to the folder that it was made in.
func (p *program) filed(ctx context.Context, dir string, server store.Server) (*run.Filed, error) {
	if err := noFile(dir); err != nil {
		return nil, err
	}
	f, err := p.app.Filed(ctx, dir, server)
	if errors.Is(err, run.ErrNoPlan) {
		err = usageError{err}
	}
	if err != nil {
		return nil, err
	}
	f.Elsewhere = os.Chdir(f.Folder) != nil
	return f, nil
}

// serverFlags say how to reach the S3 server of a run folder, by default that of the
// environment, as other programs name it.
type serverFlags struct{ flags folderFlags }

func (f *serverFlags) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&f.flags.server.Endpoint, "s3-endpoint", "", "host:port of the S3 server of an s3:// run folder (default AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL)")
	fl.StringVar(&f.flags.server.Region, "s3-region", "", "its region (default AWS_REGION)")
	fl.BoolVar(&f.flags.server.PathStyle, "s3-path-style", false, "endpoint/bucket/key in place of bucket.endpoint/key")
	fl.BoolVar(&f.flags.server.Insecure, "s3-insecure", false, "plain HTTP")
}

func (f *serverFlags) server() store.Server {
	s := f.flags.server
	for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
		if s.Endpoint == "" {
			s.Endpoint = os.Getenv(name)
		}
	}
	if s.Region == "" {
		s.Region = os.Getenv("AWS_REGION")
	}
	return s
}

// absolute makes a local path hold in another working directory.
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}
