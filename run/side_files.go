package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
)

// sideFiles are the rejects and the quarantine of a task, made when there are any.
type sideFiles struct {
	plan       *Plan
	task       *ledger.Commit
	rejects    stage.Writer
	quarantine *ledger.FileWriter
	texts      map[[2]string]int // kept so far, by stage and rule
}

func newSideFiles(pl *Plan, task *ledger.Commit) *sideFiles { return &sideFiles{plan: pl, task: task} }

func (s *sideFiles) name() string { return output.RejectsName(s.task.Pass, s.task.Key) }

func (s *sideFiles) add(ctx context.Context, r *result) (err error) {
	if len(r.rejects) > 0 {
		if s.rejects == nil {
			if s.rejects, err = s.plan.rejects.Create(ctx, s.name(), corpus.RejectSchema()); err != nil {
				return fmt.Errorf("rejects: %w", err)
			}
		}
		s.trim(r)
		if err := s.rejects.Write(r.rejects); err != nil {
			return fmt.Errorf("rejects: %w", err)
		}
	}
	if len(r.quarantine) > 0 && s.quarantine == nil {
		if s.quarantine, err = s.plan.ledger.Create(ctx, ledger.File{Name: ledger.QuarantineFolder + s.name() + ".jsonl", Role: ledger.RoleQuarantine}); err != nil {
			return err
		}
	}
	for _, line := range r.quarantine {
		line.Error = s.plan.Pipeline.secrets.conceal(line.Error)
		b, err := json.Marshal(line)
		if err != nil {
			return err
		}
		if _, err := s.quarantine.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// trim drops the texts of rejects that are in no sample, once enough of their rule have one.
func (s *sideFiles) trim(r *result) {
	if s.texts == nil {
		s.texts = map[[2]string]int{}
	}
	for i, d := range r.rejects {
		if d.Text == "" {
			continue
		}
		rule := [2]string{d.Rejection.Stage, d.Rejection.Rule}
		if r.spare[i] && s.texts[rule] >= s.plan.TextPerRule {
			d.Text = ""
			continue
		}
		s.texts[rule]++
	}
}

func (s *sideFiles) commit(ctx context.Context) error {
	if s.rejects != nil {
		part, err := s.rejects.Commit(ctx)
		if err != nil {
			return fmt.Errorf("rejects: %w", err)
		}
		s.task.Rejects = append(s.task.Rejects, part)
	}
	if s.quarantine != nil {
		f, err := s.quarantine.Commit(ctx)
		if err != nil {
			return err
		}
		s.task.Files = append(s.task.Files, f)
	}
	return nil
}

func (s *sideFiles) abort() (err error) {
	if s.rejects != nil {
		err = s.rejects.Abort()
	}
	if s.quarantine != nil {
		err = errors.Join(err, s.quarantine.Abort())
	}
	return err
}
