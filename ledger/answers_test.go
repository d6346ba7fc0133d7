package ledger_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/store"
)

// Who is slower goes by the answers that are there; every bit of them counts.
func TestAnswersOnce(t *testing.T) {
	ctx := t.Context()
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	key := ledger.AnswersKey{Stage: "s1", Documents: "abcdef"}
	if a, err := l.Answers(ctx, key); a != nil || err != nil {
		t.Fatal(a, err)
	}
	first := &ledger.Answers{Kind: ledger.AnswerValues, Stage: "scorer", Key: key, Documents: 2, Columns: 2, Values: []float64{0.5, math.NaN(), math.Copysign(0, -1), 1e-300}}
	second := *first
	second.Values = []float64{1, 2, 3, 4}
	for _, a := range []*ledger.Answers{first, &second} {
		got, err := l.Answered(ctx, a)
		if err != nil || !sameBits(got.Values, first.Values) {
			t.Errorf("answers %+v, %v", got, err)
		}
	}
	got, err := l.Answers(ctx, key)
	if err != nil || !sameBits(got.Values, first.Values) || got.Documents != 2 || got.Columns != 2 || got.Stage != "scorer" {
		t.Errorf("answers %+v, %v", got, err)
	}
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func TestAnswersDamaged(t *testing.T) {
	ctx := t.Context()
	l := &ledger.Ledger{Store: store.Local(t.TempDir())}
	whole := func(documents string) *ledger.Answers {
		return &ledger.Answers{Kind: ledger.AnswerValues, Stage: "scorer", Key: ledger.AnswersKey{Stage: "s1", Documents: documents}, Documents: 1, Columns: 1, Values: []float64{7}}
	}
	if _, err := l.Answered(ctx, whole("0000")); err != nil {
		t.Fatal(err)
	}
	good, err := l.ReadFile(ctx, whole("0000").Key.Name())
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{"0001": nil, "0002": good, "0003": good[:len(good)-1], "0004": append(slices.Clone(good), 0)}
	for i := range len(good) {
		b := slices.Clone(good)
		b[i] ^= 0x20
		bad[fmt.Sprintf("%04d", 100+i)] = b
	}
	for documents, b := range bad {
		if err := l.WriteFile(ctx, whole(documents).Key.Name(), b); err != nil {
			t.Fatal(err)
		}
		if a, err := l.Answers(ctx, whole(documents).Key); !errors.Is(err, ledger.ErrAnswersDamaged) {
			t.Errorf("%s: %+v, %v", documents, a, err)
		}
	}
	for name, change := range map[string]func(*ledger.Answers){ // whole, and not what this program writes
		"0005": func(a *ledger.Answers) { a.Kind = "songs" },
		"0006": func(a *ledger.Answers) { a.Columns = 2 },
		"0007": func(a *ledger.Answers) { a.Documents = -1 },
	} {
		a := whole(name)
		change(a)
		if _, err := l.Answered(ctx, a); err != nil {
			t.Fatal(err)
		}
		if a, err := l.Answers(ctx, a.Key); !errors.Is(err, ledger.ErrAnswersDamaged) {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
		bad[name] = nil
	}
	n, damaged := 0, 0
	for o, err := range l.AllAnswers(ctx) {
		n++
		if errors.Is(err, ledger.ErrAnswersDamaged) {
			damaged++
		} else if err != nil || o.Name != whole("0000").Key.Name() {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
	if n != len(bad)+1 || damaged != len(bad) {
		t.Errorf("%d files, %d damaged; want %d and %d", n, damaged, len(bad)+1, len(bad))
	}
}

// Answers of no batch that another process withdraws while they are published are published
// anew, unless that goes on.
func TestAnswersWithdrawn(t *testing.T) {
	key := ledger.AnswersKey{Stage: "s1", Documents: "0011"}
	for times, ok := range []bool{true, true, true, true, true, false} {
		l := &ledger.Ledger{Store: &revoked{store.Local(t.TempDir()), times}}
		a := &ledger.Answers{Kind: ledger.AnswerValues, Stage: "scorer", Key: key, Documents: 1, Columns: 1, Values: []float64{7}}
		got, err := l.Answered(t.Context(), a)
		if (err == nil) != ok || ok && !sameBits(got.Values, a.Values) {
			t.Errorf("withdrawn %d times: %+v, %v", times, got, err)
		}
		if kept, err := l.Answers(t.Context(), key); err != nil || (kept != nil) != ok {
			t.Errorf("withdrawn %d times: %+v is kept, %v", times, kept, err)
		}
	}
}
