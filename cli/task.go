package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/run"
)

func (p *program) taskCommand() *cobra.Command {
	var f planFlags
	var server serverFlags
	var dir string
	var tied parentFlag
	c := &cobra.Command{
		Use:   "task --run RUN KEY...|-",
		Short: "Run tasks of a run by their keys",
		Long: `Runs tasks that corpusmill tasks lists, for engines that place and retry tasks
themselves. The plan comes from the run folder: a worker needs its location, and
the variables of the environment that the plan names in place of secrets.
Relative paths of the plan begin in the folder that it was made in; where that
is not there, a plan that has some is refused.

With - keys come from standard input, one a line, or lines of corpusmill tasks
--json; the end of the input ends the process. Models are loaded once. A task
that is committed is not run again. A JSON line a task says what became of it,
in the order in which they end:
  {"key","ok","kept","seconds","documents","bytes","error"}

Exit codes: 0 all tasks are done; 1 some failed; 2 a mistake in the command
line, or no plan in the folder; 75 stopped by a signal: tasks without a line
are to be run again.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{fmt.Errorf("want keys of tasks, or - for standard input; usage: %s", c.UseLine())}
			}
			return nil
		},
	}
	f.addWork(c)
	c.Flags().StringVar(&dir, "run", "", "run folder or s3:// location")
	server.add(c)
	tied.add(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		if dir == "" {
			return usageError{errors.New("--run names the run folder whose tasks are to be run")}
		}
		ctx, stop, err := tied.bind(c.Context())
		if err != nil {
			return err
		}
		defer stop()
		r, err := p.openTasks(ctx, dir, &f, &server)
		if err != nil {
			return err
		}
		keys := func(yield func(string) error) error { return eachArgument(args, yield) }
		if len(args) == 1 && args[0] == "-" {
			keys = func(yield func(string) error) error { return eachKey(ctx, p.stdin, yield) }
		}
		err = p.runTasks(ctx, r, f.workers, keys)
		return errors.Join(err, r.Close())
	}
	return c
}

func (p *program) openTasks(ctx context.Context, dir string, f *planFlags, server *serverFlags) (*run.TaskRunner, error) {
	o, err := p.options(f)
	if err == nil {
		o.TempDir, err = absolute(o.TempDir)
	}
	if err != nil {
		return nil, usageError{err}
	}
	useMemory(o.Memory)
	filed, err := p.filed(ctx, dir, server.server())
	if err != nil {
		return nil, err
	}
	return p.app.OpenTasks(ctx, filed, o)
}

// runTasks runs tasks, so many at once at most, and prints a line each. What it holds of the
// keys is bounded: it takes the next when a task ends.
func (p *program) runTasks(ctx context.Context, r *run.TaskRunner, atOnce int, keys func(func(string) error) error) error {
	var mu sync.Mutex
	var running sync.WaitGroup
	var done, failed int
	var lost error // of the output
	free := make(chan struct{}, atOnce)
	enc := json.NewEncoder(p.stdout)
	err := keys(func(key string) error {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		running.Go(func() {
			defer func() { <-free }()
			t, err := r.Run(ctx, key)
			if err != nil { // the context's
				return
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			if !t.OK {
				failed++
			}
			lost = errors.Join(lost, enc.Encode(t))
		})
		mu.Lock()
		defer mu.Unlock()
		return lost
	})
	running.Wait()
	switch {
	case ctx.Err() != nil:
		return codeError{exitInterrupted, fmt.Errorf("interrupted: %d tasks are done; run those without a line again", done-failed)}
	case err == nil && lost == nil && failed > 0:
		return fmt.Errorf("%d of %d tasks failed", failed, done)
	}
	return errors.Join(err, lost)
}

func eachArgument(args []string, yield func(string) error) error {
	for _, key := range args {
		if err := yield(key); err != nil {
			return err
		}
	}
	return nil
}

// lineMax bounds a line of keys: one of tasks --json names up to a thousand shards.
const lineMax = 16 << 20

// eachKey reads keys from lines, or the lines of tasks --json, until the input or the
// context ends.
func eachKey(ctx context.Context, in io.Reader, yield func(string) error) error {
	lines, failed := make(chan string), make(chan error, 1)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(in)
		s.Buffer(nil, lineMax)
		for s.Scan() {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
		failed <- s.Err()
	}()
	for {
		select {
		case <-ctx.Done(): // also while nobody writes
			return context.Cause(ctx)
		case line, ok := <-lines:
			if !ok {
				return <-failed
			}
			key, err := keyOf(line)
			if err == nil && key != "" {
				err = yield(key)
			}
			if err != nil {
				return err
			}
		}
	}
}

func keyOf(line string) (string, error) {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "{") {
		return line, nil
	}
	var t struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal([]byte(line), &t); err != nil || t.Key == "" {
		return "", usageError{fmt.Errorf("standard input: want a key a line, or what tasks --json prints, not %.60q", line)}
	}
	return t.Key, nil
}
