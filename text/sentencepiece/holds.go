package sentencepiece

import "unsafe"

// EncoderBytes is what an Encoder of the model holds at most between two texts.
func (m *Model) EncoderBytes() int64 {
	n := int64(2*keepBytes + 2*4*keepIDs) // normal text and unknown pieces, symbols and ids
	if m.unigram != nil {
		n += PathBytes
	}
	if m.bpe != nil {
		n += MergerBytes
	}
	return n + m.CacheBytes()
}

// CacheBytes is what an Encoder of the model takes for what it has seen of late.
func (m *Model) CacheBytes() int64 {
	if m.bpe == nil || m.bpe.again {
		return 0
	}
	return cacheSets * int64(unsafe.Sizeof([2]cacheEntry{}))
}

// What a Merger and a Path hold at most between two calls.
const (
	MergerBytes = keepSymbols * (2*8 + 4*4) // a heap that grew, and four lists
	PathBytes   = keepPath * (16 + 12)      // ends and spans
)
