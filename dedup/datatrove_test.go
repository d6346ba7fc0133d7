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

// peerSettings are the settings of the vectors in TestDatatroveVectors.
var peerSettings = [4]*MinHash{
	{Kind: "datatrove"},
	{Kind: "datatrove", Seed: 42, Bands: 5, Rows: 3, NGram: 3},
	{Kind: "datatrove", Hash: "sha1"},
	{Kind: "datatrove", Hash: "sha1", Seed: 42, Bands: 5, Rows: 3, NGram: 3},
}

// The digests are of signatures that datatrove 0.10.1 computed (values as
// little-endian 64-bit words; first 8 bytes of the SHA-256).
func TestDatatroveVectors(t *testing.T) {
	for _, c := range []struct {
		text string
		want [4]string
	}{
		{"The ferry to the northern islands leaves at 7:45, except on Sundays, when it doesn't leave until 9:30; tickets cost 1,250.50 crowns.", [4]string{"f96fff20e0a2a38e", "a9509c160a099b77", "225cd7f4e986636c", "34fffcb6a241a6f6"}},
		{"I cannot say whether they're gonna rebuild the old mill. It'd cost too much, wouldn't it? We've no idea, but let's ask Mr. O'Neill about it.", [4]string{"1e05486eba82401b", "172ff60f474c9f95", "ab7b45f0d0dc0afe", "d5482074f592a34b"}},
		{"Déjà vu: la forêt était calme, l'été touchait à sa fin et l'œil du vieux pêcheur brillait encore un peu.", [4]string{"2980b76801db425c", "5f6e98ae286d7c0a", "0538b5e02f1337b4", "0c880d8eb8932737"}},
		{"ΟΔΥΣΣΕΥΣ sailed past ΣΑΜΟΣ and İSTANBUL’s towers — ½ a league on, the crew saw ２３ gulls and heard „nothing“ at all.", [4]string{"d3605f7a5de5fe8f", "3405ef0d32766e97", "3a2c9c2a92afd3dc", "4c6d514a00b0fa34"}},
		{"春天来了 花园里的樱桃树开花了 孩子们在草地上跑来跑去 一直到太阳下山 才 回家 吃饭", [4]string{"7ef75a96ee495042", "980b4e6162ea77a5", "6948895b75e81268", "3cd3f9124789f09c"}},
		{"one two three four", [4]string{"", "b1b1b830a8a249b4", "", "a806955a3a65bde0"}},
		{"one two three four five", [4]string{"8bc5d2926adf1d17", "a953ec532335c2fa", "e4f10de0dace9ba5", "62c2119c030f883f"}},
	} {
		for i, m := range peerSettings {
			sig := m.Signature(nil, c.text)
			got := ""
			if len(sig) > 0 {
				var raw []byte
				for _, x := range sig {
					raw = binary.LittleEndian.AppendUint64(raw, x)
				}
				sum := sha256.Sum256(raw)
				got = hex.EncodeToString(sum[:8])
			}
			if got != c.want[i] {
				t.Errorf("%s of %q: %q, want %q", m.SketchID(), c.text, got, c.want[i])
			}
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
