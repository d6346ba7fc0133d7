package dedup

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"
)

func TestPermutations(t *testing.T) {
	a, b := trovePermutations(1, 112)
	for _, c := range []struct {
		name string
		v    []uint64
		sum  string
	}{
		{"a", a, "646f7c43faa49e0426999bc921979e88d751a279eabdb2d5e2dfb1c1a70a7212"},
		{"b", b, "f81eeb8337743ed94fa76566ebdc77b3f4e1bfea5e2365fcecdf81d24b9b1583"},
	} {
		var raw []byte
		for _, x := range c.v {
			raw = binary.LittleEndian.AppendUint64(raw, x)
		}
		if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != c.sum {
			t.Errorf("%s: digest %x, first %d", c.name, sum, c.v[0])
		}
	}
}

func TestDatatroveBucket(t *testing.T) {
	m := MinHash{Kind: "datatrove"}
	sig := m.Signature(nil, "The quick brown fox jumps over the lazy dog and runs away.")
	want := []uint64{85330943174081874, 663359892825767826, 302227827184868053, 34440879854629237,
		482983510142523242, 117899488208280896, 922286648869847700, 10780627625530002}
	if len(sig) != 112 || !slices.Equal(sig[:8], want) {
		t.Errorf("bucket 0: %d", sig[:min(len(sig), 8)])
	}
}
