package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/config"

	"github.com/spf13/cobra"

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

Exit codes: 0 done; 1 failed; 2 a mistake in the pipeline or the command line,
before anything is written; 3 with --strict where anything went to quarantine or
is set aside;
5 whole, and no document was left; 75 stopped by a signal, by --exit-when-idle,
or locked by processes of another plan: run the same line again.

Any number of processes, on any machines, may run the same line over one run
folder: each takes what is left, they may come late, leave and be killed.

Environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (or
AWS_PROFILE and ~/.aws/credentials) are the credentials of s3:// locations;
${NAME} in a pipeline is the variable NAME.`

func (p *program) runCommand() *cobra.Command {
	var f planFlags
	var strict, asJSON, list, replace, check, checkInput, takeUp bool
	var only string
	var expiry, idle time.Duration
	c := &cobra.Command{
		Use:   "run PIPELINE",
		Short: "Run a pipeline, or resume it",
		Long:  runLong,
		Args:  exactArgs(1),
	}
	f.add(c)
	c.Flags().BoolVar(&strict, "strict", false, "exit with 3 if anything went to quarantine, or an input file is set aside")
	c.Flags().BoolVar(&asJSON, "json", false, "print the summary as JSON")
	c.Flags().StringVar(&only, "only-task", "", "run the one task of this key, also if it is committed")
	c.Flags().BoolVar(&list, "list-tasks", false, "list the tasks of the pass that is not committed whole, run none")
	c.Flags().DurationVar(&expiry, "claim-expiry", claims.DefaultExpiry, "how long a process of the run is silent before others take its work over, the same for all; at least 1s")
	c.Flags().DurationVar(&idle, "exit-when-idle", 0, "exit with 75 after so long without anything to do, such as 10m, while others still work (default: wait for them)")
	c.Flags().BoolVar(&replace, "replace", false, "replace parts of another run or pipeline, of input that is gone, or by those of less of it")
	c.Flags().BoolVar(&check, "check", false, "read all files of the run first, and make again those that are damaged")
	c.Flags().BoolVar(&checkInput, "check-input", false, "compare all input with what was read of it first, and read again what differs")
	c.Flags().BoolVar(&takeUp, "take-up", false, "read input files again that were set aside (shards_failed_max)")
	c.RunE = func(c *cobra.Command, args []string) error {
		pl, o, err := p.loadRun(c.Context(), args[0], &f)
		if err != nil {
			return err
		}
		if expiry < claims.LeastExpiry || idle < 0 {
			return usageError{fmt.Errorf("--claim-expiry must be at least %s, and --exit-when-idle not negative", claims.LeastExpiry)}
		}
		o.Replace, o.Check, o.CheckInput, o.ClaimExpiry, o.ExitWhenIdle = replace, check, checkInput, expiry, idle
		o.TakeUp = takeUp
		useMemory(o.Memory)
		if list {
			tasks, err := p.app.Pending(c.Context(), pl, o)
			if err != nil {
				return err
			}
			for _, t := range tasks {
				fmt.Fprintf(p.stdout, "%s\t%s\t%s\n", t.Pass, t.Key, t.Label)
			}
			return nil
		}
		o.Only = only
		o.Progress = func(now run.Progress) { fmt.Fprintln(p.stderr, progressLine(now)) }
		s, err := p.app.Run(c.Context(), pl, o)
		if err != nil && c.Context().Err() != nil && exitCode(c.Context(), err) == exitInterrupted {
			done := 0
			if s != nil {
				done = s.TasksRun
			}
			return stoppedRun(o.Dir, done)
		}
		if err != nil {
			return err
		}
		if only != "" {
			return nil
		}
		if asJSON {
			if err := json.NewEncoder(p.stdout).Encode(s); err != nil {
				return err
			}
		} else {
			p.printSummary(s)
		}
		if strict && s.Quarantined > 0 {
			return codeError{exitQuarantine, fmt.Errorf("%d records in quarantine, see %s/quarantine", s.Quarantined, o.Dir)}
		}
		if strict && s.ShardsFailed > 0 {
			return codeError{exitQuarantine, fmt.Errorf("%d input files are set aside, see %s/set-aside; --take-up reads them again", s.ShardsFailed, o.Dir)}
		}
		if s.Documents == 0 {
			cause := ""
			if q := s.Cause; q != nil {
				place := fmt.Sprintf("record %d", q.Record)
				if q.Record < 0 {
					place = fmt.Sprintf("byte %d", q.Offset)
				}
				cause = fmt.Sprintf(" (%d in quarantine, the first: %s, %s: %s)", s.Quarantined, q.Shard, place, firstLine(q.Error))
			}
			return codeError{exitEmpty, fmt.Errorf("no document was left%s: corpusmill show %s says where they went", cause, o.Dir)}
		}
		return nil
	}
	return c
}

func progressLine(p run.Progress) string {
	if p.Line != "" {
		return p.Pass + ": " + p.Line
	}
	s := fmt.Sprintf("%s: %d of %d tasks, %d documents, %s of text", p.Pass, p.Done, p.Tasks, p.Documents, human(p.TextBytes))
	if p.Waiting != "" {
		s += fmt.Sprintf(", waiting for %s, %s", p.Waiting, time.Since(p.WaitingSince).Round(time.Second))
	}
	return s
}

func human(n int64) string { return config.Bytes(n).Human() }

func (p *program) printSummary(s *run.Summary) {
	w := p.stderr
	fmt.Fprintf(w, "%s%s\n", Funnel(s.Stats), yieldTable(s.Stats))
	fmt.Fprint(w, sinkTable(s.Stats))
	for _, line := range s.SizingLines {
		fmt.Fprintln(w, line)
	}
	if in := s.Input; in != nil {
		fmt.Fprintf(w, "\ninput compared: %d files, %s; %d hold something else and were read again; of %d no checksum is known\n",
			in.Files, human(in.Bytes), in.Changed, in.Unknown)
	}
	if d := s.Stats.Damage(); d.Any() {
		fmt.Fprintf(w, "\nof the input files %s\n", d)
	}
	fmt.Fprintf(w, "\n%s: %d documents, %d tokens, %s of text in %d parts; %d tasks run%s, %d resumed; %d in quarantine; %.1f s\n",
		s.Run, s.Documents, s.Tokens, human(s.Bytes), s.Parts, s.TasksRun, passesRun(s.Passes), s.TasksKept, s.Quarantined, s.Seconds)
}

// passesRun says of which passes tasks were run: " (segment 3, assemble 1)".
func passesRun(passes []run.PassTasks) string {
	var names []string
	for _, p := range passes {
		if p.Run > 0 {
			names = append(names, fmt.Sprintf("%s %d", p.Pass, p.Run))
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}
