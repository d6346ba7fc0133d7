//go:build unix

package run

import "golang.org/x/sys/unix"

// peakRSS is the largest resident memory of this process, in bytes.
func peakRSS() int64 {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) != nil {
		return 0
	}
	return ru.Maxrss * maxrssUnit
}
