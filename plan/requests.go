package plan

import (
	"fmt"
	"slices"
)

// Cost is what a pass asks of the store that the run folder is in. It counts the files that
// lie between passes and the commits; parts, rejects, statistics and the input come on top.
type Cost struct {
	Pass  string
	Tasks int
	// Reads are ranges of files that are read, at most.
	Reads int64
	// Writes are files and commits.
	Writes int64
}

// Requests for one file: its tables, which lie at its end, and what is read of it. The tables
// of slices may need a read more, and the list of slices another.
const (
	fileReads  = 2
	sliceReads = 4
)

// Cost counts the requests of the tasks that Expand gives for a pass with these commits. Sketches
// that a group task finds in the files of segments are not bounded by the plan: it counts a
// read for each block of these, as if each were needed once.
func (g *Graph) Cost(pass Pass, commits Commits) (Cost, error) {
	tasks, whole := g.Expand(pass, commits)
	if !whole {
		return Cost{}, fmt.Errorf("the tasks of %s hang on passes that are not done", pass.Name)
	}
	return g.cost(pass, tasks, commits), nil
}

func (g *Graph) cost(pass Pass, tasks []Task, commits Commits) Cost {
	c := Cost{Pass: pass.Name, Tasks: len(tasks)}
	for _, t := range tasks {
		c.Reads += g.reads(pass, t, commits)
		c.Writes += g.writes(pass) + 1
	}
	return c
}

// sketchRows is how many sketches a block has.
const sketchRows = 512

// reads are those of one task.
func (g *Graph) reads(pass Pass, t Task, commits Commits) int64 {
	n := map[Kind]int64{} // inputs
	for _, in := range t.Inputs {
		n[g.Pass(in.Pass).Kind] += int64(in.To - in.From)
	}
	segments := n[Segment]
	edits := segments * int64(g.resolved(t)) // of each segment one task has the edits of an operator
	switch pass.Kind {
	case Segment, Calibrate, Assemble:
		return segments*fileReads + edits
	case Settle:
		return n[Calibrate] * fileReads
	case Merge:
		return segments*fileReads*g.keyFiles(pass.Op) + edits
	case Group:
		reads := n[Merge]*fileReads + segments*fileReads*g.keyFiles(pass.Op) + edits
		if segments > 0 && g.Ops[pass.Op].Sketch > 0 {
			for _, h := range commits[g.segments(pass.Section+1)].Heads.All() {
				reads += (h.Documents + sketchRows - 1) / sketchRows
			}
		}
		return reads
	case Weigh:
		files := int64(1) // the index
		if g.Ops[pass.Op].Verifies {
			files = 2
		}
		return n[Group]*sliceReads + segments*files*fileReads
	case Elect:
		return n[Weigh] * sliceReads
	case Components:
		return (n[Group] + n[Elect]) * fileReads
	case Nominate:
		return sliceReads + segments*fileReads + edits
	case Choose:
		return n[Nominate] * sliceReads
	case Resolve:
		if n[Components] > 0 {
			return sliceReads + n[Choose]*sliceReads
		}
		if g.Ops[pass.Op].Units {
			return n[Elect] * sliceReads
		}
		return (n[Group]+n[Elect])*fileReads + segments*fileReads + edits
	}
	return 0
}

// resolved is how many operators a task reads the outcome of.
func (g *Graph) resolved(t Task) int {
	passes := map[string]bool{}
	for _, in := range t.Inputs {
		if g.Pass(in.Pass).Kind == Resolve {
			passes[in.Pass] = true
		}
	}
	return len(passes)
}

// keyFiles is how many files a segment has of what an operator groups by.
func (g *Graph) keyFiles(op int) int64 {
	if g.Ops[op].Sketch > 0 {
		return 2
	}
	return 1
}

// writes are the files that a task of a pass leaves for later ones.
func (g *Graph) writes(pass Pass) int64 {
	switch pass.Kind {
	case List, Settle, Assemble:
		return 0
	case Segment:
		n := int64(2) // documents and index
		for _, op := range g.Sections[pass.Section].Cut {
			n += g.keyFiles(op)
		}
		return n
	}
	return 1
}

// Guess says what is not known of a run before it has begun.
type Guess struct {
	// DocumentBytes is how many stored bytes of the input make a document.
	DocumentBytes int64
	// Keys is how many keys a document gives to an operator.
	Keys func(Op) int64
	// Edges is how many edges or candidates there are for each key.
	Edges float64
}

// Forecast is the cost of each pass of a run over these shards, none of which is done: it
// runs the plan with heads that a guess fills in.
func (g *Graph) Forecast(shards []Shard, guess Guess) (costs []Cost) {
	commits := Commits{}
	for _, pass := range g.Passes {
		tasks, _ := g.Expand(pass, commits)
		if len(tasks) > 0 {
			costs = append(costs, g.cost(pass, tasks, commits))
		}
		m := imagined{g: g, pass: pass, tasks: int64(len(tasks)), commits: commits, guess: guess}
		m.keys, m.segments = g.keysOfCut(pass, commits)
		var heads []*Head
		done := &Committed{}
		for _, t := range tasks {
			h := m.head(t)
			if pass.Kind == List {
				h.Shards = shards
			}
			done.Keys, heads = append(done.Keys, t.Key), append(heads, h)
		}
		done.Heads = HeadsOf(heads...)
		commits[pass.Name] = done
	}
	return costs
}

// keysOfCut counts the keys of an operator in the segments of its cut, and these.
func (g *Graph) keysOfCut(pass Pass, commits Commits) (keys, segments int64) {
	if pass.Op < 0 {
		return 0, 0
	}
	column := slices.Index(g.Sections[pass.Section].Cut, pass.Op)
	c := commits[g.segments(pass.Section+1)]
	if column < 0 || c == nil {
		return 0, 0
	}
	return keysOf(c.Heads, column), int64(c.Heads.Len())
}

// imagined gives heads that the tasks of a pass may leave.
type imagined struct {
	g              *Graph
	pass           Pass
	tasks          int64
	commits        Commits
	guess          Guess
	keys, segments int64 // of the operator in its cut
}

func (m *imagined) head(t Task) *Head {
	h := &Head{Pass: t.Pass, Kind: t.Kind, Key: t.Key, Label: t.Label, Content: t.Key}
	switch m.pass.Kind {
	case Segment:
		m.segment(t, h)
	case Merge:
		h.Segments = t.Inputs[0].To - t.Inputs[0].From
		h.Keys = []int64{m.keys * int64(h.Segments) / m.segments}
	case Group, Elect, Weigh, Components, Nominate, Choose:
		h.Keys = []int64{int64(float64(m.keys) * m.guess.Edges / float64(m.tasks))}
	case Resolve:
		for i := t.Inputs[0].From; i < t.Inputs[0].To; i++ { // the segments
			h.Edits = append(h.Edits, Edit{Input: i, SHA256: t.Key})
		}
	}
	return h
}

func (m *imagined) segment(t Task, h *Head) {
	for _, in := range t.Inputs {
		if m.g.Pass(in.Pass).Kind == Segment {
			for _, before := range m.commits[in.Pass].Heads.Range(in.From, in.To) {
				h.Documents, h.TextBytes = h.Documents+before.Documents, h.TextBytes+before.TextBytes
			}
		}
	}
	for _, s := range t.Work.Shards {
		h.Documents += max(s.stored()/m.guess.DocumentBytes, 1)
		h.TextBytes += s.stored()
	}
	for _, op := range m.g.Sections[m.pass.Section].Cut {
		h.Keys, h.KeyDigests = append(h.Keys, h.Documents*m.guess.Keys(m.g.Ops[op])), append(h.KeyDigests, t.Key)
	}
}
