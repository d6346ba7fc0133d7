package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/zeebo/xxh3"
)

// Lot is what a worker says of tasks that it took together, once all are committed: their
// commits in the order of the pass, so that others look up none of them, and what the
// engine sums over a pass.
type Lot struct {
	Commits []*Commit
	Sums    json.RawMessage
}

// lotFooter is the last line of a lot.
type lotFooter struct {
	Commits int             `json:"commits"`
	Sums    json.RawMessage `json:"sums,omitempty"`
	XXH3    string          `json:"xxh3"` // of the lines before
}

// Encode writes a line a commit and one that seals them.
func (l *Lot) Encode() ([]byte, error) {
	var b bytes.Buffer
	for _, c := range l.Commits {
		line, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	footer, err := json.Marshal(lotFooter{len(l.Commits), l.Sums, fmt.Sprintf("%016x", xxh3.Hash(b.Bytes()))})
	if err != nil {
		return nil, err
	}
	return append(append(b.Bytes(), footer...), '\n'), nil
}

// ReadLot reads what [Lot.Encode] wrote. The error of what is not as it was written is
// [ErrFileDamaged].
func ReadLot(r io.Reader) (*Lot, error) {
	b, err := io.ReadAll(io.LimitReader(r, lotMax+1))
	if err != nil {
		return nil, err
	}
	if len(b) > lotMax {
		return nil, fmt.Errorf("%w: %w", ErrFileDamaged, errTooLong)
	}
	l, err := parseLot(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFileDamaged, err)
	}
	return l, nil
}

// lotMax bounds the record of a lot, in bytes: one large commit, or many small ones.
const lotMax = commitMax + 128<<20

func parseLot(b []byte) (*Lot, error) {
	if !bytes.HasSuffix(b, []byte("\n")) {
		return nil, errors.New("it is cut short")
	}
	n := bytes.LastIndexByte(bytes.TrimSuffix(b, []byte("\n")), '\n') + 1
	var footer lotFooter
	if err := json.Unmarshal(b[n:], &footer); err != nil {
		return nil, err
	}
	if footer.XXH3 != fmt.Sprintf("%016x", xxh3.Hash(b[:n])) {
		return nil, errors.New("its checksum differs")
	}
	l := &Lot{Sums: footer.Sums}
	for line := range bytes.Lines(b[:n]) {
		c := &Commit{}
		if err := json.Unmarshal(line, c); err != nil {
			return nil, err
		}
		l.Commits = append(l.Commits, c)
	}
	if len(l.Commits) != footer.Commits {
		return nil, fmt.Errorf("%d commits, not %d", len(l.Commits), footer.Commits)
	}
	return l, nil
}
