package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func sized(sizes ...int64) (tasks []Task) {
	for i, n := range sizes {
		tasks = append(tasks, Task{Pass: "segment", Key: fmt.Sprint(i), Number: i, Work: Work{Shards: []Shard{{Name: fmt.Sprint(i), Size: n}}}})
	}
	return tasks
}

func lengths(lots []Lot) (list []int) {
	for _, l := range lots {
		list = append(list, l.Len())
	}
	return list
}

// Lots have all tasks in order, no more bytes and tasks than they should, and there are
// enough of them.
func TestLotsOfInput(t *testing.T) {
	for _, c := range []struct {
		tasks             int
		size              int64
		most, least, lots int
	}{
		{0, 1, 0, 0, 0}, {1, 1, 1, 1, 1}, {26, 1000, 1, 1, 26}, {lotsMin, 10, 1, 1, lotsMin}, {2 * lotsMin, 10, 2, 2, lotsMin},
		{100_000, 1000, lotTasks, 100_000 % lotTasks, 100_000/lotTasks + 1}, {100_000, lotBytes / 4, 4, 4, 25_000},
		{1000, 0, 1000 / lotsMin, 1000 % (1000 / lotsMin), 67}, {4 * lotsMax, lotBytes, 4, 4, lotsMax}, {10, 2 * lotBytes, 1, 1, 10},
	} {
		sizes := make([]int64, c.tasks)
		for i := range sizes {
			sizes[i] = c.size
		}
		tasks := sized(sizes...)
		lots := lotsOfInput("segment", TasksOf(tasks))
		n := lengths(lots)
		var all []Task
		for _, l := range lots {
			all = append(all, l.Tasks()...)
		}
		if len(all) != len(tasks) || len(n) != c.lots || len(n) > 0 && (slices.Max(n) != c.most || slices.Min(n) != c.least) {
			t.Errorf("%d of %d bytes: %d lots", c.tasks, c.size, len(n))
		}
		for i := range all {
			if all[i].Number != i {
				t.Fatalf("task %d stands at %d", all[i].Number, i)
			}
		}
	}
}

// Ranges that are read in order have one owner.
func TestLotsKeepRangesTogether(t *testing.T) {
	tasks := sized(slices.Repeat([]int64{lotBytes}, 300)...)
	for i := range tasks {
		if i%100 != 0 {
			tasks[i].Work.After = tasks[i-1].Key
		}
	}
	if got := lengths(lotsOfInput("segment", TasksOf(tasks))); !slices.Equal(got, []int{100, 100, 100}) {
		t.Errorf("lots of %v", got)
	}
}

// Tasks that come later change no lot that was given.
func TestLotsAreMonotone(t *testing.T) {
	const total = 1000
	var tasks []Task
	for i := range total {
		tasks = append(tasks, Task{Pass: "segment.c", Key: fmt.Sprint(i), Number: i})
	}
	final := map[string]bool{}
	for _, l := range lotsByNumber("segment", TasksOf(tasks), total) {
		final[l.Name] = true
	}
	given := 0
	for _, part := range []int{1, 2, 7, 15, 16, 500, 999, 1000} {
		for _, l := range lotsByNumber("segment", TasksOf(tasks[:part]), total) {
			given++
			if !final[l.Name] {
				t.Errorf("of %d tasks a lot of %d is none in the end", part, l.Len())
			}
		}
		gap := slices.Delete(slices.Clone(tasks[:part]), part/2, part/2+1)
		for _, l := range lotsByNumber("segment", TasksOf(gap), total) {
			if !final[l.Name] {
				t.Errorf("of %d tasks with a gap a lot of %d is none in the end", part, l.Len())
			}
		}
	}
	if given == 0 || len(final) != (total+14)/15 {
		t.Errorf("%d given, %d in the end", given, len(final))
	}
}

// The names of lots go by their tasks and stand below the pass.
func TestLotNames(t *testing.T) {
	g := New(parse(t, base).spec)
	tasks := sized(1, 2, 3)
	lots := g.Lots(*g.PassOf(Segment, -1), TasksOf(tasks), 0)
	again := g.Lots(*g.PassOf(Segment, -1), TasksOf(sized(1, 2, 3)), 0)
	seen := map[string]bool{}
	for i, l := range lots {
		if !strings.HasPrefix(l.Name, "segment/") || len(l.Name) != len("segment/")+16 || seen[l.Name] || l.Name != again[i].Name {
			t.Errorf("name %q", l.Name)
		}
		seen[l.Name] = true
	}
	if len(lots) != 3 || lots[2].Bytes != 3 {
		t.Errorf("%+v", lots)
	}
	if got := lengths(g.Lots(Pass{Kind: Assemble}, TasksOf(tasks), 0)); !slices.Equal(got, []int{1, 1, 1}) {
		t.Errorf("part groups: %v", got)
	}
}
