package plan

import "slices"

// Lot is tasks of a pass that a worker takes together: their borders follow from the plan
// alone, so that all workers see the same ones.
type Lot struct {
	Name  string // of its pass and its tasks: <pass>/<16 digits>
	Tasks []Task // in the order of the pass
	Bytes int64  // that its tasks read, as far as it is known
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
func (g *Graph) Lots(pass Pass, tasks []Task, total int) []Lot {
	switch pass.Kind {
	case Segment, Calibrate:
		if pass.Section == 0 {
			return lotsOfInput(tasks)
		}
		return lotsByNumber(tasks, total)
	case Weigh:
		return lotsByNumber(tasks, total)
	}
	lots := make([]Lot, 0, len(tasks))
	for i := range tasks {
		lots = append(lots, lotOf(tasks[i:i+1:i+1], 0))
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

func lotOf(tasks []Task, bytes int64) Lot {
	keys := make([]string, len(tasks))
	for i, t := range tasks {
		keys[i] = t.Key
	}
	return Lot{Name: tasks[0].Pass + "/" + Digest(keys...)[:16], Tasks: tasks, Bytes: bytes}
}

// lotsOfInput cuts by stored bytes. Ranges that are read in order stay together.
func lotsOfInput(tasks []Task) (lots []Lot) {
	var all int64
	sizes := make([]int64, len(tasks))
	for i, t := range tasks {
		for _, s := range t.Work.Shards {
			sizes[i] += s.stored()
		}
		all += sizes[i]
	}
	mostTasks := min(max(len(tasks)/lotsMin, 1), lotTasks)
	mostBytes := max(min(all/lotsMin, lotBytes), all/lotsMax)
	from, sum := 0, int64(0)
	for i := range tasks {
		if i > from && tasks[i].Work.After == "" && (i-from >= mostTasks || sum+sizes[i] > mostBytes) {
			lots = append(lots, lotOf(tasks[from:i:i], sum))
			from, sum = i, 0
		}
		sum += sizes[i]
	}
	if from < len(tasks) {
		lots = append(lots, lotOf(tasks[from:len(tasks):len(tasks)], sum))
	}
	return lots
}

// lotsByNumber cuts every so many numbers, where all tasks between are there.
func lotsByNumber(tasks []Task, total int) (lots []Lot) {
	if total == 0 {
		total = len(tasks)
	}
	wide := min(max(total/lotsMin, 1), lotTasks)
	for len(tasks) > 0 {
		from := tasks[0].Number / wide * wide
		to := min(from+wide, total)
		n := slices.IndexFunc(tasks, func(t Task) bool { return t.Number >= to })
		if n < 0 {
			n = len(tasks)
		}
		if n == to-from {
			lots = append(lots, lotOf(tasks[:n:n], 0))
		}
		tasks = tasks[n:]
	}
	return lots
}
