package repair

// kind is a set of kinds of characters.
type kind uint32

// The kinds: what a character is in text, then what it is where UTF-8 was read by a
// Western encoding: the first character of 2, 3 or 4, or a further one.
const (
	common kind = 1 << iota
	c1
	bad
	law
	currency
	opening
	closing
	numeric
	face
	upperAccented
	lowerAccented
	upperCommon
	lowerCommon
	box
	first2
	first3
	first4
	further
	furtherStrict
)

// lastKind is the highest character that has a kind beside the few of rareKinds.
const lastKind = 0x25FF

var (
	kinds     [lastKind + 1]kind
	rareKinds = map[rune]kind{}
)

func fillKinds() struct{} {
	for k, characters := range kindTable {
		for _, r := range characters {
			if r <= lastKind {
				kinds[r] |= k
			} else {
				rareKinds[r] |= k
			}
		}
	}
	return struct{}{}
}

var _ = fillKinds()

// kindOf returns the kinds of a character.
func kindOf(r rune) kind {
	if r <= lastKind {
		return kinds[r]
	}
	if r >= 0xF000 {
		return rareKinds[r]
	}
	return 0
}
