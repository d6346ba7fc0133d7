//go:build !unix

package run

import "time"

func peakRSS() int64 { return 0 }

// processorTime is not known here: what is done shows by documents alone.
func processorTime() time.Duration { return 0 }
