package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/corpusmill/corpusmill/plan"
)

func TestLot(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		l := &Lot{Sums: json.RawMessage(`{"read":3}`)}
		for i := range n {
			l.Commits = append(l.Commits, &Commit{Head: plan.Head{Pass: "p", Key: string(rune('a' + i)), Documents: int64(i)}, Files: []File{{Name: "f"}}})
		}
		b, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadLot(bytes.NewReader(b))
		if err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("%d commits: %+v, %v", n, got, err)
		}
		for i := range b {
			damaged := bytes.Clone(b)
			damaged[i] ^= 0x08 // other digits, letters and signs
			if got, err := ReadLot(bytes.NewReader(damaged)); err == nil && reflect.DeepEqual(got.Commits, l.Commits) && i < bytes.LastIndexByte(b[:len(b)-1], '\n') {
				t.Errorf("byte %d of %d commits changed, and nobody is told", i, n)
			} else if err != nil && !errors.Is(err, ErrFileDamaged) {
				t.Error(err)
			}
			if _, err := ReadLot(bytes.NewReader(b[:i])); err == nil {
				t.Errorf("%d of %d bytes are a lot", i, len(b))
			}
		}
	}
}

func FuzzReadLot(f *testing.F) {
	b, _ := (&Lot{Commits: []*Commit{{}}}).Encode()
	f.Add(b)
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ReadLot(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ReadLot(bytes.NewReader(again)); err != nil || len(got.Commits) != len(l.Commits) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
