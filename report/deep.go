package report

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// VerifyDeep is Verify, and reads the rows of all parts and rejects and the lines of the
// quarantine: what they count is compared with the statistics. Parts of formats that cannot
// be read back are named in Unread.
func (f *Folder) VerifyDeep(ctx context.Context) (*Verification, error) {
	out, err := f.Verify(ctx)
	if err != nil || len(out.Problems) > 0 { // what is damaged need not be readable
		return out, err
	}
	commits, err := f.Manifest(ctx)
	if err != nil {
		return nil, err
	}
	stats, err := f.Stats(ctx)
	if err != nil {
		return nil, err
	}
	v := &verifier{folder: f, out: out}
	for _, s := range f.parts {
		want := &stats.Yield
		if len(stats.Sinks) > 0 {
			want = stats.Sinks[s.Name]
		}
		if want == nil {
			want = &ledger.Yield{}
		}
		if err := v.sinkRows(ctx, s, commits, want); err != nil {
			return nil, err
		}
	}
	if err := v.rejectRows(ctx, commits, stats); err != nil {
		return nil, err
	}
	return out, v.quarantineLines(ctx, commits, stats)
}

// sinkRows sums the rows of a sink's parts.
func (v *verifier) sinkRows(ctx context.Context, s sinkParts, commits []*ledger.Commit, want *ledger.Yield) error {
	what := strings.TrimSpace("sink " + s.Name)
	kind := rowKind{[]string{"text", "tokens"}, s.InParts, false}
	var got ledger.Yield
	read, err := v.rows(ctx, s.store, kind, s.of, commits, func(r *outRow) {
		got.Documents++
		got.Tokens += r.Tokens
		got.Bytes += int64(len(r.Text))
	})
	if err != nil || !read {
		return err
	}
	v.yields(what, kind, got, *want)
	return nil
}

// yields compares what rows sum to with what the statistics say.
func (v *verifier) yields(what string, kind rowKind, got, want ledger.Yield) {
	if got.Documents != want.Documents {
		v.problem("%s: its parts have %d rows, the statistics %d documents", what, got.Documents, want.Documents)
	}
	if kind.inFile("tokens") != "" && got.Tokens != want.Tokens {
		v.problem("%s: the rows of its parts have %d tokens, the statistics %d", what, got.Tokens, want.Tokens)
	}
	if kind.inFile("text") != "" && got.Bytes != want.Bytes {
		v.problem("%s: the texts of its parts have %d bytes, the statistics %d", what, got.Bytes, want.Bytes)
	}
}

// rejectRows counts the rejects by stage and rule.
func (v *verifier) rejectRows(ctx context.Context, commits []*ledger.Commit, stats *ledger.Stats) error {
	kind := rowKind{[]string{"stage", "rule"}, dropped.inFile, false}
	got := map[[2]string]int64{}
	read, err := v.rows(ctx, v.folder.rejects, kind, rejectsOf, commits, func(r *outRow) { got[[2]string{r.Stage, r.Rule}]++ })
	if err != nil || !read {
		return err
	}
	v.dropped(got, stats)
	return nil
}

// dropped compares counts by stage and rule with the statistics.
func (v *verifier) dropped(got map[[2]string]int64, stats *ledger.Stats) {
	for _, st := range stats.Stages {
		for _, rule := range slices.Sorted(maps.Keys(st.Rejected)) {
			at := [2]string{st.Name, rule}
			if got[at] != st.Rejected[rule] {
				v.problem("stage %s: %d documents rejected by %s, the files of rejects have %d", st.Name, st.Rejected[rule], rule, got[at])
			}
			delete(got, at)
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(got), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		v.problem("stage %s: rejected none by %s, the files of rejects have %d", at[0], at[1], got[at])
	}
}

// quarantineLines counts what is in quarantine.
func (v *verifier) quarantineLines(ctx context.Context, commits []*ledger.Commit, stats *ledger.Stats) error {
	var n int64
	for _, c := range commits {
		for _, file := range c.Files {
			if file.Role != ledger.RoleQuarantine {
				continue
			}
			if err := v.folder.quarantine(ctx, file.Name, func(q ledger.QuarantineLine, _ int64) { n += max(q.Records, 1) }); err != nil {
				return err
			}
		}
	}
	if want := stats.QuarantinedSum(); n != want {
		v.problem("quarantine: %d records, the statistics say %d", n, want)
	}
	return nil
}

// rows reads the rows of the files of all commits, each file as many as its commit says.
// It is false where their format cannot be read back.
func (v *verifier) rows(ctx context.Context, s store.Store, kind rowKind, of func(*ledger.Commit) []stage.Part, commits []*ledger.Commit, see func(*outRow)) (bool, error) {
	for _, c := range commits {
		for _, p := range of(c) {
			n, folders := int64(0), output.HiveValues(p.File)
			for r, err := range readRows(ctx, s, p.File, kind) {
				if errors.Is(err, ErrUnreadable) {
					v.out.Unread = append(v.out.Unread, s.String())
					return false, nil
				}
				if err != nil {
					return false, fmt.Errorf("%s/%s: row %d: %w", s, p.File, n, err)
				}
				r.fill(kind, folders)
				see(r)
				n++
			}
			v.out.Rows += n
			if n != p.Rows {
				v.problem("%s/%s: has %d rows, the manifest says %d", s, p.File, n, p.Rows)
			}
		}
	}
	return true, nil
}
