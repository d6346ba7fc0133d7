// Package cli is the command line: one file a command. It reads flags, calls the
// engine, and prints; machine-readable output goes to standard output, all else
// to standard error.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/corpusmill/corpusmill/config"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/run"
	"github.com/corpusmill/corpusmill/stage"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitQuarantine  = 3 // with --strict
	exitGate        = 4 // the run is whole, and a gate of fail_if is not met
	exitEmpty       = 5 // the run is whole and no document was left
	exitInterrupted = 75
)

// program is what the commands share.
type program struct {
	app     *run.App
	stdin   io.Reader
	stdout  io.Writer
	stderr  *terminal
	errors  io.Writer // what stderr writes to
	args    []string
	started bool   // the command line was understood
	logs    string // kind of what goes to standard error: logText or logJSON
}

// usageError is a mistake in the command line or the configuration: exit code 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// codeError carries an exit code of its own.
type codeError struct {
	code int
	err  error
}

func (e codeError) Error() string { return e.err.Error() }
func (e codeError) Unwrap() error { return e.err }

// stopped is the error of work that a signal ended: what is kept of it, and where.
type stopped struct{ kept, dir string }

func (e stopped) Error() string {
	return fmt.Sprintf("interrupted: %s kept in %s; run the same line again to go on", e.kept, e.dir)
}

// stoppedRun is that of a run.
func stoppedRun(dir string, done int) error {
	if done == 1 {
		return stopped{"1 task done in this call is", dir}
	}
	return stopped{fmt.Sprintf("%d tasks done in this call are", done), dir}
}

// Run executes one command line and returns the exit code.
func Run(ctx context.Context, app *run.App, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends what the first could not, such as waiting for a pipe
	shown := &terminal{w: stderr}
	defer shown.Flush() //nolint:errcheck // nobody could be told
	p := &program{app: app, stdin: stdin, stdout: stdout, errors: stderr, stderr: shown, args: args, logs: logText}
	root := p.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(shown)
	err := exclusive(root.ExecuteContext(ctx))
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil && exitCode(ctx, err) == exitInterrupted && !errors.As(err, new(stopped)) {
		err = errors.New("interrupted")
	}
	if p.logs == logJSON {
		p.logger(slog.LevelError).Error("failed", "error", err.Error(), "exit_code", exitCode(ctx, err))
	} else {
		for line := range strings.SplitSeq(fmt.Sprintf("corpusmill: %v", err), "\n") {
			for _, l := range onLines(stderr, line) {
				fmt.Fprintln(shown, l)
			}
		}
	}
	if !p.started {
		return exitUsage
	}
	return exitCode(ctx, err)
}

// onLines cuts a long line at spaces where somebody reads it on a screen.
func onLines(w io.Writer, line string) []string {
	if len(line) <= columns || !onScreen(w) {
		return []string{line}
	}
	return wrapped(line, columns)
}

func exitCode(ctx context.Context, err error) int {
	var usage usageError
	var config *config.Error
	var code codeError
	switch {
	case errors.As(err, &code):
		return code.code
	case ctx.Err() != nil, errors.Is(err, run.ErrLocked), errors.Is(err, run.ErrIdle), errors.Is(err, run.ErrSilent),
		errors.Is(err, stage.ErrSpent), errors.Is(err, stage.ErrWaiting): // opening a part that was ended is no mistake in it
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &config):
		return exitUsage
	}
	return exitFailed
}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "corpusmill",
		Short:         "Pretraining corpora: raw archives in, clean, deduplicated, counted shards out",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       p.app.Version,
	}
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages ", "FlagUsagesWrapped 80 "))
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(p.runCommand(), p.checkCommand(), p.tryCommand(), p.showCommand(), p.reportCommand(), p.diffCommand(), p.evidenceCommand(), p.verifyCommand(), p.sizeCommand(),
		p.stagesCommand(), p.exportCommand(), p.trainCommand(), p.extractCommand(), p.qaCommand(), p.tokensCommand(), p.langCommand(), p.crawlCommand(), p.demoCommand(),
		p.tasksCommand(), p.taskCommand(), p.launchCommand(), p.serveCommand(), p.gcCommand(), p.initCommand(), p.recipesCommand(), p.schemaCommand())
	for _, c := range root.Commands() {
		p.wrap(c)
	}
	return root
}

// wrap notes that the command was understood before it works, and gives it its output.
func (p *program) wrap(c *cobra.Command) {
	for _, sub := range c.Commands() {
		p.wrap(sub)
	}
	work := c.RunE
	if work == nil {
		return
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		p.started = true
		asJSON, _ := c.Flags().GetBool("json") // false where there is no such flag
		p.stdout = outputOf(c.Name(), asJSON, p.stdout)
		err := work(c, args)
		if t, ok := p.stdout.(*terminal); ok {
			err = errors.Join(err, t.Flush())
		}
		return err
	}
}

// withoutStage takes the name of the stage off an error of opening it: who gives flags
// or files to a command has named no stage.
func withoutStage(err error) error {
	var e *stage.OpenError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// flagError names the flag that an unknown one is near to.
func flagError(c *cobra.Command, err error) error {
	name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !unknown {
		return usageError{err}
	}
	var names []string
	for _, m := range flagName.FindAllStringSubmatch(c.Flags().FlagUsages(), -1) {
		names = append(names, m[1])
	}
	if near := config.Nearest(name, names); near != "" {
		return usageError{fmt.Errorf("%w; did you mean --%s?", err, near)}
	}
	return usageError{fmt.Errorf("%w; %s --help lists what there is", err, c.CommandPath())}
}

// exclusive says in our words that two flags do not go together.
func exclusive(err error) error {
	if err == nil {
		return nil
	}
	if m := exclusiveFlags.FindStringSubmatch(err.Error()); m != nil {
		return usageError{fmt.Errorf("--%s do not go together", strings.Join(strings.Fields(m[1]), " and --"))}
	}
	return err
}

// exclusiveFlags finds the flags in cobra's error for a group of which one may be set.
var exclusiveFlags = regexp.MustCompile(`^if any flags in the group \[.*\] are set none of the others can be; \[(.*)\] were all set$`)

// flagName finds the names in cobra's list of flags.
var flagName = regexp.MustCompile(`(?m)^\s*(?:-\w, )?--([\w-]+)`)

// exactArgs is cobra.ExactArgs with exit code 2.
func exactArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("want %s, got %s; usage: %s", strings.TrimPrefix(c.Use, c.Name()+" "), plural(int64(len(args)), "word"), c.UseLine())}
		}
		return nil
	}
}

// planFlags are the flags of every command that reads a pipeline.
type planFlags struct {
	sets    []string
	dir     string
	workers int
	memory  string
	temp    string
	limit   int64
	sample  float64
	rank    int
	world   int
}

// addSettings adds the flags of commands that run nothing.
func (f *planFlags) addSettings(c *cobra.Command) {
	f.workers, f.world = 1, 1
	c.Flags().StringArrayVar(&f.sets, "set", nil, "change a setting: path=value, such as stages.minhash.bands=20 (repeatable)")
}

// addWork adds the flags of what a process takes of its machine.
func (f *planFlags) addWork(c *cobra.Command) {
	f.world = 1
	fl := c.Flags()
	fl.IntVar(&f.workers, "workers", defaultWorkers(), "documents worked on at once")
	fl.StringVar(&f.memory, "memory", "", "memory budget, such as 4GiB (default 80 % of the machine or its cgroup)")
	fl.StringVar(&f.temp, "temp", "", "folder for spilled sorts (default the system's)")
}

func (f *planFlags) add(c *cobra.Command) {
	f.addSettings(c)
	f.addWork(c)
	fl := c.Flags()
	fl.StringVar(&f.dir, "run", "", "run folder or s3:// location (default runs/<pipeline name>)")
	fl.Int64Var(&f.limit, "limit", 0, "read at most so many documents of every shard")
	fl.Float64Var(&f.sample, "sample", 0, "read this share of the documents, 0..1")
	fl.IntVar(&f.rank, "rank", envInt(0, "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX"), "where in the list of tasks this process begins to look for work, from 0")
	fl.IntVar(&f.world, "world-size", envInt(1, "SLURM_ARRAY_TASK_COUNT", "JOB_COMPLETIONS"), "of how many places; processes share a run without it too")
}

func envInt(def int, names ...string) int {
	for _, name := range names {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n >= 0 {
			return n
		}
	}
	return def
}

// load reads and checks the pipeline; every error of it is exit code 2.
func (p *program) load(ctx context.Context, file string, f *planFlags) (*run.Pipeline, run.Options, error) {
	o, err := p.options(f)
	if err != nil {
		return nil, o, usageError{err}
	}
	src, err := config.ReadFile(file)
	if err != nil {
		if recipe, ok := p.app.Recipe(file); ok {
			src, err = recipe, nil
		}
	}
	switch info, statErr := os.Stat(file); {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		if kind := kindByName(file); kind != "" { // a pattern, or a location
			return nil, o, usageError{dataError(file, kind)}
		}
		return nil, o, usageError{p.app.NoFile(file)}
	case statErr == nil && info.IsDir():
		return nil, o, usageError{folderError(file)}
	default:
		return nil, o, usageError{orData(ctx, file, err)}
	}
	pl, err := p.app.Parse(file, src, f.sets)
	if err != nil {
		return nil, o, usageError{orData(ctx, file, err)}
	}
	if o.Dir == "" {
		o.Dir = "runs/" + pl.Name
	}
	return pl, o, nil
}

func (p *program) options(f *planFlags) (run.Options, error) {
	o := run.Options{Dir: f.dir, Workers: f.workers, TempDir: f.temp, Limit: f.limit, Sample: f.sample,
		Rank: f.rank, World: f.world, Log: p.logger(slog.LevelWarn)}
	switch {
	case f.workers < 1:
		return o, errors.New("--workers must be at least 1")
	case f.limit < 0:
		return o, errors.New("--limit must not be negative")
	case !(f.sample >= 0 && f.sample <= 1):
		return o, errors.New("--sample is a share, 0..1")
	case f.world < 1 || f.rank < 0 || f.rank >= f.world:
		return o, fmt.Errorf("--rank %d does not fit --world-size %d", f.rank, f.world)
	}
	var err error
	o.Memory, err = memoryBudget(f.memory)
	return o, err
}

// sortedKeys lists the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func memoryBudget(s string) (int64, error) {
	if s == "" {
		return systemMemory() / 10 * 8, nil
	}
	var b config.Bytes
	if err := b.UnmarshalText([]byte(s)); err != nil {
		return 0, fmt.Errorf("--memory: %w", err)
	}
	return int64(b), nil
}

// useMemory tells the garbage collector of the budget.
func useMemory(n int64) { debug.SetMemoryLimit(n / 10 * 9) }
