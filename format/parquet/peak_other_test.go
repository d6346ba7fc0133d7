//go:build !linux

package parquet_test

import "os"

// peakBytes is known on Linux only.
func peakBytes(*os.ProcessState) int64 { return 0 }

func forgetPeak() {}
