package cli

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// parentFlag ties a process to the one that started it: the executor of an engine that is
// killed takes its children along.
type parentFlag struct{ tied bool }

// envParent does for --die-with-parent what launchers cannot put into a command line. Its
// value is 1 or the number of the parent, which may have ended before this process began.
const envParent = "CORPUSMILL_DIE_WITH_PARENT"

func (f *parentFlag) add(c *cobra.Command) {
	c.Flags().BoolVar(&f.tied, "die-with-parent", os.Getenv(envParent) != "", "stop when the process that started this one ends; also by "+envParent+"=1 or its number")
}

// errParent is why a tied process stops.
var errParent = errors.New("the process that started this one has ended")

// parentGrace is how long a process whose parent is gone may take to stop.
const parentGrace = 5 * time.Second

// bind ends the context with the parent, and the process soon after if that was not enough.
func (f *parentFlag) bind(ctx context.Context) (context.Context, func(), error) {
	if !f.tied {
		return ctx, func() {}, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	parent := os.Getppid()
	if told := envInt(1, envParent); told > 1 && told != parent {
		cancel(errParent)
		return nil, nil, codeError{exitInterrupted, errParent}
	}
	gone, err := watchParent(ctx, parent)
	if err != nil {
		cancel(err)
		return nil, nil, err
	}
	go func() {
		select {
		case <-ctx.Done():
		case <-gone:
			time.AfterFunc(parentGrace, func() { os.Exit(exitInterrupted) })
			cancel(errParent)
		}
	}()
	return ctx, func() { cancel(nil) }, nil
}

// pollParent notices that the process has another parent now.
func pollParent(ctx context.Context, parent int) <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for os.Getppid() == parent {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
		close(gone)
	}()
	return gone
}
