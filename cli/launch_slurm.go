package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// slurm is what the launcher of Slurm is told beside.
type slurm struct {
	time               time.Duration
	partition, account string
	options            []string
	setup              []string
	array              int
}

func (s *slurm) launcher() launcher {
	return launcher{
		use: "slurm PIPELINE", short: "Job arrays of Slurm",
		long: `Prints a shell script that submits job arrays, as many as --array-max asks for;
--submit runs it. Every task of an array is a worker: it takes work from the run
folder until the run is whole, and is put back into the queue when it is
preempted, loses its node or comes to the end of its time.`,
		flags: func(c *cobra.Command) {
			fl := c.Flags()
			fl.DurationVar(&s.time, "time", 24*time.Hour, "time limit of a worker; the run goes on after it")
			fl.StringVar(&s.partition, "partition", "", "partition")
			fl.StringVar(&s.account, "account", "", "account")
			fl.StringArrayVar(&s.options, "sbatch", nil, "one more option of sbatch, such as --qos=low (repeatable)")
			fl.StringArrayVar(&s.setup, "setup", nil, "a line of the script before the worker, such as 'module load corpusmill' (repeatable)")
			fl.IntVar(&s.array, "array-max", 1000, "tasks of an array at most: MaxArraySize - 1 of scontrol show config")
		},
		script:  s.script,
		command: []string{"sh"},
	}
}

// slurmMark ends the script of an array.
const slurmMark = "CORPUSMILL_ARRAY"

// script is a call of sbatch an array.
func (s *slurm) script(l *launch) (string, error) {
	if s.array < 1 || s.time < time.Minute {
		return "", fmt.Errorf("--array-max wants 1 or more, --time at least 1m")
	}
	for _, line := range append(s.setup, s.options...) {
		if strings.ContainsAny(line, "\n\r") {
			return "", fmt.Errorf("--setup and --sbatch want a line each, not %q", line)
		}
	}
	var b strings.Builder
	b.WriteString("#!/bin/sh\nset -e\n")
	for from := 0; from < l.workers; from += s.array {
		fmt.Fprintf(&b, "sbatch --array=0-%d <<'%s'\n%s%s\n", min(s.array, l.workers-from)-1, slurmMark, s.batch(l, from), slurmMark)
	}
	return b.String(), nil
}

// batch is the script of the tasks of one array, the first of which is that worker.
func (s *slurm) batch(l *launch, from int) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("#!/bin/bash")
	line("#SBATCH --job-name=%s", l.name)
	line("#SBATCH --cpus-per-task=%d", l.cpus)
	line("#SBATCH --mem=%dM", l.bytes>>20)
	line("#SBATCH --time=%d", int(s.time.Minutes()))
	for _, o := range []struct{ name, value string }{{"partition", s.partition}, {"account", s.account}} {
		if o.value != "" {
			line("#SBATCH --%s=%s", o.name, o.value)
		}
	}
	line("#SBATCH --requeue")
	line("#SBATCH --open-mode=append")
	line("#SBATCH --signal=B:TERM@120")
	for _, o := range s.options {
		line("#SBATCH %s", o)
	}
	for _, o := range s.setup {
		line("%s", o)
	}
	rank := "$SLURM_ARRAY_TASK_ID"
	if from > 0 {
		rank = fmt.Sprintf("$((%d + SLURM_ARRAY_TASK_ID))", from)
	}
	line(`%s --rank "%s" --world-size %d &`, shell(append([]string{"corpusmill"}, l.words(l.pipeline)...)...), rank, l.workers)
	b.WriteString(slurmEnd)
	return b.String()
}

// slurmEnd waits for the worker. Exit code 75 says that the run is not whole yet: behind the
// signal of the time limit or of a preemption the task comes back, without one there was
// nothing left to take.
const slurmEnd = `worker=$!
stopped=
trap 'stopped=1; kill -TERM "$worker"' TERM
wait "$worker"
code=$?
while kill -0 "$worker" 2>/dev/null; do wait "$worker"; code=$?; done
if [ "$code" -eq 75 ]; then
  code=0
  if [ -n "$stopped" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 100 ]; then
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
  fi
fi
exit "$code"
`
