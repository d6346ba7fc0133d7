package fasttext

import "math"

// expTable holds the bits of 2^(i/32), less i<<47, so that adding (32k+i)<<47 gives
// those of 2^(k+i/32).
var expTable = [32]uint64{
	0x3ff0000000000000, 0x3ff059b0d3158574 - 1<<47, 0x3ff0b5586cf9890f - 2<<47, 0x3ff11301d0125b51 - 3<<47,
	0x3ff172b83c7d517b - 4<<47, 0x3ff1d4873168b9aa - 5<<47, 0x3ff2387a6e756238 - 6<<47, 0x3ff29e9df51fdee1 - 7<<47,
	0x3ff306fe0a31b715 - 8<<47, 0x3ff371a7373aa9cb - 9<<47, 0x3ff3dea64c123422 - 10<<47, 0x3ff44e086061892d - 11<<47,
	0x3ff4bfdad5362a27 - 12<<47, 0x3ff5342b569d4f82 - 13<<47, 0x3ff5ab07dd485429 - 14<<47, 0x3ff6247eb03a5584 - 15<<47,
	0x3ff6a09e667f3bcc - 16<<47, 0x3ff71f75e8ec5f74 - 17<<47, 0x3ff7a11473eb0187 - 18<<47, 0x3ff82589994cce12 - 19<<47,
	0x3ff8ace5422aa0dc - 20<<47, 0x3ff93737b0cdc5e5 - 21<<47, 0x3ff9c49182a3f090 - 22<<47, 0x3ffa5503b23e255c - 23<<47,
	0x3ffae89f995ad3ae - 24<<47, 0x3ffb7f76f2fb5e47 - 25<<47, 0x3ffc199bdd85529c - 26<<47, 0x3ffcb720dcef9069 - 27<<47,
	0x3ffd5818dcfba487 - 28<<47, 0x3ffdfc97337b9b5f - 29<<47, 0x3ffea4afa2a490da - 30<<47, 0x3fff50765b6e4540 - 31<<47,
}

// expOf is expf as glibc computes it (Arm's optimized routines: a cubic between 32
// powers of two, in float64), which rounds a float in some hundreds otherwise than the
// exact function. With it, labels that are nearly equal come out in fastText's order.
func expOf(x float32) float32 {
	const (
		scale = 32 / math.Ln2
		shift = 0x1.8p52 // adding it rounds to a whole number
		c0    = 0x1.c6af84b912394p-5 / 32 / 32 / 32
		c1    = 0x1.ebfce50fac4f3p-3 / 32 / 32
		c2    = 0x1.62e42ff0c52d6p-1 / 32
	)
	switch {
	case x > 0x1.62e42ep6:
		return float32(math.Inf(1))
	case x < -0x1.9fe368p6:
		return 0
	case x != x:
		return x
	}
	z := float64(float64(x) * scale)
	k := float64(z + shift)
	n := math.Float64bits(k)
	r := z - (k - shift)
	s := math.Float64frombits(expTable[n%32] + n<<47)
	p := float64(c0*r) + c1
	y := float64(c2*r) + 1
	y += float64(p * float64(r*r))
	return float32(y * s)
}
