package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/run"
)

const runLong = `Runs a pipeline file, or resumes it where it stopped: committed tasks are not
run again. PIPELINE is a file or the name of an embedded recipe, such as
pipelines/quickstart.yaml, or a run folder, whose plan is gone on with. Files
between passes that are damaged or missing are made again when they are read;
parts, rejects and quarantine when they are missing or of another size, and with
--check when their bytes are others.

Input is read again where its name, size or time (on S3 the ETag) is another. A
file that was written to or replaced and has its old size and time is compared
by a sample of its blocks; --check-input compares all bytes that were read of
all files. Input that changes while it is read stops the run.

The summary goes to standard output, progress and warnings to standard error:
bars on a terminal, a line a pass elsewhere. NO_COLOR leaves the colours out.

Exit codes: 0 done; 1 failed; 2 a mistake in the pipeline or the command line,
before anything is written; 3 with --strict where anything went to quarantine or
is set aside;
4 whole, and fail_if of the pipeline says that it fails: the parts are there;
5 whole, and no document was left; 75 stopped by a signal, by --exit-when-idle,
by a budget that is spent or answers that are to come, or locked by processes of
another plan: run the same line again.

Any number of processes, on any machines, may run the same line over one run
folder: each takes what is left, they may come late, leave and be killed.

Environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or
AWS_PROFILE and ~/.aws/credentials) are the credentials of s3:// locations;
${NAME} in a pipeline is the variable NAME.`

// runner is a call of run.
type runner struct {
	*program
	flags              planFlags
	strict, list       bool
	asJSON, quiet      bool
	only, summary, log string
	expiry, idle       time.Duration
	replace, check     bool
	checkInput, takeUp bool
	metrics            metricsFlags
	told               bool // the summary is written
}

func (p *program) runCommand() *cobra.Command {
	r := &runner{program: p}
	c := &cobra.Command{
		Use:   "run PIPELINE",
		Short: "Run a pipeline, or resume it",
		Long:  runLong,
		Args:  exactArgs(1),
	}
	r.flags.add(c)
	fl := c.Flags()
	fl.BoolVar(&r.strict, "strict", false, "exit with 3 if anything went to quarantine, or an input file is set aside")
	fl.BoolVar(&r.asJSON, "json", false, "print the summary as JSON")
	fl.BoolVar(&r.quiet, "quiet", false, "print warnings and errors only; with --json the summary too")
	fl.StringVar(&r.log, "log", logText, "what goes to standard error: text, or json, an event a line")
	fl.StringVar(&r.summary, "summary", "", "write the summary as JSON into this file, also when the run fails or is stopped")
	fl.StringVar(&r.only, "only-task", "", "run the one task of this key, also if it is committed")
	fl.BoolVar(&r.list, "list-tasks", false, "list the tasks of the pass that is not committed whole, run none")
	fl.DurationVar(&r.expiry, "claim-expiry", claims.DefaultExpiry, "how long a process of the run is silent before others take its work over, the same for all; at least 1s")
	fl.DurationVar(&r.idle, "exit-when-idle", 0, "exit with 75 after so long without anything to do, such as 10m, while others still work (default: wait for them)")
	fl.BoolVar(&r.replace, "replace", false, "replace parts of another run or pipeline, of input that is gone, or by those of less of it")
	fl.BoolVar(&r.check, "check", false, "read all files of the run first, and make again those that are damaged")
	fl.BoolVar(&r.checkInput, "check-input", false, "compare all input with what was read of it first, and read again what differs")
	fl.BoolVar(&r.takeUp, "take-up", false, "read input files again that were set aside (shards_failed_max)")
	r.metrics.add(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		err := r.run(c.Context(), args[0])
		if err != nil && !r.told && r.summary != "" { // it did not begin
			err = errors.Join(err, writeSummary(r.summary, outcomeOf(&run.Summary{Run: r.flags.dir}, exitOf(c.Context(), err), err)))
		}
		return err
	}
	return c
}

func (r *runner) run(ctx context.Context, pipeline string) error {
	if r.log != logText && r.log != logJSON {
		return usageError{fmt.Errorf("--log: %q: want text or json", r.log)}
	}
	r.logs = r.log
	pl, o, err := r.loadRun(ctx, pipeline, &r.flags)
	if err != nil {
		return err
	}
	if r.expiry < claims.LeastExpiry || r.idle < 0 {
		return usageError{fmt.Errorf("--claim-expiry must be at least %s, and --exit-when-idle not negative", claims.LeastExpiry)}
	}
	o.Replace, o.Check, o.CheckInput, o.ClaimExpiry, o.ExitWhenIdle, o.Only = r.replace, r.check, r.checkInput, r.expiry, r.idle, r.only
	o.TakeUp = r.takeUp
	useMemory(o.Memory)
	if r.list {
		return r.listPending(ctx, pl, o)
	}
	at := ""
	s, err := r.carry(ctx, pl, o)
	if err == nil && r.only != "" {
		return nil
	}
	if err == nil {
		at = r.writeReport(ctx, s, pl, o)
		err = r.verdict(s, o.Dir)
	}
	out := outcomeOf(s, exitOf(ctx, err), err)
	whole := s != nil && s.Stats != nil && (err == nil || errors.As(err, new(codeError)))
	if r.told = true; r.summary != "" {
		err = errors.Join(err, writeSummary(r.summary, out))
	}
	switch {
	case !whole:
	case r.asJSON:
		return errors.Join(json.NewEncoder(r.stdout).Encode(out), err)
	case !r.quiet:
		for _, line := range summaryLines(s, at) {
			fmt.Fprintln(r.stdout, line)
		}
	}
	return err
}

// carry runs the pipeline and shows how far it is.
func (r *runner) carry(ctx context.Context, pl *run.Pipeline, o run.Options) (s *run.Summary, err error) {
	watch, err := r.metrics.open(r.program, pl.Name)
	if err != nil {
		return nil, usageError{err}
	}
	if !r.quiet {
		r.announce(pl, o)
	}
	v := r.newView(r.quiet)
	said := make(chan struct{})
	stopSaying := context.AfterFunc(ctx, func() {
		defer close(said)
		r.sayStopping()
	})
	o.Log = r.logger(r.logLevel())
	o.Progress = func(now run.Progress) {
		v.show(now)
		watch.show(now)
	}
	s, err = r.app.Run(ctx, pl, o)
	if !stopSaying() {
		<-said
	}
	v.end()
	if err != nil && ctx.Err() != nil && exitCode(ctx, err) == exitInterrupted {
		done := 0
		if s != nil {
			done = s.TasksRun
		}
		err = stoppedRun(o.Dir, done)
	}
	return s, errors.Join(err, watch.close(s, exitOf(ctx, err)))
}

// verdict is the error of a run that came to its end and is not good enough.
func (r *runner) verdict(s *run.Summary, dir string) error {
	if failed := failedGates(s); len(failed) > 0 {
		words := make([]string, len(failed))
		for i, g := range failed {
			words[i] = g.String()
		}
		return codeError{exitGate, fmt.Errorf("fail_if: %s (the parts are as they are)", strings.Join(words, "; "))}
	}
	if r.strict && s.Quarantined > 0 {
		return codeError{exitQuarantine, fmt.Errorf("%d records in quarantine, see %s/quarantine", s.Quarantined, dir)}
	}
	if r.strict && s.ShardsFailed > 0 {
		return codeError{exitQuarantine, fmt.Errorf("%d input files are set aside, see %s/set-aside; --take-up reads them again", s.ShardsFailed, dir)}
	}
	if s.Documents > 0 {
		return nil
	}
	cause := ""
	if q := s.Cause; q != nil {
		place := fmt.Sprintf("record %d", q.Record)
		if q.Record < 0 {
			place = fmt.Sprintf("byte %d", q.Offset)
		}
		cause = fmt.Sprintf(" (%d in quarantine, the first: %s, %s: %s)", s.Quarantined, q.Shard, place, firstLine(q.Error))
	}
	return codeError{exitEmpty, fmt.Errorf("no document was left%s: corpusmill show %s says where they went", cause, dir)}
}

func (r *runner) listPending(ctx context.Context, pl *run.Pipeline, o run.Options) error {
	o.Only = ""
	tasks, err := r.app.Pending(ctx, pl, o)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		fmt.Fprintf(r.stdout, "%s\t%s\t%s\n", t.Pass, t.Key, t.Label)
	}
	return nil
}

// exitOf is the exit code of a command that ends with an error, or without.
func exitOf(ctx context.Context, err error) int {
	if err == nil {
		return exitDone
	}
	return exitCode(ctx, err)
}

// announce says what will happen, before anything is opened.
func (r *runner) announce(pl *run.Pipeline, o run.Options) {
	var from, to []string
	for _, s := range pl.Sources {
		from = append(from, s.Name)
	}
	for _, s := range pl.Sinks {
		to = append(to, s.Def.Name)
	}
	state := "new"
	if !strings.Contains(o.Dir, "://") {
		if _, err := os.Stat(filepath.Join(o.Dir, ledger.PlanFile)); err == nil {
			state = "there: what is done in it stays done"
		}
		if _, err := os.Stat(filepath.Join(o.Dir, ledger.UnfinishedFile)); err == nil {
			state = "there: it goes on where it stopped"
		}
	} else {
		state = "resumed where there is something in it"
	}
	if r.logs == logJSON {
		r.logger(r.logLevel()).Info("run begins", "pipeline", pl.Name, "run", o.Dir, "sources", from, "stages", len(pl.Stages), "sinks", to,
			"workers", o.Workers, "memory_bytes", o.Memory)
		return
	}
	for _, line := range wrapped(fmt.Sprintf("%s: %s -> %s -> %s; %s, %s of memory", pl.Name, strings.Join(from, ", "),
		plural(int64(len(pl.Stages)), "stage"), strings.Join(to, ", "), plural(int64(o.Workers), "worker"), config.Bytes(o.Memory).Human()), columns) {
		fmt.Fprintln(r.stderr, line)
	}
	fmt.Fprintf(r.stderr, "run folder %s (%s)\n", o.Dir, state)
}

// sayStopping answers a signal at once: what is under way takes a moment to end.
func (r *runner) sayStopping() {
	if r.logs == logJSON {
		r.logger(r.logLevel()).Info("stopping")
		return
	}
	if onScreen(r.errors) {
		_, _ = io.WriteString(r.errors, "\r") // the key was echoed, and what follows is written from there
	}
	fmt.Fprintln(r.stderr, "stopping: what is done is kept, and the same line goes on from there")
}

func human(n int64) string { return config.Bytes(n).Human() }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
