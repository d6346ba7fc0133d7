package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/corpusmill/corpusmill/internal/damage"
)

// maxMutated is the largest file that is mutated: damage to one byte in many
// megabytes is next to none.
const maxMutated = 1 << 20

// limits are what the damaged copies of a format may take.
type limits struct {
	kind   string
	memory int64 // MiB
	time   time.Duration
}

// children runs this program again for each format, and asks the system for the most memory
// that each process had.
func (l limits) children() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var errs []error
	for _, kind := range []string{"pdf", "docx", "pptx", "xlsx", "odt", "epub", "md", "tex"} {
		child := exec.Command(self, append(os.Args[1:], "-kind", kind)...)
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Run(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", kind, err))
		}
		peak := child.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
		fmt.Printf("  at most %d MiB resident\n", peak)
		if peak > l.memory {
			errs = append(errs, fmt.Errorf("%s: %d MiB resident, more than %d", kind, peak, l.memory))
		}
	}
	return errors.Join(errs...)
}

// mutate runs the stages over n damaged copies of the files of a format and prints how they
// end. A panic ends the program; the deadline of a PDF is the setting's.
func mutate(all []string, n int, limits limits, stages ...applier) error {
	var files []string
	for _, f := range all {
		if s, err := os.Stat(f); err == nil && s.Size() > 0 && s.Size() <= maxMutated && format(f) == limits.kind {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		fmt.Printf("%s: no files\n", limits.kind)
		return nil
	}
	var ends struct{ text, rejected, quarantined int }
	var longest time.Duration
	var slowest string
	for i := range n {
		path := files[i%len(files)]
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r := rand.New(rand.NewPCG(uint64(i), 1))
		raw = damaged(r, raw, limits.kind != "pdf" && limits.kind != "md" && limits.kind != "tex")
		l := apply(path, raw, stages...)
		switch {
		case l.Error != "":
			ends.quarantined++
		case l.Rule != "":
			ends.rejected++
		default:
			ends.text++
		}
		if d := time.Duration(l.Clock) * time.Microsecond; d > longest {
			longest, slowest = d, fmt.Sprintf("%s (copy %d) %s", l.ID, i, l.Error)
		}
	}
	fmt.Printf("%s: %d copies of %d files; text %d, rejected %d, quarantine %d; longest %v: %s\n",
		limits.kind, n, min(n, len(files)), ends.text, ends.rejected, ends.quarantined, longest.Round(time.Millisecond), slowest)
	if longest > limits.time {
		return fmt.Errorf("%v, more than %v: %s", longest, limits.time, slowest)
	}
	return nil
}

// damaged breaks a file; of an archive every second copy in an entry.
func damaged(r *rand.Rand, raw []byte, archive bool) []byte {
	if archive && r.IntN(2) == 0 {
		if b, err := damage.Entry(r, raw); err == nil {
			return b
		}
	}
	return damage.Bytes(r, raw)
}
