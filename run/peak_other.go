//go:build !unix

package run

func peakRSS() int64 { return 0 }
