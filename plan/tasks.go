package plan

import (
	"iter"
	"slices"
)

// Tasks are those of a pass in its order. A run has millions: those that read the input are
// made when they are asked for, and only their keys are held.
type Tasks struct {
	list []Task
	// of tasks that are made
	keys  []string
	make  func(i int) Task
	label func(i int) string
	size  func(i int) int64 // of what it reads
	// follows says that a task has to know where the one before ended.
	follows func(i int) bool
}

// TasksOf are those of a list.
func TasksOf(list []Task) Tasks { return Tasks{list: list} }

// Len is the number of tasks.
func (t Tasks) Len() int {
	if t.make != nil {
		return len(t.keys)
	}
	return len(t.list)
}

// At is the i-th task.
func (t Tasks) At(i int) Task {
	if t.make != nil {
		return t.make(i)
	}
	return t.list[i]
}

// Key is that of the i-th task.
func (t Tasks) Key(i int) string {
	if t.make != nil {
		return t.keys[i]
	}
	return t.list[i].Key
}

// Label is that of the i-th task.
func (t Tasks) Label(i int) string {
	if t.make != nil {
		return t.label(i)
	}
	return t.list[i].Label
}

// Keys are those of all tasks. They are not to be changed.
func (t Tasks) Keys() []string {
	if t.make != nil {
		return t.keys
	}
	keys := make([]string, len(t.list))
	for i := range t.list {
		keys[i] = t.list[i].Key
	}
	return keys
}

// All yields all tasks.
func (t Tasks) All() iter.Seq2[int, Task] {
	return func(yield func(int, Task) bool) {
		for i := range t.Len() {
			if !yield(i, t.At(i)) {
				return
			}
		}
	}
}

// Made reports whether tasks are made when they are asked for.
func (t Tasks) Made() bool { return t.make != nil }

// Slice are tasks from..to-1.
func (t Tasks) Slice(from, to int) []Task {
	if t.make == nil {
		return t.list[from:to:to]
	}
	list := make([]Task, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, t.make(i))
	}
	return list
}

// bytes is what the i-th task reads of the input, as it lies there.
func (t Tasks) bytes(i int) (n int64) {
	if t.size != nil {
		return t.size(i)
	}
	for _, s := range t.list[i].Work.Shards {
		n += s.stored()
	}
	return n
}

// goesOn reports whether the i-th task has to know where the one before ended.
func (t Tasks) goesOn(i int) bool {
	if t.follows != nil {
		return t.follows(i)
	}
	return t.list[i].Work.After != ""
}

// Tasks gives the tasks of a pass as [Graph.Expand] does.
func (g *Graph) Tasks(pass Pass, commits Commits) (Tasks, bool) {
	if pass.Kind != Segment || pass.Section > 0 {
		list, whole := g.Expand(pass, commits)
		return TasksOf(list), whole
	}
	x := &expansion{g: g, pass: pass, commits: commits, lists: map[string]string{}}
	return x.ofInput()
}

// ofInput are the tasks of the first segment pass.
func (x *expansion) ofInput() (Tasks, bool) {
	units, ok := x.units()
	key, settled, ok2 := x.section()
	if !ok || !ok2 {
		return Tasks{}, false
	}
	sources := x.sources()
	t := Tasks{keys: make([]string, len(units))}
	if settled == nil {
		settled = []Input{}
	}
	t.follows = func(i int) bool { return i > 0 && x.g.follows(units[i], units[i-1]) }
	t.size = func(i int) (n int64) {
		for _, s := range units[i] {
			n += s.stored()
		}
		return n
	}
	for i, pack := range units {
		t.keys[i] = x.key(packLabel(pack), append(slices.Clip(key), x.g.packDigest(sources, pack)))
	}
	t.label = func(i int) string { return packLabel(units[i]) }
	t.make = func(i int) Task {
		w := Work{Shards: units[i]}
		if t.follows(i) {
			w.After = t.keys[i-1]
		}
		return Task{Kind: x.pass.Kind, Key: t.keys[i], Pass: x.pass.Name, Label: t.label(i), Number: i, Inputs: settled, Work: w}
	}
	return t, true
}
