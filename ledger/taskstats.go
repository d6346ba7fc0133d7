package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// ErrStatsDamaged means that the statistics of a task are not as its commit says: the
// task is to be run again.
var ErrStatsDamaged = errors.New("the statistics of the task are not as they were committed")

// WriteStats writes the statistics of a task and adds the file to those of its commit.
// It comes before [Ledger.Publish]: what a commit names is there.
func (l *Ledger) WriteStats(ctx context.Context, c *Commit, s *Stats) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	w, err := l.Create(ctx, File{Name: TaskStatsFolder + c.Pass + "/" + c.Key + ".json", Role: RoleStats})
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return errors.Join(err, w.Abort())
	}
	f, err := w.Commit(ctx)
	if err != nil {
		return err
	}
	c.Files = append(c.Files, f)
	return nil
}

// Stats reads the statistics of a committed task and checks their size and digest. They
// are nil where the task has none; the error is [ErrStatsDamaged] where the file is
// missing or another than was committed.
func (l *Ledger) Stats(ctx context.Context, c *Commit) (*Stats, error) {
	f := c.File(RoleStats, "")
	if f == nil {
		return nil, nil
	}
	b, err := l.ReadFile(ctx, f.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w: missing", f.Name, ErrStatsDamaged)
	}
	if err != nil {
		return nil, err
	}
	if int64(len(b)) != f.Bytes {
		return nil, fmt.Errorf("%s: %w: %d bytes, %d were written", f.Name, ErrStatsDamaged, len(b), f.Bytes)
	}
	if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != f.SHA256 {
		return nil, fmt.Errorf("%s: %w: another digest", f.Name, ErrStatsDamaged)
	}
	s := &Stats{}
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", f.Name, ErrStatsDamaged, err)
	}
	return s, nil
}
