package run

import (
	"fmt"

	"github.com/corpusmill/corpusmill/config"

	"github.com/corpusmill/corpusmill/stage"
)

type memoryItem struct {
	what  string
	bytes int64
}

// memoryNeed is the sum that check prints: what the program and its models take,
// what is in flight, and what sorts hold.
func (pl *Plan) memoryNeed() []memoryItem {
	items := []memoryItem{
		{"program and models", baseMemory},
		{"documents in flight", pl.flightBytes()},
		{"sorting", pl.sortBytes() * int64(pl.Options.Workers)},
		{"output row groups", int64(pl.Options.Workers) * writerMemory},
	}
	for _, st := range pl.steps {
		if h, ok := st.Object.(stage.Holder); ok {
			items = append(items, memoryItem{st.Name, h.HoldsBytes(pl.Options.Workers)})
		}
	}
	return items
}

const (
	baseMemory   = 192 << 20
	writerMemory = 64 << 20
)

func sumMemory(items []memoryItem) (n int64) {
	for _, m := range items {
		n += m.bytes
	}
	return n
}

// flightBytes bounds the raw bytes and text of documents between reader and
// writer. A document costs about three times its bytes on the way.
func (pl *Plan) flightBytes() int64 { return pl.Options.Memory / 4 }

// sortBytes is what one sorter may hold.
func (pl *Plan) sortBytes() int64 { return pl.Options.Memory / 8 / int64(pl.Options.Workers) }

// CheckMemory refuses a plan that needs more than its budget.
func (pl *Plan) CheckMemory() error {
	if need := sumMemory(pl.memoryNeed()); need > pl.Options.Memory {
		return &config.Error{File: pl.File, Msg: fmt.Sprintf("the plan needs %s of memory and may use %s: fewer --workers, or more --memory", config.Bytes(need>>20<<20), config.Bytes(pl.Options.Memory>>20<<20))}
	}
	return nil
}
