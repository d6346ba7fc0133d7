package ledger

import (
	"testing"

	"github.com/corpusmill/corpusmill/store"
)

// A run folder has one id, that of who was first.
func TestIdentify(t *testing.T) {
	ctx, l := t.Context(), &Ledger{Store: store.Local(t.TempDir())}
	if id, err := l.ID(ctx); id != "" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	for _, id := range []string{"first", "second"} {
		if got, err := l.Identify(ctx, id); got != "first" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	if id, err := l.ID(ctx); id != "first" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	if a, b := NewID(), NewID(); a == b || len(a) != 16 {
		t.Errorf("%q, %q", a, b)
	}
	if err := l.WriteFile(ctx, IDFile, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.ID(ctx); err == nil {
		t.Error("a file without an id is none")
	}
}
