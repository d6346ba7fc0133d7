package run

import (
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/plan"
)

// Ranges that are read in order belong to one process, and those that are left to one
// worker, as long as nothing between them is done already.
func TestChains(t *testing.T) {
	var tasks []plan.Task
	for s := range strings.FieldsSeq("a b<a c<b d e<d f g<f h<g") { // KEY<AFTER
		key, after, _ := strings.Cut(s, "<")
		tasks = append(tasks, plan.Task{Key: key, Work: plan.Work{After: after}})
	}
	if got := strings.Join(roots(tasks), ""); got != "aaaddfff" {
		t.Errorf("roots %s", got)
	}
	for _, c := range []struct {
		mine []int
		want string
	}{
		{nil, "[]"},
		{[]int{0}, "[[0]]"},
		{[]int{0, 1, 2, 3, 4, 5, 6, 7}, "[[0 1 2] [3 4] [5 6 7]]"},
		{[]int{1, 2, 4}, "[[1 2] [4]]"},
		{[]int{0, 2, 5, 7}, "[[0] [2] [5] [7]]"},
		{[]int{2, 3, 6, 7}, "[[2] [3] [6 7]]"},
	} {
		if got := fmt.Sprint(chains(tasks, c.mine)); got != c.want {
			t.Errorf("of %d: %s, want %s", c.mine, got, c.want)
		}
	}
}
