//go:build unix

package e2e_test

import (
	"syscall"
	"testing"
	"time"
)

// A second signal ends a program that the first could not stop: it waits for a pipe that
// nobody writes to.
func TestSecondSignal(t *testing.T) {
	pipe := t.TempDir() + "/p.yaml"
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	c := program(t, "check", pipe)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond) // signals on each other's heels are one
	defer tick.Stop()
	for range 1000 {
		select {
		case err := <-ended:
			if err == nil {
				t.Error("it ended with 0")
			}
			return
		case <-tick.C:
			_ = c.Process.Signal(syscall.SIGTERM)
		}
	}
	_ = c.Process.Kill()
	<-ended
	t.Error("1,000 signals did not end it")
}
