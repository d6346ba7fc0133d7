package fasttext

// The cache of a Predictor: words seen lately with their rows. It takes about 1 MiB
// and is emptied when one of its parts is full.
const (
	cacheSlots = 1 << 14
	cacheWords = cacheSlots / 2
	cacheText  = 1 << 17 // bytes of words
	cacheRows  = 1 << 17 // rows of words

	// cacheBytes is all of it.
	cacheBytes = cacheSlots*20 + cacheText + 4*cacheRows

	// cachedBytes is the longest word that is kept. Longer ones hardly come back.
	cachedBytes = 64
)

// cached is a word with its rows. It is a label when skip is set.
type cached struct {
	hash uint32
	text int32 // start in cache.text
	rows int32 // start in cache.rows
	n    int32 // number of rows
	len  uint8
	used bool
	skip bool
}

// cache keeps words by their hash, linear probing.
type cache struct {
	slots []cached
	words int
	text  []byte
	rows  []int32
}

func newCache() *cache {
	return &cache{
		slots: make([]cached, cacheSlots),
		text:  make([]byte, 0, cacheText),
		rows:  make([]int32, 0, cacheRows),
	}
}

// find returns the word's slot, or a free one, which has used unset.
func (c *cache) find(token string, h uint32) *cached {
	for i := spread(h); ; i++ {
		s := &c.slots[i%cacheSlots]
		if !s.used {
			return s
		}
		if s.hash == h && int(s.len) == len(token) && string(c.text[s.text:int(s.text)+int(s.len)]) == token {
			return s
		}
	}
}

// put keeps a word that is not in the cache. slot is what find returned.
func (c *cache) put(slot *cached, token string, h uint32, rows []int32, skip bool) {
	if len(rows) > cacheRows/64 {
		return
	}
	if c.words == cacheWords || len(c.text)+len(token) > cacheText || len(c.rows)+len(rows) > cacheRows {
		clear(c.slots)
		c.words, c.text, c.rows = 0, c.text[:0], c.rows[:0]
		slot = c.find(token, h)
	}
	*slot = cached{
		hash: h, text: int32(len(c.text)), rows: int32(len(c.rows)), n: int32(len(rows)),
		len: uint8(len(token)), used: true, skip: skip,
	}
	c.text = append(c.text, token...)
	c.rows = append(c.rows, rows...)
	c.words++
}
