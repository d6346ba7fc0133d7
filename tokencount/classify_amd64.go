package tokencount

import "golang.org/x/sys/cpu"

// classifyAVX2 is classifyPlain for processors with AVX2.
//
//go:noescape
func classifyAVX2(b *[windowSize]byte, m *classMasks)

// classify fills m from the first windowSize bytes of b.
func (m *classMasks) classify(b []byte) {
	if cpu.X86.HasAVX2 {
		classifyAVX2((*[windowSize]byte)(b), m)
		return
	}
	m.classifyPlain(b)
}
