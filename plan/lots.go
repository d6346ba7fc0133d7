package plan

// Lot is tasks of a pass that a worker takes together: their borders follow from the plan
// alone, so that all workers see the same ones.
type Lot struct {
	Name  string // of its pass and its tasks: <pass>/<16 digits>
	Bytes int64  // that its tasks read, as far as it is known

	of       Tasks
	from, to int
}

// Len is the number of its tasks.
func (l *Lot) Len() int { return l.to - l.from }

// Tasks are in the order of the pass.
func (l *Lot) Tasks() []Task { return l.of.Slice(l.from, l.to) }

// Task is the i-th of them.
func (l *Lot) Task(i int) Task { return l.of.At(l.from + i) }

// Keys are those of its tasks.
func (l *Lot) Keys() []string {
	keys := make([]string, 0, l.Len())
	for i := l.from; i < l.to; i++ {
		keys = append(keys, l.of.Key(i))
	}
	return keys
}

// Bounds of a lot. Small tasks share one, so that claims cost little beside them; and there
// are enough lots for many workers, as far as there are tasks.
const (
	lotTasks = 128       // at most, but of ranges that are read in order: these stay together
	lotBytes = 256 << 20 // about, of the input
	lotsMin  = 64        // that a pass is cut into
	lotsMax  = 32 << 10  // about: who looks for work lists them
)

// Lots cuts the tasks of a pass that [Graph.Expand] gave so far. Total is how many the
// pass will have, 0 where that is not known. More tasks never change a lot that it gave.
func (g *Graph) Lots(pass Pass, tasks Tasks, total int) []Lot {
	switch pass.Kind {
	case Segment, Calibrate:
		if pass.Section == 0 {
			return lotsOfInput(pass.Name, tasks)
		}
		return lotsByNumber(pass.Name, tasks, total)
	case Weigh:
		return lotsByNumber(pass.Name, tasks, total)
	}
	lots := make([]Lot, 0, tasks.Len())
	for i := range tasks.Len() {
		lots = append(lots, lotOf(pass.Name, tasks, i, i+1, 0))
	}
	return lots
}

// Total is how many tasks a pass will have, as far as it is known before all are: those of
// a pass that has one for each segment. 0 where it is not.
func (g *Graph) Total(pass Pass, commits Commits) int {
	if pass.Kind != Segment || pass.Section == 0 {
		return 0
	}
	if c := commits[g.segments(pass.Section)]; c != nil {
		return len(c.Keys)
	}
	return 0
}

func lotOf(pass string, tasks Tasks, from, to int, bytes int64) Lot {
	l := Lot{of: tasks, from: from, to: to, Bytes: bytes}
	l.Name = pass + "/" + Digest(l.Keys()...)[:16]
	return l
}

// lotsOfInput cuts by stored bytes. Ranges that are read in order stay together.
func lotsOfInput(pass string, tasks Tasks) (lots []Lot) {
	var all int64
	n := tasks.Len()
	for i := range n {
		all += tasks.bytes(i)
	}
	mostTasks := min(max(n/lotsMin, 1), lotTasks)
	mostBytes := max(min(all/lotsMin, lotBytes), all/lotsMax)
	from, sum := 0, int64(0)
	for i := range n {
		size := tasks.bytes(i)
		if i > from && !tasks.goesOn(i) && (i-from >= mostTasks || sum+size > mostBytes) {
			lots = append(lots, lotOf(pass, tasks, from, i, sum))
			from, sum = i, 0
		}
		sum += size
	}
	if from < n {
		lots = append(lots, lotOf(pass, tasks, from, n, sum))
	}
	return lots
}

// lotsByNumber cuts every so many numbers, where all tasks between are there.
func lotsByNumber(pass string, tasks Tasks, total int) (lots []Lot) {
	if total == 0 {
		total = tasks.Len()
	}
	wide := min(max(total/lotsMin, 1), lotTasks)
	for at := 0; at < tasks.Len(); {
		first := tasks.At(at).Number / wide * wide
		last := min(first+wide, total)
		end := at
		for end < tasks.Len() && tasks.At(end).Number < last {
			end++
		}
		if end-at == last-first {
			lots = append(lots, lotOf(pass, tasks, at, end, 0))
		}
		at = end
	}
	return lots
}
