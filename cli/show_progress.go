package cli

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/ledger/claims"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/report"
)

// underWay is how far a run is that has not come to its end.
type underWay struct {
	Workers int            `json:"workers"` // that signed in and did not sign out: ones that were killed on other machines among them
	Passes  []passUnderWay `json:"passes"`
}

type passUnderWay struct {
	Pass  string `json:"pass"`
	Tasks int    `json:"tasks"` // 0 where they are not known yet
	Done  int    `json:"tasks_done"`
}

// progressOf reads how far the run of a folder is; nil where none is under way.
func progressOf(ctx context.Context, f *report.Folder) (*underWay, error) {
	unfinished, err := f.Unfinished(ctx)
	if err != nil || !unfinished {
		return nil, err
	}
	workers, err := claims.Signed(ctx, f.Ledger.Store)
	if err != nil {
		return nil, err
	}
	u := &underWay{Workers: len(workers)}
	var g plan.Graph
	if err := f.Ledger.ReadJSON(ctx, "tasks/graph.json", &g); errors.Is(err, fs.ErrNotExist) {
		return u, nil
	} else if err != nil {
		return nil, err
	}
	for _, pass := range g.Passes {
		if pass.Kind == plan.List {
			continue
		}
		keys, err := taskKeys(ctx, f.Ledger, pass.Name)
		if err != nil {
			return nil, err
		}
		p := passUnderWay{Pass: pass.Name, Tasks: len(keys)}
		for id, err := range f.Ledger.Committed(ctx, pass.Name) {
			if err != nil {
				return nil, err
			}
			if keys[id.Key] || len(keys) == 0 {
				p.Done++
			}
		}
		if !pass.Optional() || p.Tasks > 0 {
			u.Passes = append(u.Passes, p)
		}
	}
	return u, nil
}

// namedWorkers is how many workers are named.
const namedWorkers = 3

// workersOn says who works on the run of a folder, "" where nobody does.
func workersOn(ctx context.Context, f *report.Folder) string {
	if unfinished, err := f.Unfinished(ctx); err != nil || !unfinished {
		return ""
	}
	list, err := claims.Signed(ctx, f.Ledger.Store)
	if err != nil {
		return ""
	}
	var names []string
	for _, w := range list[:min(len(list), namedWorkers)] {
		if w.PID == 0 {
			names = append(names, w.ID)
		} else {
			names = append(names, fmt.Sprintf("process %d on %s", w.PID, cmp.Or(w.Host, "a machine without a name")))
		}
	}
	if more := len(list) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// orUnderWay is the error of reading results that are not there: while somebody works on
// them, who.
func orUnderWay(ctx context.Context, f *report.Folder, err error) error {
	if !errors.Is(err, report.ErrUnfinished) {
		return err
	}
	if who := workersOn(ctx, f); who != "" {
		return codeError{exitInterrupted, fmt.Errorf("%s: the run is under way, by %s: the same line again when it has ended", f.Dir, who)}
	}
	return err
}

// oldNote says that results are older than the last run in their folder.
func oldNote(ctx context.Context, f *report.Folder) string {
	if who := workersOn(ctx, f); who != "" {
		return "note: a run is under way here, by " + who + ": these are the results of the one before"
	}
	return "note: the last run here did not come to its end: these are the results of the one before"
}

// taskKeys reads the keys of the tasks of a pass; none where these are not known yet.
func taskKeys(ctx context.Context, l *ledger.Ledger, pass string) (map[string]bool, error) {
	r, err := l.Store.Open(ctx, "tasks/"+pass+".jsonl")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // read only
	keys := map[string]bool{}
	s := bufio.NewScanner(r)
	s.Buffer(nil, lineMax)
	for s.Scan() {
		var t struct {
			Key string `json:"key"`
		}
		if err := json.Unmarshal(s.Bytes(), &t); err == nil && t.Key != "" { // the last line is no task
			keys[t.Key] = true
		}
	}
	return keys, s.Err()
}

// lines say it for people.
func (u *underWay) lines() []string {
	var b strings.Builder
	for _, p := range u.Passes {
		if p.Tasks == 0 && p.Done == 0 {
			continue
		}
		of := "?"
		if p.Tasks > 0 {
			of = grouped(int64(p.Tasks))
		}
		fmt.Fprintf(&b, "; %s %s of %s", p.Pass, grouped(int64(p.Done)), of)
	}
	head := "this run is not at its end: nobody works on it, the same line goes on"
	if u.Workers > 0 {
		head = "this run is under way, by " + plural(int64(u.Workers), "worker")
	}
	if b.Len() == 0 {
		return wrapped(head, columns)
	}
	return append([]string{head}, wrapped("tasks done: "+strings.TrimPrefix(b.String(), "; "), columns)...)
}
