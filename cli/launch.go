package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/run"
)

// launch is what all launchers are told.
type launch struct {
	dir, name string
	sets      []string
	workers   int
	cpus      int
	memory    string
	idle      time.Duration
	submit    bool

	pipeline string // the argument: a file or the name of a recipe
	bytes    int64  // of memory
}

// workersMax bounds the workers of a launch: what one Job of Kubernetes can index.
const workersMax = 100_000

func (l *launch) add(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&l.dir, "run", "", "run folder or s3:// location that all workers reach")
	fl.StringVar(&l.name, "name", "", "name of the job (default corpusmill-<pipeline name>)")
	fl.StringArrayVar(&l.sets, "set", nil, "change a setting: path=value (repeatable)")
	fl.IntVar(&l.workers, "workers", 8, "number of processes, 1..100000")
	fl.IntVar(&l.cpus, "cpus", 4, "cores of each")
	fl.StringVar(&l.memory, "memory", "16GiB", "memory of each; four fifths of it are the run's --memory")
	fl.DurationVar(&l.idle, "exit-when-idle", 10*time.Minute, "a worker that finds no task for so long ends")
	fl.BoolVar(&l.submit, "submit", false, "submit it, in place of printing it")
}

// errNoRun is why a launch is refused that names no place.
var errNoRun = errors.New("--run names the run folder or s3:// location that all workers reach")

// read checks flags and pipeline; every error is a mistake of the command line.
func (l *launch) read(app *run.App, pipeline string) error {
	l.pipeline = pipeline
	var b config.Bytes
	err := b.UnmarshalText([]byte(l.memory))
	l.bytes = int64(b)
	switch {
	case l.dir == "":
		return errNoRun
	case err != nil:
		return fmt.Errorf("--memory: %w", err)
	case l.bytes < 1<<30:
		return fmt.Errorf("--memory %s: want at least 1GiB", l.memory)
	case l.workers < 1 || l.workers > workersMax:
		return fmt.Errorf("--workers %d: want 1 to %d", l.workers, workersMax)
	case l.cpus < 1:
		return fmt.Errorf("--cpus %d: want at least 1", l.cpus)
	case l.idle < time.Second:
		return fmt.Errorf("--exit-when-idle %s: want at least 1s", l.idle)
	}
	src, err := l.source(app)
	if err != nil {
		return err
	}
	pl, err := app.Parse(pipeline, src, l.sets)
	if err != nil {
		return err
	}
	if l.name == "" {
		l.name = label("corpusmill-" + pl.Name)
	}
	if l.name != label(l.name) {
		return fmt.Errorf("--name %q: want lower-case letters, digits and -, 50 at most, such as %s", l.name, label(l.name))
	}
	return nil
}

// source is the text of the pipeline, as it was written: with the names of variables, not
// their values.
func (l *launch) source(app *run.App) ([]byte, error) {
	src, err := config.ReadFile(l.pipeline)
	if err == nil {
		return src, nil
	}
	if recipe, ok := app.Recipe(l.pipeline); ok {
		return recipe, nil
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, app.NoFile(l.pipeline)
	}
	return nil, err
}

// notInLabel are the characters that a name of Kubernetes cannot have.
var notInLabel = regexp.MustCompile(`[^a-z0-9]+`)

// label makes a name that Slurm, Kubernetes, Ray and Spark take: 50 characters leave
// Kubernetes room for the names of its pods.
func label(s string) string {
	s = strings.Trim(notInLabel.ReplaceAllString(strings.ToLower(s), "-"), "-")
	return strings.TrimRight(s[:min(len(s), 50)], "-")
}

// budget is the --memory of a worker.
func (l *launch) budget() string { return mebi(l.bytes / 5 * 4) }

// mebi writes bytes as --memory takes them.
func mebi(n int64) string { return strconv.FormatInt(n>>20, 10) + "MiB" }

// words is the command line of a pull worker; pipeline is where it finds the file.
func (l *launch) words(pipeline string, more ...string) []string {
	w := []string{"run", pipeline, "--run", l.dir}
	for _, s := range l.sets {
		w = append(w, "--set", s)
	}
	w = append(w, "--workers", strconv.Itoa(l.cpus), "--memory", l.budget(), "--exit-when-idle", duration(l.idle))
	return append(w, more...)
}

// duration writes 10m and not 10m0s.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// plainWord needs no quotes in a shell.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shell writes words as a shell reads them.
func shell(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if quoted[i] = w; !plainWord.MatchString(w) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// launcher is one way to run a pipeline on many machines.
type launcher struct {
	use, short, long string
	flags            func(*cobra.Command)
	// script is what would be submitted, and command the program that takes it on its
	// standard input.
	script  func(*launch) (string, error)
	command []string
}

func (p *program) launchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "launch slurm|k8s|ray|spark PIPELINE --run RUN",
		Short: "Run a pipeline on Slurm, Kubernetes, Ray or Spark",
		Long: `Prints what it would submit, byte for byte, and with --submit submits it.
Workers share the run by its folder: what one that is lost had begun another
takes up, and all of them give the bytes of one corpusmill run.

The program has to be on the machines or in the image, and the run folder, the
input and the models at locations that all of them reach. Variables that the
pipeline names (${NAME}) and credentials are those of the workers.`,
		Args: func(_ *cobra.Command, args []string) error {
			return usageError{fmt.Errorf("launch %s: want slurm, k8s, ray or spark and a pipeline", strings.Join(args, " "))}
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	for _, l := range []launcher{new(slurm).launcher(), new(kubernetes).launcher(p), new(ray).launcher(), new(spark).launcher()} {
		c.AddCommand(p.launcherCommand(l))
	}
	return c
}

func (p *program) launcherCommand(of launcher) *cobra.Command {
	var l launch
	c := &cobra.Command{Use: of.use, Short: of.short, Long: of.long, Args: exactArgs(1)}
	l.add(c)
	of.flags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := l.read(p.app, args[0]); err != nil {
			return usageError{err}
		}
		script, err := of.script(&l)
		if err != nil {
			return usageError{err}
		}
		if !l.submit {
			_, err := fmt.Fprint(p.stdout, script)
			return err
		}
		return p.submit(c.Context(), script, of.command)
	}
	return c
}

// submit hands a script to the program that takes it.
func (p *program) submit(ctx context.Context, script string, command []string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(script), p.stdout, p.stderr
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %w; without --submit it is printed", shell(command...), err)
	}
	return nil
}
