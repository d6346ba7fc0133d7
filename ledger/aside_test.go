package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func shardAside(i int) ledger.SetAside {
	return ledger.SetAside{Source: "web", Name: fmt.Sprintf("%02d", i), Size: int64(i), Stamp: "s", Reason: "gone"}
}

// Workers that set shards aside at the same time stay within the budget, and each shard has
// one record.
func TestPutAsideAtOnce(t *testing.T) {
	const most, workers, shards = 5, 8, 7
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	var wg sync.WaitGroup
	var mu sync.Mutex
	wrote, refused := 0, 0
	for w := range workers {
		wg.Go(func() {
			for i := range shards {
				ok, err := l.PutAside(t.Context(), most, shardAside((i+w)%shards))
				mu.Lock()
				if ok {
					wrote++
				}
				if errors.Is(err, ledger.ErrBudget) {
					refused++
				} else if err != nil {
					t.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	list, err := l.Aside(t.Context())
	if err != nil || len(list) != most || wrote != most || refused != workers*(shards-most) {
		t.Errorf("%d records, %d written, %d refused, %v", len(list), wrote, refused, err)
	}
	seen := map[string]bool{}
	for _, x := range list {
		if seen[x.Name] {
			t.Errorf("%s has two records", x.Name)
		}
		seen[x.Name] = true
	}
}

// All shards of a pack are set aside, or none where there is no room for all.
func TestPutAsidePack(t *testing.T) {
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	for _, x := range []struct {
		most   int64
		shards []ledger.SetAside
		err    error
		have   int
	}{
		{2, []ledger.SetAside{shardAside(1), shardAside(2), shardAside(3)}, ledger.ErrBudget, 0},
		{3, []ledger.SetAside{shardAside(1), shardAside(2), shardAside(3)}, nil, 3},
		{3, []ledger.SetAside{shardAside(2)}, nil, 3},
		{3, []ledger.SetAside{shardAside(2), shardAside(4)}, ledger.ErrBudget, 3},
		{0, nil, nil, 3},
	} {
		_, err := l.PutAside(t.Context(), x.most, x.shards...)
		list, failed := l.Aside(t.Context())
		if !errors.Is(err, x.err) || failed != nil || len(list) != x.have {
			t.Errorf("%d of %d: %d records, %v, %v", len(x.shards), x.most, len(list), err, failed)
		}
	}
}

// Records that are not of our making are left alone where they have another name, and named
// where they hold something else. Taking up removes both kinds.
func TestWrongAside(t *testing.T) {
	for name, x := range map[string]struct {
		text string
		err  error
		have int
	}{
		"set-aside/README":        {"text", nil, 0},
		"set-aside/by-hand.json":  {`{"source":"web","name":"a","size":1,"stamp":"s"}`, nil, 1},
		"set-aside/000007.json":   {`{`, ledger.ErrFileDamaged, 0},
		"set-aside/000008.json":   {`{"source":"web"}`, ledger.ErrFileDamaged, 0},
		"set-aside/x/000009.json": {`[]`, ledger.ErrFileDamaged, 0},
	} {
		s := store.Local(t.TempDir())
		storetest.Put(t, s, name, []byte(x.text))
		l := &ledger.Ledger{Store: s}
		list, err := l.Aside(t.Context())
		if !errors.Is(err, x.err) || len(list) != x.have {
			t.Errorf("%s: %d records, %v", name, len(list), err)
		}
		if _, err := l.TakeUp(t.Context(), func(*ledger.SetAside) bool { return true }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if left := len(storetest.Names(t, s, "")) > 0; left != !strings.HasSuffix(name, ".json") {
			t.Errorf("%s: left %t", name, left)
		}
		if _, err := l.PutAside(t.Context(), 1, shardAside(1)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
