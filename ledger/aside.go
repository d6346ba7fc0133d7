package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// SetAsideFolder holds a record of each shard of the input that is set aside.
const SetAsideFolder = "set-aside/"

// SetAside says that a shard of the input is not read, since a task failed on it. It is of
// the shard as it was listed: one of another size or stamp is read again.
type SetAside struct {
	Source string `json:"source"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	Stamp  string `json:"stamp"`
	// Pass is that of the task which failed, Worker who ran it, Reason its error.
	Pass   string `json:"pass,omitempty"`
	Worker string `json:"worker,omitempty"`
	Reason string `json:"reason"`
}

// Of reports whether the record is of that shard of the input.
func (x SetAside) Of(source, name string, size int64, stamp string) bool {
	return x.Source == source && x.Name == name && x.Size == size && x.Stamp == stamp
}

// ErrBudget means that as many shards are set aside as may be.
var ErrBudget = errors.New("no more shards may be set aside")

// asideMax bounds the records that are read, whatever a pipeline allows.
const asideMax = 100_000

// AsideNames lists the records of shards that are set aside, by their names.
func (l *Ledger) AsideNames(ctx context.Context) (names []string, err error) {
	for o, err := range l.Store.List(ctx, SetAsideFolder) {
		if err != nil {
			return nil, err
		}
		if !strings.HasSuffix(o.Name, ".json") {
			continue // not of our making
		}
		if names = append(names, o.Name); len(names) > asideMax {
			return nil, fmt.Errorf("%s has more than %d records", SetAsideFolder, asideMax)
		}
	}
	slices.Sort(names)
	return names, nil
}

// ReadAside reads a record of [Ledger.AsideNames]. One that is gone was taken up: nil. The
// error of one that is not as it was written is [ErrFileDamaged].
func (l *Ledger) ReadAside(ctx context.Context, name string) (*SetAside, error) {
	x := &SetAside{}
	err := l.ReadSealed(ctx, name, x)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && (x.Source == "" || x.Name == "") {
		err = fmt.Errorf("%s: %w: it names no file of the input", name, ErrFileDamaged)
	}
	if errors.Is(err, ErrFileDamaged) {
		err = fmt.Errorf("%w; remove it, and the file that it was of is read again", err)
	}
	return x, err
}

// Aside reads all records of shards that are set aside, in the order of their names.
func (l *Ledger) Aside(ctx context.Context) (list []SetAside, err error) {
	names, err := l.AsideNames(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		x, err := l.ReadAside(ctx, name)
		if err != nil {
			return nil, err
		}
		if x != nil {
			list = append(list, *x)
		}
	}
	return list, nil
}

// asideName is the name of a record. They are numbered, and each is put if absent: so
// workers that set shards aside at the same time see each other's.
func asideName(number int) string { return fmt.Sprintf("%s%06d.json", SetAsideFolder, number) }

// PutAside sets shards aside, unless they are, so that at most so many are. It says whether
// something was written; the error is [ErrBudget] where there is no room for all of them.
func (l *Ledger) PutAside(ctx context.Context, most int64, shards ...SetAside) (wrote bool, err error) {
	for {
		// The number first: what has a lower one was there before the records are read, and who
		// puts another meanwhile takes this number.
		number, err := l.nextAside(ctx)
		if err != nil {
			return wrote, err
		}
		list, err := l.Aside(ctx)
		if err != nil {
			return wrote, err
		}
		left := slices.DeleteFunc(slices.Clone(shards), func(s SetAside) bool {
			return slices.ContainsFunc(list, func(x SetAside) bool { return x.Of(s.Source, s.Name, s.Size, s.Stamp) })
		})
		if len(left) == 0 {
			return wrote, nil
		}
		if int64(len(list)+len(left)) > min(most, asideMax) {
			return wrote, ErrBudget
		}
		b, err := json.Marshal(left[0])
		if err != nil {
			return wrote, err
		}
		created, err := l.Store.PutIfAbsent(ctx, asideName(number), append(seal(b), '\n'))
		if err != nil {
			return wrote, err
		}
		wrote = wrote || created
	}
}

// nextAside is a number behind all that are there.
func (l *Ledger) nextAside(ctx context.Context) (int, error) {
	names, err := l.AsideNames(ctx)
	next := 1
	for _, name := range names {
		var n int
		if _, err := fmt.Sscanf(path.Base(name), "%06d.json", &n); err == nil {
			next = max(next, n+1)
		}
	}
	return next, err
}

// TakeUp removes the records of which gone says so, and returns how many.
func (l *Ledger) TakeUp(ctx context.Context, gone func(*SetAside) bool) (n int, err error) {
	names, err := l.AsideNames(ctx)
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		x, err := l.ReadAside(ctx, name)
		if errors.Is(err, ErrFileDamaged) {
			x, err = &SetAside{}, nil
		}
		if err != nil {
			return n, err
		}
		if x == nil || !gone(x) {
			continue
		}
		if err := l.Store.Remove(ctx, name); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
