//go:build unix

package run

import (
	"time"

	"golang.org/x/sys/unix"
)

// peakRSS is the largest resident memory of this process, in bytes.
func peakRSS() int64 {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) != nil {
		return 0
	}
	return ru.Maxrss * maxrssUnit
}

// processorTime is what this process has taken of processors.
func processorTime() time.Duration {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &ru) != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}
