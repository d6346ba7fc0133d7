// Package plan is a run as a value: the passes that a pipeline needs, the tasks of
// each, and the keys by which these are known.
//
// It knows no store, no clock and no stage: operators are names and digests, inputs
// are the heads of commits. Whoever runs tasks, lists them or forecasts them asks
// [Graph.Expand]; nothing else knows what a run does.
package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// OpKind says what an operator does to the flow of documents.
type OpKind string

// Kinds of operators.
const (
	PerDocument OpKind = "document"   // takes a document at a time
	Grouping    OpKind = "group"      // compares documents: all must be there
	Checkpoint  OpKind = "checkpoint" // changes nothing: what stands before it is stored
	Switch      OpKind = "switch"     // sends documents into the cases that stand behind it
)

// Op is a stage of the pipeline, as far as the plan must know it.
type Op struct {
	Name string `json:"name"` // of the instance; it stands in rejects and columns
	Kind OpKind `json:"kind"`
	// Digest is of all that can change the stage's output: type, revision, settings,
	// models, and the columns that it reads.
	Digest string `json:"digest"`
	// Reads are the columns that it reads; null is all of them.
	Reads []string `json:"reads"`
	// Columns are the stored columns that it writes.
	Columns []string `json:"columns,omitempty"`
	// Settles says that it has limits that are shares of the documents.
	Settles bool `json:"settles,omitempty"`
	// Fits says that one of them follows from a token budget.
	Fits bool `json:"fits,omitempty"`
	// Units says that a grouping operator compares lines or windows, not documents: what
	// it decides changes texts. Verifies, that it looks at the texts of candidates.
	Units    bool `json:"units,omitempty"`
	Verifies bool `json:"verifies,omitempty"`
	// Sketch is how many bytes a grouping operator keeps of each document.
	Sketch int `json:"sketch,omitempty"`
	// In are the cases of switches that it stands in, the outermost first.
	In []Case `json:"in,omitempty"`
}

// Case is a case of a switch.
type Case struct {
	Switch  string `json:"switch"`            // name of the operator
	Case    string `json:"case,omitempty"`    // its name
	Default bool   `json:"default,omitempty"` // it is for the documents whose value has no case
}

// elects reports whether candidates of a grouping operator are weighed before some are
// chosen.
func (o Op) elects() bool { return o.Units || o.Verifies }

// apart reports whether no document passes both operators: they stand in two cases of
// one switch.
func (o Op) apart(other Op) bool {
	return slices.ContainsFunc(o.In, func(x Case) bool {
		return slices.ContainsFunc(other.In, func(y Case) bool { return x.Switch == y.Switch && x != y })
	})
}

// key is what the operator gives to the keys of the tasks that run it.
func (o Op) key() []string {
	if len(o.In) == 0 {
		return []string{o.Name, o.Digest}
	}
	return []string{o.Name, o.Digest, "in " + DigestOf(o.In)}
}

// Spec is what a plan is made of. Nothing in it depends on the machine.
type Spec struct {
	Sources []Source `json:"sources"`
	Ops     []Op     `json:"ops"`
	// Seed, Reading and Rejects are digests of what else shapes the output: of all tasks,
	// of those that read the input, of those that file rejects.
	Seed    string `json:"seed"`
	Reading string `json:"reading"`
	Rejects string `json:"rejects"`
	// Sinks take the parts, in the order of the pipeline.
	Sinks []Sink `json:"sinks"`
	// Packing says which files of the input share a task.
	Packing Packing `json:"packing"`
	// PartBytes is about how much text a part group has.
	PartBytes   int64       `json:"part_bytes"`
	Calibration Calibration `json:"calibration"`
	// Scale says when a run takes more passes.
	Scale Scale `json:"scale"`
}

// Sink is one place that parts go to.
type Sink struct {
	Name   string `json:"name"`
	Digest string `json:"digest"` // of all that shapes its parts
}

// Source is one source of documents.
type Source struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
	// Cuts says that several tasks can read a shard of it, a range each; InOrder, that a
	// range is known to begin where the one before ended, so that these are read one
	// after the other.
	Cuts    bool `json:"cuts,omitempty"`
	InOrder bool `json:"in_order,omitempty"`
}

// Calibration says how much of the input settles limits.
type Calibration struct {
	Shards int   `json:"shards"` // of each source; packs count as one
	Bytes  int64 `json:"bytes"`  // of them
	Whole  bool  `json:"whole"`  // all of the input
	// Seed orders the shards of which some are taken.
	Seed uint64 `json:"seed"`
}

// Kind is what the tasks of a pass do.
type Kind string

// Kinds of passes, with what a task of each reads and makes.
const (
	List      Kind = "list"      // sources -> the shards of the input; one task
	Calibrate Kind = "calibrate" // a pack of shards or a segment -> values of a sample of its documents
	Settle    Kind = "settle"    // all samples -> limits; one task
	Segment   Kind = "segment"   // a pack of shards or a segment -> a segment
	Merge     Kind = "merge"     // a bundle of segments -> their keys as one sorted run; where segments are few it has no tasks
	Group     Kind = "group"     // a range of keys of all segments, or of all runs -> edges, or candidates
	Weigh     Kind = "weigh"     // a segment, or several, and its candidates of all groups -> what their election goes by
	Elect     Kind = "elect"     // the weighed candidates of a range of keys -> edges, or the units that are cut
	// Where there are too many edges for one task; else these passes have none.
	Components Kind = "components" // all edges -> the component of each document; one task
	Nominate   Kind = "nominate"   // segments and the components of their documents -> the best document of each component in them
	Choose     Kind = "choose"     // what was nominated of a share of the components -> the survivor of each

	Resolve  Kind = "resolve"  // all edges, or all units that are cut -> edits of every segment; one task, or in large runs some that share the segments
	Assemble Kind = "assemble" // consecutive segments -> parts
)

// Pass is one step of a run: tasks of one kind that know nothing of each other.
type Pass struct {
	Name string `json:"name"` // of its folder of commits; it does not number passes
	Kind Kind   `json:"kind"`
	// Section is the section whose operators it runs, or whose cut it works on.
	Section int `json:"section"`
	// Op is the operator that a calibrate or settle pass, or a pass of a cut, is for; -1 in
	// others.
	Op int `json:"op"`
}

// Optional reports whether a pass has tasks in large runs alone.
func (p Pass) Optional() bool {
	return slices.Contains([]Kind{Merge, Components, Nominate, Choose}, p.Kind)
}

// Section is a run of operators that a document passes without leaving memory.
type Section struct {
	Edits []int `json:"edits,omitempty"` // grouping operators of the cut before, whose outcome is applied first
	Ops   []int `json:"ops,omitempty"`
	Cut   []int `json:"cut,omitempty"` // grouping operators that end it, side by side
	// Checkpoint is the operator that ends it, -1 for none.
	Checkpoint int `json:"checkpoint"`
	// Columns is how many of the plan's stored columns its documents carry at its end.
	Columns int `json:"columns"`
}

// Graph is a plan: sections, each reading what the one before left, and passes in an
// order in which they can run.
type Graph struct {
	Spec
	Sections []Section `json:"sections"`
	Passes   []Pass    `json:"passes"`
	// Columns are the stored columns of all operators, in their order.
	Columns []string `json:"columns"`
}

// New cuts the operators into sections and lists the passes.
func New(s Spec) *Graph {
	s.Scale = s.Scale.orDefault()
	g := &Graph{Spec: s, Columns: []string{}}
	sec := Section{Checkpoint: -1}
	end := func() {
		sec.Columns = len(g.Columns)
		g.Sections = append(g.Sections, sec)
		sec = Section{Edits: sec.Cut, Checkpoint: -1}
	}
	for i, op := range s.Ops {
		if n := len(sec.Cut); n > 0 && (op.Kind != Grouping || s.Ops[sec.Cut[n-1]].Units) {
			end() // behind units that are cut the texts are others
		}
		switch op.Kind {
		case Grouping:
			sec.Cut = append(sec.Cut, i)
		case Checkpoint:
			sec.Checkpoint = i
			end()
		default:
			sec.Ops = append(sec.Ops, i)
		}
		g.Columns = append(g.Columns, op.Columns...)
	}
	if len(sec.Cut) > 0 || len(g.Sections) == 0 {
		end() // parts are written from segments: the last section reads one
	}
	end()
	g.passes()
	return g
}

// passes lists the passes. Their names are made here and nowhere else: who looks for a
// pass asks for what it does, by [Graph.PassOf].
func (g *Graph) passes() {
	add := func(name string, kind Kind, section, op int) {
		g.Passes = append(g.Passes, Pass{name, kind, section, op})
	}
	add("list", List, 0, -1)
	for i, sec := range g.Sections {
		for _, op := range sec.Ops {
			if g.Ops[op].Settles {
				add(g.Ops[op].Name+"-calibrate", Calibrate, i, op)
				add(g.Ops[op].Name+"-settle", Settle, i, op)
			}
		}
		switch {
		case i == len(g.Sections)-1:
			add("assemble", Assemble, i, -1)
		case i == 0:
			add("segment", Segment, i, -1)
		default:
			add("segment."+g.border(i-1), Segment, i, -1) // no stage has a dot in its name
		}
		for _, op := range sec.Cut {
			add(g.Ops[op].Name+"-merge", Merge, i, op)
			add(g.Ops[op].Name+"-group", Group, i, op)
			if g.Ops[op].elects() {
				add(g.Ops[op].Name+"-weigh", Weigh, i, op)
				add(g.Ops[op].Name+"-elect", Elect, i, op)
			}
			if !g.Ops[op].Units {
				add(g.Ops[op].Name+"-components", Components, i, op)
				add(g.Ops[op].Name+"-nominate", Nominate, i, op)
				add(g.Ops[op].Name+"-choose", Choose, i, op)
			}
			add(g.Ops[op].Name+"-resolve", Resolve, i, op)
		}
	}
}

// border is the name of what ends a section.
func (g *Graph) border(section int) string {
	sec := g.Sections[section]
	if sec.Checkpoint >= 0 {
		return g.Ops[sec.Checkpoint].Name
	}
	return g.Ops[sec.Cut[len(sec.Cut)-1]].Name
}

// Before are the operators that a document passes in the section of an operator before it
// comes there: those of other cases are none of them.
func (g *Graph) Before(op int) (ops []int) {
	for _, sec := range g.Sections {
		i := slices.Index(sec.Ops, op)
		for _, before := range sec.Ops[:max(i, 0)] {
			if !g.Ops[before].apart(g.Ops[op]) {
				ops = append(ops, before)
			}
		}
	}
	return ops
}

// Sampled are the operators that a sample passes to settle limits of one, itself among
// them: of one with a budget those behind it too, by which tokens come to be what they are.
func (g *Graph) Sampled(op int) []int {
	ops := append(g.Before(op), op)
	if !g.Ops[op].Fits {
		return ops
	}
	for _, sec := range g.Sections {
		if i := slices.Index(sec.Ops, op); i >= 0 {
			ops = append(ops, sec.Ops[i+1:]...)
		}
	}
	return ops
}

// Pass returns the pass of that name, nil if there is none.
func (g *Graph) Pass(name string) *Pass {
	i := slices.IndexFunc(g.Passes, func(p Pass) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &g.Passes[i]
}

// PassOf returns the pass of a kind that is for an operator, with op -1 that which is for
// none (list, assemble, the first segment pass); nil if there is none.
func (g *Graph) PassOf(kind Kind, op int) *Pass {
	i := slices.IndexFunc(g.Passes, func(p Pass) bool { return p.Kind == kind && p.Op == op })
	if i < 0 {
		return nil
	}
	return &g.Passes[i]
}

// segments is the pass whose segments a section reads, "" for the first section.
func (g *Graph) segments(section int) string {
	i := slices.IndexFunc(g.Passes, func(p Pass) bool { return p.Kind == Segment && p.Section == section-1 })
	if i < 0 {
		return ""
	}
	return g.Passes[i].Name
}

// Shard is an input shard as it was when it was listed.
type Shard struct {
	Source string `json:"source"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	Stamp  string `json:"stamp"`
	SHA256 string `json:"sha256,omitempty"`
	// Path is where its source finds it. It is in no key.
	Path string `json:"path,omitempty"`
	// From and To are the range of its bytes that a task reads: the records that begin
	// there. To is 0 where it reads the whole shard.
	From int64 `json:"from,omitempty"`
	To   int64 `json:"to,omitempty"`
	// Aside says that no task reads it: one failed on it, and the run goes on without.
	Aside bool `json:"aside,omitempty"`
}

// Head is what the plan must know of a commit.
type Head struct {
	Pass  string `json:"pass"`
	Kind  Kind   `json:"kind"`
	Key   string `json:"key"`
	Label string `json:"label"` // pack, stage or group that the task worked on

	Documents int64 `json:"documents"`
	TextBytes int64 `json:"text_bytes"`
	// Keys counts what a segment has for each grouping operator of its cut, and what is in the
	// file of other tasks of a cut: keys of a run, edges or candidates of a group, units.
	Keys []int64 `json:"keys,omitempty"`
	// Segments is how many segments a run of keys is of.
	Segments int `json:"segments,omitempty"`
	// KeyDigests are of what each grouping operator of the cut reads of a segment: a
	// change of other columns alone does not group anew.
	KeyDigests []string `json:"key_digests,omitempty"`
	// Content is the digest of what later passes read of it: a task that is run again
	// and gives the same changes nothing behind it.
	Content string `json:"content,omitempty"`
	Edits   []Edit `json:"edits,omitempty"`
	// Next is where the task behind goes on, of one that read a range in order. It hangs on
	// the file and the reading alone, and so is in no key.
	Next *Place `json:"next,omitempty"`
	// Shards are the input, of the list pass; those that it was read from, of a segment
	// of the first section.
	Shards []Shard `json:"shards,omitempty"`
}

// Operator is the name of the operator that a task of a cut worked for, by its label.
func (h *Head) Operator() string {
	name, _, _ := strings.Cut(h.Label, " ") // no stage has a space in its name
	return name
}

// Place is where a record of a shard begins: the stored bytes, the records and the
// decompressed bytes before it, as corpus.Place has them.
type Place struct {
	Offset  int64 `json:"offset"`
	Record  int64 `json:"record"`
	Decoded int64 `json:"decoded,omitempty"`
	Skip    int64 `json:"skip,omitempty"`
}

// Edit points at what a resolve task decided of one segment.
type Edit struct {
	Input   int    `json:"input"` // number of the segment in its pass
	Offset  int64  `json:"offset"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Dropped int64  `json:"dropped"`
}

// EditOf returns the edit of a segment, nil if it is as it was.
func (h *Head) EditOf(input int) *Edit {
	i, ok := slices.BinarySearchFunc(h.Edits, input, func(e Edit, input int) int { return e.Input - input })
	if !ok {
		return nil
	}
	return &h.Edits[i]
}

// Commits are the passes of a run that were expanded whole, by name.
type Commits map[string]*Committed

// Committed is a pass: the keys of its tasks, and the head of each that is committed.
type Committed struct {
	Keys  []string
	Heads *Heads
}

// whole returns the heads of a pass of which every task is committed.
func (c Commits) whole(pass string) (*Heads, bool) {
	p := c[pass]
	if p == nil || !p.Heads.Whole() {
		return nil, false
	}
	return p.Heads, true
}

// Digest hashes parts in the canonical encoding of keys: the format's version, then
// each part behind its length. 32 hexadecimal digits.
func Digest(parts ...string) string {
	h := sha256.New()
	fmt.Fprintf(h, "corpusmill plan %d\n", Version)
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s\n", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Version is that of the run folder: of keys, commits, statistics and segment files. It grows
// with every change of their layout, so that old folders are run anew.
const Version = 15

// DigestOf hashes a value by its JSON.
func DigestOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("plan: %T has no JSON: %v", v, err)) // types of our own
	}
	return Digest(string(b))
}
