package run

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/store"
)

// Describe writes the plan for people: passes, cuts, columns, memory.
func (pl *Plan) Describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pipeline %s, seed %d\n", pl.Name, pl.Seed)
	for _, s := range pl.sources {
		fmt.Fprintf(&b, "source   %s (%s)\n", s.Name, s.Def.Name)
	}
	for _, err := range pl.unseen {
		fmt.Fprintf(&b, "note     its columns are not known: %v\n", err)
	}
	for _, note := range pl.notes {
		fmt.Fprintf(&b, "note     %s\n", note)
	}
	for _, s := range pl.sinks {
		if s.Name == "" && s.Where == "" && len(s.by) == 0 && len(s.shapes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "sink     %s (%s)", cmp.Or(s.Name, s.Def.Name), s.Def.Name)
		if s.Where != "" {
			fmt.Fprintf(&b, " where %s", s.Where)
		}
		if len(s.by) > 0 {
			fmt.Fprintf(&b, " by %s", strings.Join(s.PartitionBy, ", "))
		}
		between := " with "
		for _, name := range s.renamed() {
			fmt.Fprintf(&b, "%s%s as %s", between, name, s.Rename[name])
			between = ", "
		}
		if dropped := s.dropped(); len(dropped) > 0 {
			fmt.Fprintf(&b, " without %s", strings.Join(dropped, ", "))
		}
		b.WriteByte('\n')
	}
	n := 0
	for _, pass := range pl.Graph.Passes {
		if pass.Optional() {
			continue
		}
		fmt.Fprintf(&b, "pass %d   %-9s", n, pass.Kind)
		n++
		sec := pl.Sections[pass.Section]
		switch {
		case pass.Op >= 0:
			b.WriteString(" " + pl.steps[pass.Op].Name)
			if within := pl.steps[pass.Op].Within; len(within) > 0 {
				b.WriteString(" within " + strings.Join(within, ", "))
			}
		case pass.Kind != plan.List:
			if names := stepNames(sec.Steps, nil); names != "" {
				b.WriteString(" " + names)
			}
			if c := pl.Graph.Sections[pass.Section].Checkpoint; c >= 0 {
				b.WriteString(" | " + pl.steps[c].Name)
			}
		}
		b.WriteByte('\n')
	}
	cuts := 0
	for _, sec := range pl.Sections {
		cuts += min(len(sec.Cut), 1)
	}
	if cuts > 1 {
		fmt.Fprintf(&b, "note     %d cuts: a stage that changes texts stands between grouping stages; side by side they would share one\n", cuts)
	}
	for i, sec := range pl.Graph.Sections[:len(pl.Graph.Sections)-1] {
		if next := pl.Sections[i+1]; sec.Checkpoint >= 0 && len(next.Steps)+len(next.Cut) == 0 {
			fmt.Fprintf(&b, "note     nothing stands behind %s: what it stores saves no work\n", pl.steps[sec.Checkpoint].Name)
		}
	}
	fmt.Fprintf(&b, "columns  %s\n", strings.Join(corpus.PartSchema(pl.Input, pl.Signals).Names(), " "))
	need := pl.memoryNeed()
	list := func(label string, items []memoryItem) {
		for _, m := range items {
			if m.bytes > 0 {
				fmt.Fprintf(&b, "memory   %-28s %s\n", label+m.what, mebibytes(m.bytes))
			}
		}
	}
	list("", need.always)
	list("reading: ", need.reading.items)
	list("writing: ", need.writing.items)
	sum := func(what string, bytes int64, f openFiles) {
		fmt.Fprintf(&b, "memory   %-28s %s of %s", "sum while "+what, mebibytes(bytes), config.Bytes(pl.Options.Memory>>20<<20))
		if f.tasks < pl.Options.Workers {
			fmt.Fprintf(&b, ", tasks at once: %d", f.tasks)
		}
		b.WriteByte('\n')
	}
	sum("reading", need.whileReading(), need.reading)
	sum("writing parts", need.whileWriting(), need.writing)
	if most, all := pl.documentMost(); most < pl.RecordBytesMax {
		fmt.Fprintf(&b, "note     a document of more than about %s stops the run here: the stages have no memory for it. %s is enough for record_bytes_max, or lower that\n", mebibytes(most), mebibytes(all))
	}
	return pl.Pipeline.secrets.conceal(b.String())
}

// Access lists the input and tries to write to the run folder: what can fail
// before the first document fails here.
func (pl *Plan) Access(ctx context.Context) (lines []string, err error) {
	defer func() { err = pl.Pipeline.secrets.err(err) }()
	var all []plan.Shard
	for _, src := range pl.sources {
		shards, err := pl.shards(ctx, src)
		if err != nil {
			return lines, err
		}
		var bytes int64
		for _, s := range shards {
			bytes += max(s.Size, 0)
		}
		line := fmt.Sprintf("access   source %s: %d shards, %s", src.Name, len(shards), config.Bytes(bytes).Human())
		if n := len(pl.Graph.Units(listedAll(shards))); n != len(shards) {
			line += fmt.Sprintf(", read by %d tasks", n)
		}
		lines = append(lines, line)
		all = append(all, listedAll(shards)...)
	}
	if err := store.Probe(ctx, pl.ledger.Store); err != nil {
		return lines, fmt.Errorf("run folder: %w", err)
	}
	lines = append(lines, pl.requests(all)...)
	stored, err := pl.checkpointBytes(ctx)
	lines = append(lines, stored...)
	if err != nil {
		return lines, err
	}
	return append(lines, "access   run folder "+pl.ledger.Store.String()+": can be written, commits are atomic"), nil
}

// guessed is what a forecast takes for input that nobody has read yet.
var guessed = plan.Guess{DocumentBytes: 8 << 10, Edges: 0.1, Keys: func(op plan.Op) int64 {
	switch {
	case op.Units:
		return 32
	case op.Sketch > 0:
		return 16
	}
	return 1
}}

// requests says what each pass asks of the store that the run folder is in.
func (pl *Plan) requests(shards []plan.Shard) (lines []string) {
	costs := pl.Graph.Forecast(shards, guessed)
	sum := plan.Cost{Pass: "all passes"}
	for _, c := range costs {
		sum.Tasks, sum.Reads, sum.Writes = sum.Tasks+c.Tasks, sum.Reads+c.Reads, sum.Writes+c.Writes
	}
	for _, c := range append(costs, sum) {
		lines = append(lines, fmt.Sprintf("requests %-24s %d tasks, at most %d reads and %d writes", c.Pass, c.Tasks, c.Reads, c.Writes))
	}
	return append(lines, fmt.Sprintf("requests are of files between passes and of commits, at a document in %s of input", config.Bytes(guessed.DocumentBytes)))
}

// checkpointBytes says what each checkpoint costs: what the run folder has of it, from
// this plan or another, since nothing else knows how much the stages before it leave.
func (pl *Plan) checkpointBytes(ctx context.Context) (lines []string, err error) {
	for _, pass := range pl.Graph.Passes {
		c := pl.Graph.Sections[pass.Section].Checkpoint
		if c < 0 || pass.Kind != plan.Segment {
			continue
		}
		var bytes, documents int64
		for id, err := range pl.ledger.Committed(ctx, pass.Name) {
			if err != nil {
				return lines, err
			}
			commit, err := pl.ledger.Find(ctx, id.Pass, id.Key)
			if err != nil {
				return lines, err
			}
			if commit == nil {
				continue
			}
			documents += commit.Documents
			for _, f := range commit.Files {
				if f.Intermediate() {
					bytes += f.Bytes
				}
			}
		}
		line := fmt.Sprintf("stores    %s: every document that reaches it, compressed; try --limit 1000 first and ask again", pl.steps[c].Name)
		if documents > 0 {
			line = fmt.Sprintf("stores    %s: %s for %d documents so far, %d bytes each", pl.steps[c].Name, config.Bytes(bytes).Human(), documents, bytes/documents)
		}
		lines = append(lines, line)
	}
	return lines, nil
}
