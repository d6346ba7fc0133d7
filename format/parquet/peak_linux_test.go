package parquet_test

import (
	"os"
	"syscall"
)

// peakBytes is the most memory that a process held.
func peakBytes(p *os.ProcessState) int64 { return p.SysUsage().(*syscall.Rusage).Maxrss << 10 }
