package run

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/corpusmill/corpusmill/plan"
)

// slowestKept is how many tasks the timings name.
const slowestKept = 20

// taskTiming is the time of a task, from its start to its commit.
type taskTiming struct {
	Pass    string  `json:"pass"`
	Label   string  `json:"label"`
	Key     string  `json:"key"`
	Seconds float64 `json:"seconds"`
}

// slowest are the tasks of this process that took longest.
type slowest struct {
	mu   sync.Mutex
	list []taskTiming
}

// took notes how long a task took.
func (s *slowest) took(t plan.Task, d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, taskTiming{t.Pass, t.Label, t.Key, d.Seconds()})
	slices.SortStableFunc(s.list, func(a, b taskTiming) int { return cmp.Compare(b.Seconds, a.Seconds) })
	s.list = s.list[:min(len(s.list), slowestKept)]
}
