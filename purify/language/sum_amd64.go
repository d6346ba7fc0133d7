package language

import "golang.org/x/sys/cpu"

// sumWideAVX2 adds the lanes of n rows of weights, of wideRow numbers each, to the first sums.
//
//go:noescape
func sumWideAVX2(sums *[maxLanguages]int32, weights *uint64, rows *uint32, n int)

// addWide is plainAdd for rows of wideRow numbers. It reports whether this processor can.
func addWide(sums *[maxLanguages]int32, weights []uint64, rows []uint32) bool {
	if !cpu.X86.HasAVX2 {
		return false
	}
	if len(rows) > 0 {
		sumWideAVX2(sums, &weights[0], &rows[0], len(rows))
	}
	return true
}
