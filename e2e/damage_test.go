package e2e_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/run"
)

// The campaign of bench/damage is this test with more trials.
var (
	damageTrials = flag.Int("damage.trials", 40, "trials of TestDamage")
	damageSeed   = flag.Uint64("damage.seed", 1, "seed of TestDamage and TestKillsAcrossPlans")
)

// kindOf says of what kind a file of a run or its output is.
func kindOf(name string) string {
	base := filepath.Base(name)
	dir, _, _ := strings.Cut(strings.TrimPrefix(name, "run/"), "/")
	switch {
	case strings.HasPrefix(base, "_corpusmill"):
		return "manifest of a folder"
	case strings.HasPrefix(name, "out/"):
		return "part"
	case dir == "segments":
		return "segments/*" + filepath.Ext(base)
	case dir == "commits" && strings.Contains(name, "-settle/"):
		return "commit of settled limits"
	case dir == "commits", dir == "stats", dir == "rejects", dir == "quarantine", dir == "answers":
		return dir + "/"
	case dir == "claims", dir == "workers":
		return dir + "/"
	case dir == "tasks" && base != "graph.json":
		return "tasks/"
	}
	return strings.TrimPrefix(name, "run/")
}

// A harm is one way in which a file can be damaged; nil is a file that is gone. It is
// false where the file has no place for it.
type harm struct {
	what string
	do   func(rng *rand.Rand, b []byte) ([]byte, bool)
	// swap is in place of do: others are sound files of the kind, with other bytes.
	swap func(rng *rand.Rand, b []byte, others [][]byte) ([]byte, bool)
}

var harms = []harm{
	{what: "a bit flipped", do: func(rng *rand.Rand, b []byte) ([]byte, bool) {
		if len(b) == 0 {
			return nil, false
		}
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		return b, true
	}},
	{what: "a range zeroed", do: func(rng *rand.Rand, b []byte) ([]byte, bool) {
		if len(b) == 0 {
			return nil, false
		}
		from := rng.IntN(len(b))
		clear(b[from:min(len(b), from+1+rng.IntN(512))])
		return b, true
	}},
	{what: "cut anywhere", do: func(rng *rand.Rand, b []byte) ([]byte, bool) {
		if len(b) == 0 {
			return nil, false
		}
		return b[:rng.IntN(len(b))], true
	}},
	{what: "cut behind a record", do: func(rng *rand.Rand, b []byte) ([]byte, bool) {
		ends := recordEnds(b)
		if len(ends) == 0 {
			return nil, false
		}
		return b[:ends[rng.IntN(len(ends))]], true
	}},
	{what: "a record missing", do: func(rng *rand.Rand, b []byte) ([]byte, bool) {
		ends := append([]int{0}, recordEnds(b)...)
		if len(ends) < 3 {
			return nil, false
		}
		i := 1 + rng.IntN(len(ends)-1)
		return slices.Delete(b, ends[i-1], ends[i]), true
	}},
	{what: "empty", do: func(_ *rand.Rand, b []byte) ([]byte, bool) { return []byte{}, len(b) > 0 }},
	{what: "removed", do: func(*rand.Rand, []byte) ([]byte, bool) { return nil, true }},
	{what: "another of its kind", swap: swapped},
	{what: "another of its kind and size", swap: func(rng *rand.Rand, b []byte, others [][]byte) ([]byte, bool) {
		return swapped(rng, b, slices.DeleteFunc(others, func(o []byte) bool { return len(o) != len(b) }))
	}},
}

// swapped is one of the others.
func swapped(rng *rand.Rand, _ []byte, others [][]byte) ([]byte, bool) {
	if len(others) == 0 {
		return nil, false
	}
	return others[rng.IntN(len(others))], true
}

// recordEnds are the places behind records: lines of texts, blocks of files that have a
// table of them.
func recordEnds(b []byte) (ends []int) {
	const trailer = 40
	if n := len(b); n > trailer && string(b[n-8:]) == "CMBLOCK1" {
		table := n - trailer - int(binary.LittleEndian.Uint64(b[n-trailer:]))
		end := 0
		for row := b[table : n-trailer]; len(row) > 0; {
			size, k := binary.Uvarint(row)
			_, l := binary.Uvarint(row[k:])
			row, end = row[k+l+8:], end+int(size)
			ends = append(ends, end)
		}
		return ends
	}
	for i, c := range b[:max(len(b)-1, 0)] {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	return ends
}

// Outcomes of a trial, of which the last two are failures of the program.
const (
	unharmed = "no harm"        // what was promised is there, the file is not needed or not known
	remade   = "made again"     // by a run
	checked  = "by run --check" // verify finds it, run --check makes it again
	refused  = "refused"        // by an error that names the file and what to do, done with success
	wrong    = "WRONG"
	stuck    = "STUCK"
)

// state is a folder that a trial begins with.
type state struct {
	what  string
	files map[string][]byte
}

// of are the files of a kind.
func (s state) of(kind string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		if kindOf(name) == kind {
			names = append(names, name)
		}
	}
	return names
}

// campaign is a number of trials.
type campaign struct {
	*backend
	want    []map[string]string // what is promised, by plan
	whole   []state             // finished runs, by plan
	states  []state
	kinds   []string                  // of files that one of them has
	table   map[string]map[string]int // outcomes by kind of file
	trouble []string
}

// newCampaign makes the runs that are damaged and those that are right.
func newCampaign(t *testing.T, b *backend) *campaign {
	c := &campaign{backend: b, table: map[string]map[string]int{}}
	tasks := 0
	for i := range damagedPlans {
		p := b.place(t)
		s, err := p.run(t, i, run.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if problems := p.verify(t); len(problems) > 0 {
			t.Fatal(problems)
		}
		files := p.files(t)
		c.want = append(c.want, promised(files))
		c.whole = append(c.whole, state{"finished", files})
		if i == 0 {
			tasks = s.TasksRun
			c.states = append(c.states, state{"finished", files}, state{"finished", files}) // as likely as those that are not
		}
		p.drop()
	}
	for i := 1; i <= 6; i++ {
		p := b.place(t)
		b.dying.left = i * tasks / 7
		if _, err := p.run(t, 0, run.Options{Workers: 1}); err == nil {
			t.Fatal("a run whose disk is gone came to an end")
		}
		what := fmt.Sprintf("killed after %d of %d tasks", i*tasks/7, tasks)
		b.dying.left = -1
		c.states = append(c.states, state{what, deadWorkers(p.files(t))})
		p.drop()
	}
	for _, st := range c.states {
		for name := range st.files {
			if kind := kindOf(name); kind != "timings.json" && !slices.Contains(c.kinds, kind) { // it only says how long the run took
				c.kinds = append(c.kinds, kind)
			}
		}
	}
	slices.Sort(c.kinds)
	return c
}

// deadWorkers are files of a run that was killed: its workers, in truth this process, are
// none that this machine has.
func deadWorkers(files map[string][]byte) map[string][]byte {
	pid := fmt.Appendf(nil, `"pid":%d,`, os.Getpid())
	for name, b := range files {
		if strings.HasPrefix(name, "run/workers/") {
			files[name] = bytes.Replace(b, pid, []byte(`"pid":1073741824,`), 1)
		}
	}
	return files
}

// differs says in what the files are not as they are promised, "" in nothing.
func (c *campaign) differs(files map[string][]byte, number int) string {
	got, want := promised(files), c.want[number]
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch b, ok := got[name]; {
		case !ok && strings.HasPrefix(name, "run/segments/"): // may be deleted
		case !ok:
			return name + " is missing"
		case b != want[name]:
			return name + " is another"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			return name + " is one too many"
		}
	}
	return ""
}

// others are sound files of the kind of that one, of this run or another, with other bytes.
func (c *campaign) others(st state, name string) (all [][]byte) {
	for _, s := range append([]state{st}, c.whole...) {
		for _, other := range s.of(kindOf(name)) {
			if b := s.files[other]; !bytes.Equal(b, st.files[name]) {
				all = append(all, b)
			}
		}
	}
	return all
}

// trial damages one file and looks at what becomes of the run.
func (c *campaign) trial(t *testing.T, number int) {
	rng := rand.New(rand.NewPCG(*damageSeed, uint64(number)))
	kind := c.kinds[number%len(c.kinds)] // each as often
	var st state
	var names []string
	for len(names) == 0 {
		st = c.states[rng.IntN(len(c.states))]
		names = st.of(kind)
	}
	name := names[rng.IntN(len(names))]
	var h harm
	var b []byte
	for ok := false; !ok; {
		if h = harms[rng.IntN(len(harms))]; h.swap != nil {
			b, ok = h.swap(rng, st.files[name], c.others(st, name))
		} else {
			b, ok = h.do(rng, bytes.Clone(st.files[name]))
		}
	}
	plan := 0
	if rng.IntN(3) == 0 {
		plan = rng.IntN(len(damagedPlans))
	}
	p := c.with(t, st.files)
	defer p.drop()
	if b == nil {
		if err := p.store.Remove(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	} else {
		p.put(t, name, b)
	}
	outcome, why := c.judge(t, p, plan, name, st.files[name])
	if c.table[kind] == nil {
		c.table[kind] = map[string]int{}
	}
	c.table[kind][outcome]++
	what := fmt.Sprintf("trial %d: %s, plan %d: %s of %s: %s: %s", number, st.what, plan, h.what, name, outcome, why)
	if outcome == wrong || outcome == stuck {
		c.trouble = append(c.trouble, what)
		t.Error(what)
	} else if testing.Verbose() {
		t.Log(what)
	}
}

// judge runs and verifies, and does what the program says.
func (c *campaign) judge(t *testing.T, p place, plan int, name string, sound []byte) (outcome, why string) {
	_, err := p.run(t, plan, run.Options{Workers: 2})
	if err != nil {
		return c.obey(t, p, plan, name, err.Error())
	}
	problems, files := p.verify(t), p.files(t)
	if len(problems) == 0 {
		if why := c.differs(files, plan); why != "" {
			return wrong, why
		}
		if now, ok := files[name]; ok && bytes.Equal(now, sound) {
			return remade, ""
		}
		return unharmed, ""
	}
	if strings.Contains(problems[0], "remove it") { // nobody can make it again
		return c.obey(t, p, plan, name, problems[0])
	}
	if _, err := p.run(t, plan, run.Options{Workers: 2, Check: true}); err != nil {
		return stuck, fmt.Sprintf("verify finds %q, run --check says: %v", problems, err)
	}
	if again := p.verify(t); len(again) > 0 {
		return stuck, fmt.Sprintf("verify finds %q, after run --check %q", problems, again)
	}
	if why := c.differs(p.files(t), plan); why != "" {
		return wrong, "after run --check " + why
	}
	return checked, problems[0]
}

// obey does what an error or verify says: it names the file, which is removed or replaced, and the run
// goes on.
func (c *campaign) obey(t *testing.T, p place, plan int, name, says string) (outcome, why string) {
	removes, replaces := strings.Contains(says, "remove it"), strings.Contains(says, "--replace")
	named := strings.Contains(says, filepath.Base(name))
	switch kindOf(name) {
	case "run.json", "manifest of a folder": // of another run they are sound, and the folder is not this run's
		named = named || strings.Contains(says, "another run")
	}
	_, gone := p.store.Stat(t.Context(), name)
	if gone == nil && !named || !removes && !replaces {
		return stuck, "it does not say what to do: " + says
	}
	if removes {
		if err := p.store.Remove(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	o := run.Options{Workers: 2, Replace: replaces}
	if _, again := p.run(t, plan, o); again != nil {
		return stuck, fmt.Sprintf("%s; and then: %v", says, again)
	}
	if problems := p.verify(t); len(problems) > 0 {
		return stuck, fmt.Sprintf("%s; and then: %q", says, problems)
	}
	if why := c.differs(p.files(t), plan); why != "" {
		return wrong, fmt.Sprintf("%s; and then %s", says, why)
	}
	return refused, says
}

// report is the table of the outcomes.
func (c *campaign) report() string {
	var b strings.Builder
	outcomes := []string{remade, checked, refused, unharmed, wrong, stuck}
	fmt.Fprintf(&b, "| file | %s |\n|---|%s\n", strings.Join(outcomes, " | "), strings.Repeat("---:|", len(outcomes)))
	for _, kind := range slices.Sorted(maps.Keys(c.table)) {
		fmt.Fprintf(&b, "| %s |", kind)
		for _, o := range outcomes {
			fmt.Fprintf(&b, " %d |", c.table[kind][o])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Whatever file of a run is damaged in whatever way, and whenever: the run that follows
// makes it again, refuses it, or does not need it; or verify finds it, and run --check
// makes it again. Never are there other bytes than promised that both take for right.
func TestDamage(t *testing.T) {
	c := newCampaign(t, localBackend(t))
	for i := range *damageTrials {
		c.trial(t, i)
	}
	t.Logf("%d trials, seed %d\n%s", *damageTrials, *damageSeed, c.report())
}

// The same on an object store, with fewer trials.
func TestDamageOnObjectStore(t *testing.T) {
	c := newCampaign(t, objectBackend(t))
	for i := range max(*damageTrials/10, 1) {
		c.trial(t, i)
	}
	t.Logf("%d trials, seed %d\n%s", max(*damageTrials/10, 1), *damageSeed, c.report())
}
