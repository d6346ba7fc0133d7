package plan

import (
	"fmt"
	"slices"
	"strconv"
)

// resolvedOp is the outcome of a grouping operator: of one resolve task, or of several that
// have some segments each.
type resolvedOp struct {
	pass  string
	heads *Heads
	edits map[int]outcome // by segment, of those that are not as they were
}

// outcome is what was decided of a segment, and by which task.
type outcome struct {
	task   int
	sha256 string
}

// edits are the outcomes of the cut before a section.
func (x *expansion) edits(section int) ([]resolvedOp, bool) {
	return x.resolved(x.g.Sections[section].Edits)
}

func (x *expansion) resolved(ops []int) (list []resolvedOp, ok bool) {
	for _, op := range ops {
		r := resolvedOp{pass: x.passOf(Resolve, op), edits: map[int]outcome{}}
		if r.heads, ok = x.commits.whole(r.pass); !ok {
			return nil, false
		}
		for i, h := range r.heads.All() {
			for _, e := range h.Edits {
				r.edits[e.Input] = outcome{i, e.SHA256}
			}
		}
		list = append(list, r)
	}
	return list, true
}

// of is the digest of what was decided of a segment, "" if it is as it was.
func (r *resolvedOp) of(segment int) string { return r.edits[segment].sha256 }

// digest is that of all edits: it does not tell how many tasks wrote them.
func (r *resolvedOp) digest() string {
	var parts []string
	for _, h := range r.heads.All() { // tasks and their edits are in the order of segments
		for _, e := range h.Edits {
			parts = append(parts, strconv.Itoa(e.Input), e.SHA256)
		}
	}
	return Digest(parts...)
}

// resolvedInput names the tasks that decided of segments from..to-1: one at least, so that
// who reads them finds each operator of a cut.
func (x *expansion) resolvedInput(r *resolvedOp, from, to int) Input {
	if r.heads.Len() == 1 {
		return x.all(r.pass)
	}
	first, last := -1, 0
	for i := from; i < to; i++ {
		if o, ok := r.edits[i]; ok {
			if first < 0 {
				first = o.task
			}
			last = o.task
		}
	}
	return x.input(r.pass, max(first, 0), max(last+1, 1))
}

// firstBytes is how many ranges of keys a segment's own file tells apart.
const firstBytes = 256

// groupTasks is how many tasks group so many keys: a power of two of equal ranges.
func (s Scale) groupTasks(keys int64) int {
	n := 1
	for keys/int64(n) > s.Keys {
		n *= 2
	}
	return n
}

// merges reports whether keys are merged in bundles of segments before they are grouped:
// where a task would read too many files, smaller ranges than these have, or sketches here and
// there. It hangs on the segments alone, so that all processes agree.
func (x *expansion) merges(segments *Heads) bool {
	column, scale := slices.Index(x.g.Sections[x.pass.Section].Cut, x.pass.Op), x.g.Scale
	if segments.Len() > scale.Segments || scale.groupTasks(keysOf(segments, column)) > firstBytes {
		return true
	}
	var documents int64
	for _, h := range segments.All() {
		documents += h.Documents
	}
	return documents*int64(x.g.Ops[x.pass.Op].Sketch) > scale.Sketches
}

func keysOf(heads *Heads, column int) (n int64) {
	for _, h := range heads.All() {
		n += h.Keys[column]
	}
	return n
}

// merge gives a task a bundle of segments. Its key and label are of these alone, wherever
// they stand in the plan.
func (x *expansion) merge() ([]Task, bool) {
	pass := x.g.segments(x.pass.Section + 1)
	segments, ok := x.commits.whole(pass)
	if !ok {
		return nil, false
	}
	if !x.merges(segments) {
		return nil, true
	}
	op := x.g.Ops[x.pass.Op]
	sec := x.g.Sections[x.pass.Section]
	column := slices.Index(sec.Cut, x.pass.Op)
	earlier, ok := x.resolved(sec.Cut[:column])
	if !ok {
		return nil, false
	}
	var tasks []Task
	for i, b := range x.bundles(segments) {
		inputs := []Input{x.input(pass, b.from, b.to)}
		var key []string
		for _, h := range segments.Range(b.from, b.to) {
			key = append(key, h.KeyDigests[column])
		}
		for _, r := range earlier { // what is dropped is not merged
			inputs = append(inputs, x.resolvedInput(&r, b.from, b.to))
			for s := b.from; s < b.to; s++ {
				key = append(key, r.of(s))
			}
		}
		tasks = append(tasks, x.task(i, op.Name+" "+segments.At(b.from).Label+" and following", inputs, Work{}, Digest(key...)))
	}
	return tasks, true
}

// cut is what the passes of a cut read: its segments, and what its earlier operators
// decided of them.
func (x *expansion) cut() (inputs []Input, segments *Heads, key []string, ok bool) {
	sec := x.g.Sections[x.pass.Section]
	pass := x.g.segments(x.pass.Section + 1)
	segments, ok = x.commits.whole(pass)
	earlier, ok2 := x.resolved(sec.Cut[:slices.Index(sec.Cut, x.pass.Op)])
	if !ok || !ok2 {
		return nil, nil, nil, false
	}
	inputs = []Input{x.all(pass)}
	key = []string{x.g.Ops[x.pass.Op].Digest}
	for _, r := range earlier {
		inputs = append(inputs, x.all(r.pass))
		key = append(key, r.digest())
	}
	column := slices.Index(sec.Cut, x.pass.Op)
	for _, h := range segments.All() {
		key = append(key, h.KeyDigests[column])
	}
	return inputs, segments, key, true
}

func (x *expansion) group() ([]Task, bool) {
	op := x.g.Ops[x.pass.Op]
	inputs, segments, key, ok := x.cut()
	merged := x.passOf(Merge, x.pass.Op)
	runs, ok2 := x.commits.whole(merged)
	if !ok || !ok2 {
		return nil, false
	}
	n := x.g.Scale.groupTasks(keysOf(segments, slices.Index(x.g.Sections[x.pass.Section].Cut, x.pass.Op)))
	if runs.Len() > 0 {
		n = x.g.Scale.groupTasks(keysOf(runs, 0))
		inputs, key = []Input{x.all(merged)}, []string{op.Digest}
		for _, h := range runs.All() { // rows are numbered by the segments of the plan
			key = append(key, h.Content, strconv.Itoa(h.Segments))
		}
	}
	all := Digest(key...)
	tasks := make([]Task, n)
	for i := range n {
		tasks[i] = x.task(i, numbered(op.Name, i, n), inputs, Work{Share: &Share{i, n}}, all)
	}
	return tasks, true
}

// contents are those of a pass that is whole.
func (x *expansion) contents(pass string) (list []string, ok bool) {
	heads, ok := x.commits.whole(pass)
	return contentsOf(heads), ok
}

// weigh gives a task a segment, in large runs several: what it reads of these is the index,
// and the documents where the operator verifies.
func (x *expansion) weigh() ([]Task, bool) {
	sec := x.g.Sections[x.pass.Section]
	op := x.g.Ops[x.pass.Op]
	pass, grouped := x.g.segments(x.pass.Section+1), x.passOf(Group, x.pass.Op)
	segments, ok := x.commits.whole(pass)
	groups, ok2 := x.contents(grouped)
	if !ok || !ok2 {
		return nil, false
	}
	all := Digest(append([]string{op.Digest}, groups...)...)
	column := slices.Index(sec.Cut, x.pass.Op)
	scale := x.g.Scale
	if !x.merges(segments) {
		scale.Spread = segments.Len()
	}
	var tasks []Task
	for i, b := range scale.spread(segments, op.Verifies) {
		key := []string{all}
		for _, h := range segments.Range(b.from, b.to) {
			key = append(key, h.KeyDigests[column])
			if op.Verifies {
				key = append(key, h.Content)
			}
		}
		label := segments.At(b.from).Label
		if b.to > b.from+1 {
			label += " and following"
		}
		tasks = append(tasks, x.task(i, label, []Input{x.input(pass, b.from, b.to), x.all(grouped)}, Work{}, key...))
	}
	return tasks, true
}

// elect gives a task for each of the group pass, with the same range of keys.
func (x *expansion) elect() ([]Task, bool) {
	op := x.g.Ops[x.pass.Op]
	pass := x.passOf(Weigh, x.pass.Op)
	weighed, ok := x.contents(pass)
	groups, ok2 := x.commits.whole(x.passOf(Group, x.pass.Op))
	if !ok || !ok2 {
		return nil, false
	}
	all := Digest(append([]string{op.Digest}, weighed...)...)
	var tasks []Task
	for i, h := range groups.All() {
		tasks = append(tasks, x.task(i, h.Label, []Input{x.all(pass)}, Work{}, all))
	}
	return tasks, true
}

// decided are the tasks that say what is resolved: edges between documents, or units that
// are cut.
func (x *expansion) decided() (pass string, heads *Heads, ok bool) {
	kind := Group
	if x.g.Ops[x.pass.Op].elects() {
		kind = Elect
	}
	pass = x.passOf(kind, x.pass.Op)
	heads, ok = x.commits.whole(pass)
	return pass, heads, ok
}

// edges counts the edges between documents that are resolved, and reports whether these are
// too many for one task.
func (x *expansion) edges(decided *Heads) (n int64, many bool) {
	if x.g.Ops[x.pass.Op].Units {
		return 0, false
	}
	n = keysOf(decided, 0)
	return n, n > x.g.Scale.Edges
}

// components gives a task where the edges are too many to be resolved by one in memory.
func (x *expansion) components() ([]Task, bool) {
	segments := x.g.segments(x.pass.Section + 1)
	pass, decided, ok := x.decided()
	if _, ok2 := x.commits.whole(segments); !ok || !ok2 {
		return nil, false
	}
	if _, many := x.edges(decided); !many {
		return nil, true
	}
	return []Task{x.task(0, x.g.Ops[x.pass.Op].Name, []Input{x.all(segments), x.all(pass)}, Work{}, contentsOf(decided)...)}, true
}

// ofSegments spreads the segments over tasks, which read some of these and all of other
// passes.
func (x *expansion) ofSegments(w Work, others []string, key ...string) ([]Task, bool) {
	pass := x.g.segments(x.pass.Section + 1)
	segments, ok := x.commits.whole(pass)
	sec := x.g.Sections[x.pass.Section]
	earlier, ok2 := x.resolved(sec.Cut[:slices.Index(sec.Cut, x.pass.Op)])
	if !ok || !ok2 {
		return nil, false
	}
	column := slices.Index(sec.Cut, x.pass.Op)
	for _, other := range others {
		contents, ok := x.contents(other)
		if !ok {
			return nil, false
		}
		key = append(key, contents...)
	}
	var tasks []Task
	shared, all := Digest(key...), x.g.Scale.spread(segments, false)
	for i, b := range all {
		inputs := []Input{x.input(pass, b.from, b.to)}
		own := []string{shared, strconv.Itoa(b.from)} // rows are numbered by the segments of the plan
		for _, h := range segments.Range(b.from, b.to) {
			own = append(own, h.KeyDigests[column])
		}
		for _, r := range earlier {
			inputs = append(inputs, x.resolvedInput(&r, b.from, b.to))
			for s := b.from; s < b.to; s++ {
				own = append(own, r.of(s))
			}
		}
		for _, other := range others {
			inputs = append(inputs, x.all(other))
		}
		tasks = append(tasks, x.task(i, numbered(x.g.Ops[x.pass.Op].Name, i, len(all)), inputs, w, own...))
	}
	return tasks, true
}

// bundles are those of the segments of the cut.
func (x *expansion) bundles(segments *Heads) []bundle {
	column := slices.Index(x.g.Sections[x.pass.Section].Cut, x.pass.Op)
	row := keyBytes + int64(x.g.Ops[x.pass.Op].Sketch)
	return x.g.Scale.bundles(segments, func(h *Head) int64 { return h.Keys[column] * row })
}

// numbered is the label of one of the tasks of an operator; see [Head.Operator].
func numbered(op string, i, n int) string { return fmt.Sprintf("%s %d/%d", op, i+1, n) }

func contentsOf(heads *Heads) (list []string) {
	for _, h := range heads.All() {
		list = append(list, h.Content)
	}
	return list
}

// chooseTasks is how many tasks choose survivors.
func (x *expansion) chooseTasks(edges int64) int {
	return int(max((edges+x.g.Scale.Choose-1)/x.g.Scale.Choose, 1))
}

// nominate gives a task some segments: it says what the components of their documents have in
// them.
func (x *expansion) nominate() ([]Task, bool) {
	_, decided, ok := x.decided()
	pass := x.passOf(Components, x.pass.Op)
	if _, ok2 := x.commits.whole(pass); !ok || !ok2 {
		return nil, false
	}
	edges, many := x.edges(decided)
	if !many {
		return nil, true
	}
	n := x.chooseTasks(edges)
	return x.ofSegments(Work{Slices: n}, []string{pass}, x.g.Ops[x.pass.Op].Digest, strconv.Itoa(n))
}

// choose gives the tasks that choose the survivors of components.
func (x *expansion) choose() ([]Task, bool) {
	_, decided, ok := x.decided()
	op := x.g.Ops[x.pass.Op]
	pass := x.passOf(Nominate, x.pass.Op)
	nominated, ok2 := x.contents(pass)
	if !ok || !ok2 {
		return nil, false
	}
	edges, many := x.edges(decided)
	if !many {
		return nil, true
	}
	all := Digest(append([]string{op.Digest}, nominated...)...)
	var tasks []Task
	n := x.chooseTasks(edges)
	for i := range n {
		tasks = append(tasks, x.task(i, numbered(op.Name, i, n), []Input{x.all(pass)}, Work{}, all))
	}
	return tasks, true
}

func (x *expansion) resolve() ([]Task, bool) {
	inputs, segments, key, ok := x.cut()
	pass, decided, ok2 := x.decided()
	if !ok || !ok2 {
		return nil, false
	}
	op := x.g.Ops[x.pass.Op]
	if _, many := x.edges(decided); many {
		return x.ofSegments(Work{}, []string{x.passOf(Components, x.pass.Op), x.passOf(Choose, x.pass.Op)}, op.Digest)
	}
	if op.Units && x.merges(segments) {
		return x.ofSegments(Work{}, []string{pass}, op.Digest)
	}
	return []Task{x.task(0, op.Name, append(inputs, x.all(pass)), Work{}, append(key, contentsOf(decided)...)...)}, true
}
