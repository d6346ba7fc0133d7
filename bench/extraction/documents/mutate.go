package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"time"

	"github.com/corpusmill/corpusmill/internal/damage"
)

// maxMutated is the largest file that is mutated: damage to one byte in many
// megabytes is next to none.
const maxMutated = 1 << 20

// mutate runs the stages over n damaged copies of the files of each format and
// prints how they end. A panic ends the program; the deadline of a PDF is the
// setting's.
func mutate(files []string, n int, stages ...applier) error {
	byFormat := map[string][]string{}
	for _, f := range files {
		if s, err := os.Stat(f); err == nil && s.Size() > 0 && s.Size() <= maxMutated {
			byFormat[format(f)] = append(byFormat[format(f)], f)
		}
	}
	for _, kind := range []string{"pdf", "docx", "pptx", "xlsx", "odt", "epub", "md", "tex"} {
		files := byFormat[kind]
		if len(files) == 0 {
			continue
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
			raw = damaged(r, raw, kind != "pdf" && kind != "md" && kind != "tex")
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
		debug.FreeOSMemory()
		fmt.Printf("%s: %d copies of %d files; text %d, rejected %d, quarantine %d; longest %v: %s\n",
			kind, n, min(n, len(files)), ends.text, ends.rejected, ends.quarantined, longest.Round(time.Millisecond), slowest)
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
