package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/zeebo/xxh3"
)

// Task is one unit of work: it reads what its inputs name and gives one commit. Any
// process that has the run folder can run it from its JSON.
type Task struct {
	Kind   Kind    `json:"kind"`
	Key    string  `json:"key"`
	Pass   string  `json:"pass"`
	Label  string  `json:"label"`
	Number int     `json:"number"` // in its pass
	Inputs []Input `json:"inputs"`
	Work   Work    `json:"spec"`
}

// Input names commits of an earlier pass: a range of a list that holds their keys, so
// that a plan of n tasks over n inputs stays as long as n.
type Input struct {
	Pass string `json:"pass"`
	List string `json:"list"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

// Work is what a task does with its inputs, as far as its pass leaves it open.
type Work struct {
	Shards []Shard `json:"shards,omitempty"` // that it reads, in place of a segment: files of one source
	After  string  `json:"after,omitempty"`  // key of the task that reads the range before its own, if it has to know
	Rate   float64 `json:"rate,omitempty"`   // share of the documents that a calibrate task looks at
	Whole  bool    `json:"whole,omitempty"`  // a settle task sees all documents
	Scale  float64 `json:"scale,omitempty"`  // documents of the input for each that a settle task with a budget sees
	// Parts are the keys that stand in the names of an assemble task's parts, by sink.
	Parts  map[string]string `json:"parts,omitempty"`
	Share  *Share            `json:"share,omitempty"`  // the keys of a group task
	Slices int               `json:"slices,omitempty"` // how many tasks read what a nominate task gives
}

// Share is a range of keys: the Number-th of so many equal ones, a power of two.
type Share struct {
	Number int `json:"number"` // from 0
	Of     int `json:"of"`
}

// Keys is the list that inputs name: the keys of a pass in the order of its tasks.
type Keys struct {
	Pass string   `json:"pass"`
	Keys []string `json:"keys"`
}

// Digest is the list's name.
func (k Keys) Digest() string { return DigestOf(k) }

// Expand gives the tasks of a pass that the commits so far allow, and whether these
// are all of its tasks. More commits never change a task that it gave.
func (g *Graph) Expand(pass Pass, commits Commits) (tasks []Task, whole bool) {
	x := &expansion{g: g, pass: pass, commits: commits, lists: map[string]string{}}
	switch pass.Kind {
	case List:
		return x.list()
	case Calibrate:
		return x.calibrate()
	case Settle:
		return x.settle()
	case Segment:
		return x.segment()
	case Merge:
		return x.merge()
	case Group:
		return x.group()
	case Weigh:
		return x.weigh()
	case Elect:
		return x.elect()
	case Components:
		return x.components()
	case Nominate:
		return x.nominate()
	case Choose:
		return x.choose()
	case Resolve:
		return x.resolve()
	case Assemble:
		return x.assemble()
	}
	return nil, false
}

// expansion is one call of Expand.
type expansion struct {
	g       *Graph
	pass    Pass
	commits Commits
	lists   map[string]string // digests by pass
}

func (x *expansion) task(number int, label string, inputs []Input, w Work, key ...string) Task {
	p := x.pass
	if inputs == nil {
		inputs = []Input{}
	}
	return Task{Kind: p.Kind, Key: x.key(label, key), Pass: p.Name, Label: label, Number: number, Inputs: inputs, Work: w}
}

func (x *expansion) key(label string, key []string) string {
	return Digest(append([]string{string(x.pass.Kind), x.g.Seed, label}, key...)...)
}

// input names heads from..to-1 of a pass that is whole.
func (x *expansion) input(pass string, from, to int) Input {
	digest, ok := x.lists[pass]
	if !ok {
		digest = Keys{pass, x.commits[pass].Keys}.Digest()
		x.lists[pass] = digest
	}
	return Input{pass, digest, from, to}
}

func (x *expansion) all(pass string) Input { return x.input(pass, 0, len(x.commits[pass].Keys)) }

// passOf is the name of the pass of a kind that is for an operator.
func (x *expansion) passOf(kind Kind, op int) string {
	p := x.g.PassOf(kind, op)
	if p == nil {
		panic(fmt.Sprintf("plan: no %s pass for operator %d", kind, op)) // New made one for each that Expand asks for
	}
	return p.Name
}

func (x *expansion) list() ([]Task, bool) {
	var key []string
	for _, s := range x.g.Sources {
		key = append(key, s.Name, s.Digest)
	}
	return []Task{x.task(0, "input", nil, Work{}, key...)}, true
}

// origin is one thing that a section reads: a pack of shards or a segment with its edits.
type origin struct {
	number int
	label  string
	digest string // of all that it gives
	bytes  int64
	inputs []Input
	shards []Shard
}

// origins are what a section reads, as far as it is there, and whether it is all.
func (x *expansion) origins(section int) (all []origin, whole bool) {
	if section == 0 {
		return x.packs()
	}
	pass := x.g.segments(section)
	segments := x.commits[pass]
	edits, ok := x.edits(section)
	if segments == nil || !ok {
		return nil, false
	}
	whole = true
	for i, h := range segments.Heads.All() {
		if h == nil {
			whole = false
			continue
		}
		key := []string{h.Content}
		inputs := []Input{x.input(pass, i, i+1)}
		for _, e := range edits {
			key = append(key, e.of(i))
			inputs = append(inputs, x.resolvedInput(&e, i, i+1))
		}
		all = append(all, origin{number: i, label: h.Label, digest: Digest(key...), bytes: h.TextBytes, inputs: inputs})
	}
	return all, whole
}

func (x *expansion) packs() ([]origin, bool) {
	units, ok := x.units()
	if !ok {
		return nil, false
	}
	sources := x.sources()
	var all []origin
	for i, pack := range units {
		o := origin{number: i, label: packLabel(pack), shards: pack, digest: x.g.packDigest(sources, pack)}
		for _, s := range pack {
			o.bytes += s.stored()
		}
		all = append(all, o)
	}
	return all, true
}

// units are what the tasks read of the input.
func (x *expansion) units() ([][]Shard, bool) {
	heads, ok := x.commits.whole(x.passOf(List, -1))
	if !ok {
		return nil, false
	}
	return x.g.units(heads.At(0).Shards, x.pass.Kind == Segment), true
}

// sources are the digests of sources, by name.
func (x *expansion) sources() map[string]string {
	sources := map[string]string{}
	for _, s := range x.g.Sources {
		sources[s.Name] = s.Digest
	}
	return sources
}

// packDigest is of all that a pack of shards gives, read by sources of these digests.
func (g *Graph) packDigest(sources map[string]string, pack []Shard) string {
	key := []string{g.Reading, sources[pack[0].Source], pack[0].Source}
	for _, s := range pack {
		key = append(key, s.Name, strconv.FormatInt(s.Size, 10), s.Stamp, s.SHA256)
		if s.Aside {
			key = append(key, "aside")
		}
	}
	if s := pack[0]; s.To > 0 {
		key = append(key, "bytes", strconv.FormatInt(s.From, 10), strconv.FormatInt(s.To, 10))
	}
	return Digest(key...)
}

// follows reports whether a pack is a range that begins where another ends.
func (g *Graph) follows(pack, before []Shard) bool {
	if len(pack) != 1 || len(before) != 1 || pack[0].From == 0 {
		return false
	}
	i := slices.IndexFunc(g.Sources, func(s Source) bool { return s.Name == pack[0].Source })
	return i >= 0 && g.Sources[i].InOrder
}

// through is the part of a key that operators give, with the limits that were settled
// for them; and these limits' inputs.
func (x *expansion) through(sec Section, ops []int) (key []string, inputs []Input, ok bool) {
	for _, op := range sec.Edits {
		key = append(key, "edits of "+x.g.Ops[op].Name)
		if x.g.Ops[op].Units { // what is cut where and what is left of a document it says itself
			key = append(key, x.g.Ops[op].Digest)
		}
	}
	for _, i := range ops {
		op := x.g.Ops[i]
		key = append(key, op.key()...)
		if !op.Settles {
			continue
		}
		pass := x.passOf(Settle, i)
		heads, ok := x.commits.whole(pass)
		if !ok {
			return nil, nil, false
		}
		key = append(key, "settled "+heads.At(0).Content)
		inputs = append(inputs, x.all(pass))
	}
	return key, inputs, true
}

func (x *expansion) calibrate() ([]Task, bool) {
	sec := x.g.Sections[x.pass.Section]
	all, ok := x.origins(x.pass.Section)
	key, settled, ok2 := x.through(sec, x.g.Before(x.pass.Op))
	if !ok || !ok2 {
		return nil, false
	}
	chosen, rate := x.g.draw(all)
	op := x.g.Ops[x.pass.Op]
	key = append(append(key, op.key()[1:]...), strconv.FormatFloat(rate, 'g', -1, 64))
	if op.Fits { // nothing behind it settles
		behind, _, _ := x.through(Section{}, x.g.Sampled(x.pass.Op)[len(x.g.Before(x.pass.Op))+1:])
		key = append(append(key, "behind"), behind...)
	}
	var tasks []Task
	for i, o := range chosen {
		tasks = append(tasks, x.task(i, o.label, slices.Concat(o.inputs, settled), Work{Shards: o.shards, Rate: rate}, append(slices.Clone(key), o.digest)...))
	}
	return tasks, true
}

// draw chooses what a calibration reads, and the share of its documents.
func (g *Graph) draw(all []origin) ([]origin, float64) {
	c := g.Calibration
	if c.Whole {
		return all, 1
	}
	hash := map[string]uint64{}
	for _, o := range all {
		hash[o.label] = xxh3.HashStringSeed(o.label, c.Seed)
	}
	chosen := slices.Clone(all)
	slices.SortFunc(chosen, func(a, b origin) int {
		return cmp.Or(cmp.Compare(hash[a.label], hash[b.label]), cmp.Compare(a.label, b.label))
	})
	chosen = chosen[:min(len(chosen), c.Shards*len(g.Sources))]
	slices.SortFunc(chosen, func(a, b origin) int { return cmp.Compare(a.label, b.label) })
	var bytes int64
	for _, o := range chosen {
		bytes += max(o.bytes, 0)
	}
	return chosen, min(1, float64(c.Bytes)/float64(max(bytes, 1)))
}

func (x *expansion) settle() ([]Task, bool) {
	op := x.g.Ops[x.pass.Op]
	pass := x.passOf(Calibrate, x.pass.Op)
	samples, ok := x.commits.whole(pass)
	all, ok2 := x.origins(x.pass.Section)
	if !ok || !ok2 {
		return nil, false
	}
	chosen, rate := x.g.draw(all)
	whole := rate >= 1 && len(chosen) == len(all)
	key := []string{op.Digest, strconv.FormatBool(whole)}
	w := Work{Whole: whole}
	if op.Fits {
		w.Scale = scaleOf(all, chosen, rate)
		key = append(key, "scale", strconv.FormatFloat(w.Scale, 'g', -1, 64))
	}
	for _, h := range samples.All() {
		key = append(key, h.Content)
	}
	return []Task{x.task(0, op.Name, []Input{x.all(pass)}, w, key...)}, true
}

// scaleOf is how many documents the input has for each of a sample, by bytes.
func scaleOf(all, chosen []origin, rate float64) float64 {
	sum := func(list []origin) (n int64) {
		for _, o := range list {
			n += max(o.bytes, 0)
		}
		return n
	}
	return float64(max(sum(all), 1)) / float64(max(sum(chosen), 1)) / rate
}

// section is the part of a key that a section gives.
func (x *expansion) section() (key []string, settled []Input, ok bool) {
	sec := x.g.Sections[x.pass.Section]
	key, settled, ok = x.through(sec, sec.Ops)
	key = append(key, x.g.Rejects)
	for _, op := range sec.Cut {
		key = append(key, "cut", x.g.Ops[op].Name, x.g.Ops[op].Digest)
	}
	if sec.Checkpoint >= 0 { // two sections that do nothing are two all the same
		key = append(key, "checkpoint", x.g.Ops[sec.Checkpoint].Name)
	}
	key = append(key, "columns")
	return append(key, x.g.Columns[:sec.Columns]...), settled, ok
}

func (x *expansion) segment() ([]Task, bool) {
	all, whole := x.origins(x.pass.Section)
	key, settled, ok := x.section()
	if !ok {
		return nil, false
	}
	var tasks []Task
	for i, o := range all {
		w := Work{Shards: o.shards}
		if i > 0 && x.g.follows(o.shards, all[i-1].shards) {
			w.After = tasks[i-1].Key
		}
		tasks = append(tasks, x.task(o.number, o.label, slices.Concat(o.inputs, settled), w, append(slices.Clone(key), o.digest)...))
	}
	return tasks, whole
}

// piece is a segment with its edits, as a part group needs it.
type piece struct {
	number int
	bytes  int64
	digest string // of all that it gives
}

// pieces are the segments that parts are written from, as far as they are there, and whether
// they are all.
func (x *expansion) pieces(edits []resolvedOp) (all []piece, whole bool) {
	segments := x.commits[x.g.segments(x.pass.Section)]
	if segments == nil {
		return nil, false
	}
	all = make([]piece, 0, segments.Heads.Len())
	key := make([]string, 1+len(edits))
	for i, h := range segments.Heads.All() {
		if h == nil {
			continue
		}
		key[0] = h.Content
		for k, e := range edits {
			key[1+k] = e.of(i)
		}
		all = append(all, piece{i, h.TextBytes, Digest(key...)})
	}
	return all, segments.Heads.Whole()
}

func (x *expansion) assemble() ([]Task, bool) {
	key, settled, ok := x.section()
	edits, ok2 := x.edits(x.pass.Section)
	if !ok || !ok2 {
		return nil, false
	}
	all, whole := x.pieces(edits)
	if len(all) == 0 && !whole {
		return nil, false
	}
	groups := partGroups(all, x.g.PartBytes)
	if !whole { // of what is committed without a gap, the groups that another begins behind
		groups = partGroups(unbroken(all), x.g.PartBytes)
		groups = groups[:max(len(groups)-1, 0)]
	}
	pass := x.g.segments(x.pass.Section)
	var tasks []Task
	for i, group := range groups {
		own := slices.Clone(key)
		for _, o := range group {
			own = append(own, o.digest)
		}
		parts := map[string]string{}
		for _, s := range x.g.Sinks { // a sink's parts are called by what shapes them, not by the sinks beside it
			parts[s.Name] = Digest(append(slices.Clone(own), x.g.Seed, s.Digest)...)
		}
		for _, s := range x.g.Sinks {
			own = append(own, "sink", s.Name, s.Digest)
		}
		first, last := group[0].number, group[len(group)-1].number
		inputs := append([]Input{x.input(pass, first, last+1)}, settled...)
		for _, e := range edits {
			inputs = append(inputs, x.resolvedInput(&e, first, last+1))
		}
		tasks = append(tasks, x.task(i, fmt.Sprintf("group %d", i), inputs, Work{Parts: parts}, own...))
	}
	return tasks, whole
}

// unbroken are the segments before the first that is missing.
func unbroken(segments []piece) []piece {
	n := 0
	for n < len(segments) && segments[n].number == n {
		n++
	}
	return segments[:n]
}

// partGroups cuts the segments into groups of about partBytes of text: consecutive
// segments, so that a shard of new documents sorted last rewrites only the last group.
func partGroups(segments []piece, partBytes int64) [][]piece {
	var groups [][]piece
	var sum int64
	from := 0
	for i, o := range segments {
		if i > from && sum > 0 && sum+o.bytes > partBytes {
			groups = append(groups, segments[from:i:i])
			from, sum = i, 0
		}
		sum += o.bytes
	}
	if from < len(segments) {
		groups = append(groups, segments[from:len(segments):len(segments)])
	}
	return groups
}
