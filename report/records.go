package report

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
)

// records checks that manifest and statistics are to the byte what a run writes: a reader
// of JSON takes much that nobody wrote. And it finds commits that the manifest lacks.
func (v *verifier) records(ctx context.Context, commits []*ledger.Commit, stats *ledger.Stats) error {
	l := v.folder.Ledger
	var lines []byte
	named := map[ledger.ID]bool{}
	for _, c := range commits {
		lines = append(append(lines, jsonOf(c)...), '\n')
		named[ledger.ID{Pass: c.Pass, Key: c.Key}] = true
	}
	b, err := l.ReadFile(ctx, ledger.ManifestFile)
	if err != nil {
		return err
	}
	if !bytes.Equal(b, lines) {
		v.problem("%s: is not as a run writes it", ledger.ManifestFile)
	}
	if b, err = l.ReadFile(ctx, ledger.StatsFile); err != nil {
		return err
	}
	whole, err := json.MarshalIndent(stats, "", " ")
	if err != nil {
		return err
	}
	if !bytes.Equal(b, append(whole, '\n')) {
		v.problem("%s: is not as a run writes it", ledger.StatsFile)
	}
	if v.out.Unfinished { // commits of the run that is under way are right
		return nil
	}
	for id, err := range l.Committed(ctx, "") {
		if err != nil {
			return err
		}
		if !named[id] && id.Pass != string(plan.List) {
			v.problem("%s: lacks the commit %s of %s", ledger.ManifestFile, id.Key, id.Pass)
		}
	}
	return nil
}
