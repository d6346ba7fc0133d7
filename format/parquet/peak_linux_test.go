package parquet_test

import (
	"os"
	"runtime/debug"
	"syscall"
)

// forgetPeak takes away what the figure of a child begins with: the largest that this process
// ever was.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // where it is denied the figure is too large at worst
}

// peakBytes is the most memory that a process held.
func peakBytes(p *os.ProcessState) int64 { return p.SysUsage().(*syscall.Rusage).Maxrss << 10 }
