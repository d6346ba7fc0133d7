package report

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/segment"
)

// Cut is what a stage cut out of the text of a document, as that was before the stage.
type Cut struct {
	Stage string `json:"stage"`
	// Units are the numbers of the parts, lines for line_dedup, from 0.
	Units []uint32 `json:"units"`
}

// cuts tells the fates what was cut out of their documents, as far as the run has kept the
// segments that say so.
func (f *Folder) cuts(ctx context.Context, commits []*ledger.Commit, fates []*Fate) error {
	byID := map[string][]*Fate{}
	for _, x := range fates {
		byID[x.ID] = append(byID[x.ID], x)
	}
	var segments []*ledger.Commit // of the pass at hand
	cuts := false                 // the next resolve tasks are of a stage that does
	for _, c := range commits {
		switch c.Kind {
		case plan.Group:
			cuts = false
		case plan.Segment:
			if len(segments) > 0 && segments[0].Pass != c.Pass {
				segments = nil
			}
			segments = append(segments, c)
		case plan.Elect:
			cuts = c.File(ledger.RoleCuts, "") != nil
		case plan.Resolve:
			for _, e := range c.Edits {
				if !cuts || e.Input >= len(segments) {
					continue
				}
				err := f.cutsOf(ctx, c, e, segments[e.Input], byID)
				if err != nil && !errors.Is(err, fs.ErrNotExist) { // segments may be deleted
					return err
				}
			}
		}
	}
	return nil
}

// cutsOf adds what a stage cut out of documents of one segment.
func (f *Folder) cutsOf(ctx context.Context, resolve *ledger.Commit, e plan.Edit, seg *ledger.Commit, byID map[string][]*Fate) error {
	index, edits := seg.File(ledger.RoleIndex, ""), resolve.File(ledger.RoleEdits, "")
	if index == nil || edits == nil || !holdsAny(seg, byID) {
		return nil
	}
	rows := map[uint32][]*Fate{}
	row := uint32(0)
	for x, err := range segment.Index(ctx, segment.File{Store: f.Ledger.Store, Name: index.Name, Bytes: index.Bytes, End: index.End}, seg.Documents) {
		if err != nil {
			return err
		}
		if found := byID[x.ID]; found != nil {
			rows[row] = found
		}
		row++
	}
	if len(rows) == 0 {
		return nil
	}
	list, err := segment.Edits(ctx, segment.File{Store: f.Ledger.Store, Name: edits.Name, Bytes: edits.Bytes}, e.Offset, e.Bytes, e.SHA256)
	if err != nil {
		return err
	}
	for _, edit := range list {
		for _, x := range rows[edit.Row] {
			x.Cut = append(x.Cut, Cut{resolve.Operator(), edit.Parts})
		}
	}
	return nil
}

// holdsAny reports whether a segment can have a document of these: where its commit names
// the shards that it was read from, those of other shards have none.
func holdsAny(seg *ledger.Commit, byID map[string][]*Fate) bool {
	if len(seg.Shards) == 0 {
		return true
	}
	for _, fates := range byID {
		for _, x := range fates {
			if x.Shard == "" || slices.ContainsFunc(seg.Shards, func(s plan.Shard) bool { return s.Name == x.Shard }) {
				return true
			}
		}
	}
	return false
}
