package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
)

func TestMain(m *testing.M) {
	open := func(_ context.Context, o storetest.Order) (store.Store, error) { return store.Local(o.Location), nil }
	storetest.Main(m, open, map[string]func(store.Store, int) error{"fill": childFill, "modes": childModes})
}

func contextOf(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

func TestRaceLocal(t *testing.T) {
	dir := t.TempDir()
	storetest.RaceTwo(t, store.Local(dir), storetest.Order{Location: dir})
}
