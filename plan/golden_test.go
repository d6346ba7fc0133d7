package plan

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the goldens of testdata")

// A pipeline of a golden is a line an operator:
//
//	source NAME SHARD:BYTES...
//	op NAME SETTINGS [EFFECT] [columns=A,B] [settles] [marks]
//	group NAME SETTINGS [EFFECT] [verifies]
//	units NAME SETTINGS [EFFECT] [verifies]
//	checkpoint NAME
//	switch NAME SETTINGS
//	case NAME | default | end
//	rejects SETTINGS
//	packs FILES BYTES
//	scale SEGMENTS KEYS FILES BYTES SPREAD EDGES CHOOSE, the fields of Scale
//	cut BYTES [in order], which the sources before it do
//
// What stands behind a case, up to the next one or the end of the switch, stands in it.
//
// EFFECT is what the operator does to the documents, SETTINGS if it is not given: two
// settings of one effect give the same output.
type pipeline struct {
	spec    Spec
	shards  []Shard
	effects map[string]string
	marks   map[string]bool
}

func parse(t testing.TB, text string) pipeline {
	t.Helper()
	var in []Case
	var open []int // switches that the next line stands in
	p := pipeline{spec: Spec{Seed: "seed", Reading: "reading", Rejects: "rejects", Sinks: []Sink{{Name: "", Digest: "sink"}}, PartBytes: 100,
		Calibration: Calibration{Shards: 2, Bytes: 1000}}, effects: map[string]string{}, marks: map[string]bool{}}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		switch f[0] {
		case "source":
			p.spec.Sources = append(p.spec.Sources, Source{Name: f[1], Digest: "source " + f[1]})
			for _, s := range f[2:] {
				name, size, _ := strings.Cut(s, ":")
				n, err := strconv.ParseInt(size, 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				p.shards = append(p.shards, Shard{Source: f[1], Name: name, Size: n, Stamp: "t"})
			}
		case "sink": // behind the first
			p.spec.Sinks = append(p.spec.Sinks, Sink{Name: f[1], Digest: f[2]})
		case "rejects":
			p.spec.Rejects = f[1]
		case "cut":
			n, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			p.spec.Packing.Cut = n
			for i := range p.spec.Sources {
				p.spec.Sources[i].Cuts, p.spec.Sources[i].InOrder = true, len(f) > 2
			}
		case "scale":
			x := &p.spec.Scale
			if _, err := fmt.Sscan(strings.Join(f[1:], " "), &x.Segments, &x.Keys, &x.Files, &x.Bytes, &x.Spread, &x.Edges, &x.Choose); err != nil {
				t.Fatal(err)
			}
		case "packs":
			if _, err := fmt.Sscan(f[1]+" "+f[2], &p.spec.Packing.Files, &p.spec.Packing.Bytes); err != nil {
				t.Fatal(err)
			}
		case "checkpoint":
			p.spec.Ops = append(p.spec.Ops, Op{Name: f[1], Kind: Checkpoint, Digest: "checkpoint"})
		case "switch":
			p.spec.Ops = append(p.spec.Ops, Op{Name: f[1], Kind: Switch, Digest: f[2], In: slices.Clone(in)})
			in, open = append(in, Case{Switch: f[1]}), append(open, len(p.spec.Ops)-1)
			p.effects[f[1]] = f[2]
		case "case":
			at := &p.spec.Ops[open[len(open)-1]]
			in[len(in)-1] = Case{Switch: at.Name, Case: f[1]}
			at.Digest += " " + f[1] // where the others go hangs on it
			p.effects[at.Name] = at.Digest
		case "default":
			in[len(in)-1] = Case{Switch: in[len(in)-1].Switch, Default: true}
		case "end":
			in, open = in[:len(in)-1], open[:len(open)-1]
		case "op", "group", "units":
			op := Op{Name: f[1], Kind: PerDocument, Digest: f[2], In: slices.Clone(in)}
			if f[0] != "op" {
				op.Kind, op.Units = Grouping, f[0] == "units"
			}
			p.effects[op.Name] = op.Digest
			for _, x := range f[3:] {
				if columns, ok := strings.CutPrefix(x, "columns="); ok {
					op.Columns = strings.Split(columns, ",")
				} else if x == "settles" {
					op.Settles = true
				} else if x == "verifies" {
					op.Verifies = true
				} else if x == "marks" { // it writes its columns alone, which no grouping stage reads
					p.marks[op.Name] = true
				} else {
					p.effects[op.Name] = x
				}
			}
			p.spec.Ops = append(p.spec.Ops, op)
		default:
			t.Fatalf("what is %q?", line)
		}
	}
	return p
}

// commit is what running a task would give: contents that are a function of the
// inputs' contents and of the operators' effects.
func (p pipeline) commit(g *Graph, t Task, commits Commits) *Head {
	h := &Head{Pass: t.Pass, Kind: t.Kind, Key: t.Key, Label: t.Label, Documents: 1, TextBytes: 60}
	content := []string{string(t.Kind)}
	pass := g.Pass(t.Pass)
	sec := g.Sections[pass.Section]
	for _, in := range t.Inputs {
		for _, x := range commits[in.Pass].Heads.Range(in.From, in.To) {
			if x.Kind == Segment && slices.Contains([]Kind{Merge, Group, Resolve, Weigh, Nominate}, t.Kind) {
				content = append(content, x.KeyDigests[slices.Index(sec.Cut, pass.Op)])
			} else {
				content = append(content, x.Content)
			}
			if t.Kind == Weigh && x.Kind == Segment && g.Ops[pass.Op].Verifies {
				content = append(content, x.Content)
			}
		}
	}
	switch t.Kind {
	case List:
		h.Shards = p.shards
	case Segment:
		for _, s := range t.Work.Shards {
			content = append(content, s.Name, strconv.FormatInt(s.Size, 10), strconv.FormatInt(s.From, 10))
		}
		read := slices.Clone(content)
		for _, i := range sec.Ops {
			name := g.Ops[i].Name
			effect := p.effects[name]
			if in := g.Ops[i].In; in != nil {
				effect += fmt.Sprint(in)
			}
			content = append(content, effect)
			if !p.marks[name] {
				read = append(read, effect)
			}
		}
		content = append(content, g.Columns[:sec.Columns]...)
		for _, i := range sec.Cut {
			h.Keys, h.KeyDigests = append(h.Keys, 10), append(h.KeyDigests, Digest(slices.Concat(read, []string{p.effects[g.Ops[i].Name]})...))
		}
	case Merge: // which goes by no setting
		h.Segments, h.Keys = t.Inputs[0].To-t.Inputs[0].From, []int64{10 * int64(t.Inputs[0].To-t.Inputs[0].From)}
	case Group, Weigh, Elect, Nominate, Choose, Calibrate, Settle:
		content = append(content, p.effects[g.Ops[pass.Op].Name])
		h.Keys = []int64{10}
	case Resolve: // of every segment but the first something is dropped
		for i := max(t.Inputs[0].From, 1); i < t.Inputs[0].To; i++ {
			h.Edits = append(h.Edits, Edit{Input: i, SHA256: Digest(append(content, strconv.Itoa(i))...)})
		}
	}
	h.Content = Digest(content...)
	return h
}

// run expands and commits all passes.
func (p pipeline) run(t testing.TB) (*Graph, map[string][]Task) {
	t.Helper()
	g, commits, all := New(p.spec), Commits{}, map[string][]Task{}
	for _, pass := range g.Passes {
		tasks, whole := g.Expand(pass, commits)
		if !whole {
			t.Fatalf("%s cannot be expanded", pass.Name)
		}
		made, whole := g.Tasks(pass, commits)
		if !whole || made.Len() != len(tasks) {
			t.Fatalf("%s: %d tasks are made, not %d", pass.Name, made.Len(), len(tasks))
		}
		for i, x := range made.All() {
			if !reflect.DeepEqual(x, tasks[i]) || made.Key(i) != x.Key || made.Label(i) != x.Label {
				t.Errorf("%s: made is\n%+v\nand not\n%+v", pass.Name, x, tasks[i])
			}
		}
		c := &Committed{Keys: made.Keys()}
		c.Heads = NewHeads(pass, c.Keys, made.Label)
		for i, x := range tasks {
			want := p.commit(g, x, commits)
			c.Heads.Set(i, want)
			if got := c.Heads.At(i); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: the head is\n%+v\nand not\n%+v", pass.Name, got, want)
			}
		}
		commits[pass.Name], all[pass.Name] = c, tasks
	}
	return g, all
}

const base = `
source web a:10 b:20 c:30
op extract v1
op rules v1 columns=rules_words
op quality v1 columns=quality settles
group exact v1
group near v1
op fine v1
op count v1 columns=tokens
`

// units has a stage that cuts lines out of documents, between stages that compare them.
const units = `
source web a:10 b:20 c:30
op extract v1
op quality v1 columns=quality
group exact v1
units lines v1 verifies
group near v1 verifies
op count v1 columns=tokens
`

// unitChanges are one change each to it.
var unitChanges = []change{
	{"nothing", "", ""},
	{"the stage of units", "units lines v1", "units lines v2"},
	{"the stage of units that chooses the same", "units lines v1", "units lines v2 v1"},
	{"a grouping stage before it", "group exact v1", "group exact v2"},
	{"a grouping stage behind it", "group near v1", "group near v2"},
	{"it does not verify", " verifies", ""},
	{"a stage before that writes a column alone", "op quality", "op marker v1 columns=mark marks\nop quality"},
	{"a shard added last", "c:30", "c:30 d:5"},
	{"it does not compare units", "units lines v1 verifies", "group lines v1"},
}

// switched has a switch, in one case of which is another one.
const switched = `
source web a:10 b:20
op language v1
switch by_lang lang
case zh
op zh_rules v1
op zh_top v1 settles
case en
switch by_source source
case web
op web_top v1 settles
end
op en_rules v1 columns=en_words
default
op other_top v1 settles
end
op rules v1
op top v1 settles
group exact v1
op count v1
`

// switchChanges are one change each to it.
var switchChanges = []change{
	{"nothing", "", ""},
	{"a stage added in a case, before its share", "op zh_top", "op zh_more v1\nop zh_top"},
	{"a stage added in a case, behind its share", "op zh_top v1 settles", "op zh_top v1 settles\nop zh_more v1"},
	{"a stage added in the inner switch", "op web_top", "op web_more v1\nop web_top"},
	{"a stage added in the default", "op other_top", "op more v1\nop other_top"},
	{"a setting in a case", "op en_rules v1", "op en_rules v2"},
	{"a setting in a case, with the same output", "op zh_rules v1", "op zh_rules v2 v1"},
	{"a share in a case", "op zh_top v1", "op zh_top v2"},
	{"a stage moved from a case to behind the switch", "op en_rules v1 columns=en_words\ndefault\nop other_top v1 settles\nend", "default\nop other_top v1 settles\nend\nop en_rules v1 columns=en_words"},
	{"a stage moved from a case to another", "op zh_rules v1\nop zh_top v1 settles\ncase en", "op zh_top v1 settles\ncase en\nop zh_rules v1"},
	{"a case of another name", "case zh", "case ja"},
	{"the switch by another column", "by_source source", "by_source media"},
	{"an empty case added", "case en", "case ja\ncase en"},
	{"a setting behind the switch", "op rules v1", "op rules v2"},
	{"a setting behind the cut", "op count v1", "op count v2"},
}

// change replaces a piece of a pipeline.
type change struct{ name, from, to string }

// changes are one change each to the pipeline above.
var changes = []change{
	{"nothing", "", ""},
	{"a late setting", "op fine v1", "op fine v2"},
	{"a stage added late", "op count v1", "op third v1 columns=third\nop count v1"},
	{"a stage added at the end", "op count v1 columns=tokens", "op count v1 columns=tokens\nop last v1"},
	{"a setting before the cut", "op rules v1", "op rules v2"},
	{"a setting before the cut, with the same output", "op rules v1", "op rules v2 v1"},
	{"a stage added early", "op extract v1", "op extract v1\nop early v1"},
	{"a stage added in the middle of the section", "op quality", "op middle v1\nop quality"},
	{"the first grouping stage", "group exact v1", "group exact v2"},
	{"the second grouping stage", "group near v1", "group near v2"},
	{"a grouping stage with the same outcome", "group near v1", "group near v2 v1"},
	{"a column added before the cut", "op rules v1 columns=rules_words", "op rules v1 columns=rules_words,rules_lines"},
	{"a stage added early that writes a column alone", "op rules v1", "op marker v1 columns=mark marks\nop rules v1"},
	{"a column added behind it", "columns=tokens", "columns=tokens,tokens_qwen"},
	{"a second sink", "source web", "sink second v1\nsource web"},
	{"rejects keep more text", "source web", "rejects more\nsource web"},
	{"a shard added first", "a:10", "A:5 a:10"},
	{"a shard added in the middle", "b:20", "aa:5 b:20"},
	{"a shard added last", "c:30", "c:30 d:5"},
	{"a shard changed", "b:20", "b:21"},
	{"a checkpoint before the rules", "op rules", "checkpoint c\nop rules"},
}

// TestGoldenPlan pins the plan of a pipeline, with and without a checkpoint: sections,
// passes, columns, tasks and their keys.
func TestGoldenPlan(t *testing.T) {
	var b bytes.Buffer
	for _, text := range []string{base, strings.Replace(base, "op rules", "checkpoint c\nop rules", 1), "source web a:10", packed, cut, switched, inOrder, units, large} {
		p := parse(t, text)
		g, all := p.run(t)
		fmt.Fprintf(&b, "%s\ncolumns  %s\n", strings.TrimSpace(text), strings.Join(g.Columns, " "))
		names := func(ops []int) (s string) {
			for _, i := range ops {
				s += " " + g.Ops[i].Name
			}
			return s
		}
		for i, s := range g.Sections {
			fmt.Fprintf(&b, "section  %d edits%s | ops%s | cut%s | %d columns\n", i, names(s.Edits), names(s.Ops), names(s.Cut), s.Columns)
		}
		for _, pass := range g.Passes {
			fmt.Fprintf(&b, "pass     %s\n", pass.Name)
			for _, x := range all[pass.Name] {
				line, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&b, "  %s\n", line)
			}
		}
		b.WriteByte('\n')
	}
	compare(t, "plan.golden", b.Bytes())
}

// packed is a pipeline whose files share tasks, three each, a file of 50 alone.
const packed = `
packs 3 50
source web a:1 b:1 c:1 d:1 e:1 f:1 g:1 h:1 i:1 j:1 k:50 l:1 m:1 n:1 o:1 p:1
source more a:1 b:1
op extract v1
group exact v1
`

// packChanges are one change each to the pipeline above.
var packChanges = []change{
	{"nothing", "", ""},
	{"a file added first", "a:1 b", "A:1 a:1 b"},
	{"a file added in the middle", "f:1", "f:1 ff:1"},
	{"a file added in the middle that begins a pack", "g:1", "g:1 gf:1"},
	{"a file added last", "p:1", "p:1 q:1"},
	{"a file changed", "d:1", "d:2"},
	{"a file removed", " e:1", ""},
	{"a large file added in the middle", "h:1", "h:1 hh:60"},
	{"a file has grown large", "f:1", "f:60"},
	{"other sizes of packs", "packs 3", "packs 4"},
	{"no packs", "packs 3", "packs 1"},
}

// cut is a pipeline whose large files are read in ranges, if they are of the first source.
const cut = `
packs 3 50
source web a:1 b:1 c:350 d:199 e:200
cut 100
source more a:350
op extract v1
group exact v1
`

// inOrder has ranges that know what is read before them, and a calibration that reads whole
// files.
const inOrder = `
source web b:200 c:350
cut 100 in order
op extract v1 settles
`

// cutChanges are one change each to the pipeline above.
var cutChanges = []change{
	{"nothing", "", ""},
	{"a small file added", "b:1", "b:1 bb:1"},
	{"a large file added", "d:199", "cc:300 d:199"},
	{"a large file has grown", "c:350", "c:351"},
	{"more ranges", "cut 100", "cut 50"},
	{"no ranges", "cut 100", "cut 0"},
}

// large has more segments than a task reads and more edges than one task resolves, in
// bundles of about three segments.
const large = `
scale 10 50 3 100000 6 9 7
source web a:1 b:1 c:1 d:1 e:1 f:1 g:1 h:1 i:1 j:1 k:1 l:1 m:1 n:1 o:1 p:1
op extract v1
group exact v1
group near v1 verifies
op count v1
`

// largeChanges are one change each to it.
var largeChanges = []change{
	{"nothing", "", ""},
	{"a setting behind the cut", "op count v1", "op count v2"},
	{"the second grouping stage", "group near v1", "group near v2"},
	{"a shard changed", "m:1", "m:2"},
	{"a shard added last", "p:1", "p:1 q:1"},
	{"a shard added in the middle", "h:1", "h:1 hh:1"},
	{"a shard added in the middle that begins a bundle", "f:1", "f:1 ff:1"},
	{"edges that one task resolves", "100000 6 9", "100000 6 1000"},
	{"segments that a task reads", "scale 10", "scale 16"},
}

// TestGoldenChanges shows for each kind of change which tasks are run again, and that
// no other is.
func TestGoldenChanges(t *testing.T) {
	var b bytes.Buffer
	for _, c := range []struct {
		text    string
		changes []change
	}{
		{base, changes},
		{strings.Replace(base, "op rules", "checkpoint c\nop rules", 1), changes},
		{packed, packChanges},
		{cut, cutChanges},
		{switched, switchChanges},
		{units, unitChanges},
		{large, largeChanges},
		{strings.Replace(units, " verifies", "", 1), []change{{"a stage before that writes a column alone", "op quality", "op marker v1 columns=mark marks\nop quality"}}},
	} {
		fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(c.text))
		_, before := parse(t, c.text).run(t)
		for _, x := range c.changes {
			if strings.Contains(c.text, "checkpoint") && strings.HasPrefix(x.to, "checkpoint") {
				continue
			}
			changed := c.text
			if x.from != "" {
				if changed = strings.Replace(c.text, x.from, x.to, 1); changed == c.text {
					t.Fatalf("%s: nothing is changed", x.name)
				}
			}
			writeFresh(t, &b, x.name, before, changed)
		}
		b.WriteByte('\n')
	}
	compare(t, "changes.golden", b.Bytes())
}

// writeFresh writes the tasks of a changed pipeline that there were not before.
func writeFresh(t *testing.T, b *bytes.Buffer, name string, before map[string][]Task, changed string) {
	t.Helper()
	g, after := parse(t, changed).run(t)
	fmt.Fprintf(b, "%s\n", name)
	for _, pass := range g.Passes {
		var fresh []string
		for _, x := range after[pass.Name] {
			if !slices.ContainsFunc(before[pass.Name], func(y Task) bool { return x.Key == y.Key }) {
				fresh = append(fresh, x.Label)
			}
		}
		if len(fresh) > 0 && pass.Kind != List {
			fmt.Fprintf(b, "  %-18s %d of %d: %s\n", pass.Name, len(fresh), len(after[pass.Name]), strings.Join(fresh, ", "))
		}
	}
}

func compare(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test ./plan -update rewrites it):\n%s", file, got)
	}
}

// ungrouped compares no documents: its first parts need only the first segments.
const ungrouped = `
source web a:60 b:60 c:30 d:60 e:10 f:90 g:20 h:60
op extract v1
`

// More commits never change a task that was given, whatever the order in which tasks
// are committed; a task reads nothing that is not committed; and it survives JSON.
func TestExpandIsMonotone(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	plain := strings.Replace(base, " settles", "", 1)
	for _, text := range []string{base, strings.Replace(plain, "op rules", "checkpoint c\nop rules", 1), strings.Replace(base, "op fine", "checkpoint d\nop fine", 1), switched, units, large, ungrouped} {
		p := parse(t, text)
		g, final := p.run(t)
		lazy := false
		for range 30 {
			commits := Commits{}
			given := map[string]Task{}
			for range 10_000 {
				var ready []Task
				for _, pass := range g.Passes {
					tasks, whole := g.Expand(pass, commits)
					for _, x := range tasks {
						if old, ok := given[x.Key]; ok && !reflect.DeepEqual(old, x) {
							t.Fatalf("task changed:\n%+v\n%+v", old, x)
						}
						if !reflect.DeepEqual(x, final[pass.Name][x.Number]) {
							t.Fatalf("%s %d is another than in the end", pass.Name, x.Number)
						}
						given[x.Key] = x
					}
					lazy = lazy || len(tasks) > 0 && !whole
					if whole && commits[pass.Name] == nil {
						c := &Committed{}
						for _, x := range tasks {
							c.Keys = append(c.Keys, x.Key)
						}
						c.Heads = NewHeads(pass, c.Keys, nil)
						commits[pass.Name] = c
					}
					for _, x := range tasks {
						if c := commits[pass.Name]; c != nil && c.Heads.At(x.Number) == nil {
							ready = append(ready, x)
						}
					}
				}
				if len(ready) == 0 {
					break
				}
				x := ready[rng.IntN(len(ready))]
				var back Task
				line, err := json.Marshal(x)
				if err == nil {
					err = json.Unmarshal(line, &back)
				}
				if again, _ := json.Marshal(back); err != nil || !bytes.Equal(again, line) {
					t.Fatalf("%s came back as %s, %v", line, again, err)
				}
				commits[x.Pass].Heads.Set(x.Number, p.commit(g, x, commits))
			}
			if _, ok := commits.whole("assemble"); !ok {
				t.Fatal("the run did not end")
			}
		}
		if (strings.Contains(text, "checkpoint c") || text == ungrouped) && !lazy {
			t.Error("no task of a later pass was given before all of the one before were committed")
		}
	}
}

// Keys are hashes of length-prefixed parts: no two lists of parts run together.
func TestDigestKeepsPartsApart(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{{}, {""}, {"", ""}, {"a"}, {"a", ""}, {"", "a"}, {"ab"}, {"a", "b"}, {"1:a\n"}, {"a\n1:b"}} {
		d := Digest(parts...)
		if other, ok := seen[d]; ok {
			t.Errorf("%q and %q have one digest", other, parts)
		}
		seen[d] = parts
	}
}
