//go:build !amd64

package tokencount

// classify fills m from the first windowSize bytes of b.
func (m *classMasks) classify(b []byte) { m.classifyPlain(b) }
