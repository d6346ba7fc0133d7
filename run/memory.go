package run

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
)

// memoryItem is one line of what a plan takes.
type memoryItem struct {
	what  string
	bytes int64
}

// memoryNeed is what a plan takes at most. Passes that read sources and passes that
// write parts follow each other, so that their files are never open at once.
type memoryNeed struct {
	always           []memoryItem
	reading, writing openFiles
}

// openFiles is what the files of tasks take.
type openFiles struct {
	tasks int // at once, as many as the budget has room for, and one at least
	items []memoryItem
}

// baseMemory is what the bare program takes: its code and tables, the buffers of
// intermediate files.
const baseMemory = 64 << 20

// memoryNeed finds out what the opened parts hold, once.
func (pl *Plan) memoryNeed() *memoryNeed {
	pl.needed.Do(func() {
		need := &pl.need
		need.always = []memoryItem{{"program", baseMemory}, {"documents in flight", pl.flightBytes()}}
		for _, st := range pl.steps {
			if n := holds(st.Object, pl.Options.Workers); n > 0 {
				need.always = append(need.always, memoryItem{st.Name, n})
			}
		}
		room := pl.Options.Memory - sumMemory(need.always)
		need.reading = pl.fit(room, pl.readingNeed)
		need.writing = pl.fit(room, pl.writingNeed)
	})
	return &pl.need
}

// fit finds the most tasks at once whose files take no more than the room.
func (pl *Plan) fit(room int64, need func(tasks int) []memoryItem) openFiles {
	few, many := 1, pl.Options.Workers // few fit, as far as any do; more than many are not wanted
	for few < many {
		if n := (few + many + 1) / 2; sumMemory(need(n)) <= room {
			few = n
		} else {
			many = n - 1
		}
	}
	return openFiles{few, need(few)}
}

func (pl *Plan) readingNeed(tasks int) []memoryItem {
	items := []memoryItem{{"sorting", pl.sortBytes() * int64(pl.Options.Workers)}}
	var source memoryItem // each task reads one source
	for _, s := range pl.sources {
		if n := holds(s.src, tasks); n > source.bytes {
			source = memoryItem{"source " + s.Name, n}
		}
	}
	if source.bytes > 0 {
		items = append(items, source)
	}
	return append(items, memoryItem{"rejects", holds(pl.rejects, tasks)})
}

func (pl *Plan) writingNeed(tasks int) []memoryItem {
	var items []memoryItem
	for _, s := range pl.sinks {
		item := memoryItem{"sink " + cmp.Or(s.Name, s.Def.Name), holds(s.sink, tasks)}
		if len(s.by) > 0 { // one more while it writes what waited
			item.bytes = holds(s.sink, tasks*(partitionsOpenMax+1)) + int64(tasks)*2*spillBytes
		}
		items = append(items, item)
	}
	return append(items, memoryItem{"rejects", holds(pl.rejects, tasks)})
}

// tasksAtOnce is how many tasks of a pass run side by side.
func (pl *Plan) tasksAtOnce(kind plan.Kind) int {
	switch kind {
	case plan.Segment, plan.Calibrate:
		return pl.memoryNeed().reading.tasks
	case plan.Assemble:
		return pl.memoryNeed().writing.tasks
	}
	return pl.Options.Workers
}

// holds is what an opened part takes, 0 for one that does not say.
func holds(object any, workers int) int64 {
	if h, ok := object.(stage.Holder); ok {
		return h.HoldsBytes(workers)
	}
	return 0
}

func (n *memoryNeed) whileReading() int64 { return sumMemory(n.always) + sumMemory(n.reading.items) }
func (n *memoryNeed) whileWriting() int64 { return sumMemory(n.always) + sumMemory(n.writing.items) }

func sumMemory(items []memoryItem) (n int64) {
	for _, m := range items {
		n += m.bytes
	}
	return n
}

// mebibytes rounds up: what takes memory takes some.
func mebibytes(bytes int64) config.Bytes { return config.Bytes((bytes + 1<<20 - 1) >> 20 << 20) }

// flightBytes bounds the raw bytes and text of documents between reader and
// writer. A document costs about three times its bytes on the way.
func (pl *Plan) flightBytes() int64 { return pl.Options.Memory / 4 }

// sortBytes is what one sorter may hold.
func (pl *Plan) sortBytes() int64 { return pl.Options.Memory / 8 / int64(pl.Options.Workers) }

// CheckMemory refuses a plan that needs more than its budget.
func (pl *Plan) CheckMemory() error {
	n := pl.memoryNeed()
	if need := max(n.whileReading(), n.whileWriting()); need > pl.Options.Memory {
		return &config.Error{File: pl.File, Msg: fmt.Sprintf("the plan needs %s of memory and may use %s: fewer --workers, or more --memory", mebibytes(need), config.Bytes(pl.Options.Memory))}
	}
	return nil
}

// scratchFactor is how many bytes the stages of a pass take for each of the document at
// hand, of common text: a word has five bytes or more.
func scratchFactor(links []flow.Link) (most int64) {
	const bytes, words = 64 << 10, 64 << 10 / 5
	d := &corpus.Document{Text: strings.Repeat(" ", bytes), Raw: make([]byte, bytes), Media: format.MediaHTML}
	for _, l := range links {
		if t, ok := l.Step.Object.(stage.Taker); ok && l.Role != flow.Outcome {
			most = max(most, (t.TakesBytes(d, words)+bytes-1)/bytes)
		}
	}
	return most
}

// documentMost is about the largest document of common text that stages have memory for,
// and the --memory that is enough for all up to record_bytes_max.
func (pl *Plan) documentMost() (bytes, memory int64) {
	var links []flow.Link
	for _, st := range pl.steps {
		links = append(links, flow.Link{Step: st})
	}
	each := flow.LargeFactor(scratchFactor(links))
	room := pl.largeBytes()
	return room / each, pl.Options.Memory + pl.RecordBytesMax*each - room
}

// largeBytes is what a document may take that is alone: all that the plan needs for
// nothing else. Rejects wait as cells meanwhile, half of what they take at most.
func (pl *Plan) largeBytes() int64 {
	need := pl.memoryNeed()
	other := need.whileReading() - pl.flightBytes() - holds(pl.rejects, need.reading.tasks)/2
	return max(pl.Options.Memory-other, pl.flightBytes())
}
