package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/plan"
)

// Listings of the input have a line of some 250 bytes for each shard: of a million they are
// written and read piece by piece.

const shardsMember = `,"shards":`

// sealed is a commit as it is stored.
func sealed(c *Commit) ([]byte, error) {
	if len(c.Shards) == 0 || len(c.Files)+len(c.Parts)+len(c.Rejects)+len(c.Settled)+len(c.Seen) > 0 {
		b, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		return seal(b), nil
	}
	bare := *c
	bare.Shards = nil
	b, err := json.Marshal(&bare)
	if err != nil {
		return nil, err
	}
	b = append(b[:len(b)-1], shardsMember...)
	separator := byte('[')
	for i := range c.Shards {
		line, err := json.Marshal(&c.Shards[i])
		if err != nil {
			return nil, err
		}
		b = append(append(b, separator), line...)
		separator = ','
	}
	b = append(b, ']')
	return append(b, sealOf(b)...), nil
}

// FindListing returns the commit of a listing, nil if there is none, as [Ledger.Find] does.
// Shards that are equal to those of own, at the same place, are these.
func (l *Ledger) FindListing(ctx context.Context, pass, key string, own []plan.Shard) (*Commit, error) {
	name := commitName(pass, key)
	b, err := l.readUpTo(ctx, name, listingMax)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, errTooLong):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	c, err := parseListing(b, own)
	if err == nil && (c.Pass != pass || c.Key != key) {
		err = fmt.Errorf("it is of task %s of pass %s", c.Key, c.Pass)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrDamaged, err)
	}
	return c, nil
}

func parseListing(b []byte, own []plan.Shard) (*Commit, error) {
	if err := checkSeal(b); err != nil {
		return nil, err
	}
	c := &Commit{}
	i := bytes.Index(b, []byte(shardsMember)) // in no string: there a quote is escaped
	if i < 0 {
		return c, json.Unmarshal(b, c)
	}
	list := b[i+len(shardsMember):]
	dec := json.NewDecoder(bytes.NewReader(list))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, errors.Join(err, errors.New("its shards are no list"))
	}
	shards := make([]plan.Shard, 0, len(own))
	for dec.More() {
		var s plan.Shard
		if err := dec.Decode(&s); err != nil {
			return nil, err
		}
		if n := len(shards); n < len(own) && s == own[n] {
			s = own[n]
		}
		shards = append(shards, s)
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	rest := append(b[:i:i], list[dec.InputOffset():]...)
	if err := json.Unmarshal(rest, c); err != nil {
		return nil, err
	}
	c.Shards = shards
	return c, nil
}

// WriteInput writes an [InputFile], as [Ledger.WriteSealed] would write an [Input] of these
// shards.
func (l *Ledger) WriteInput(ctx context.Context, name string, shards iter.Seq[plan.Shard]) error {
	w, err := l.Create(ctx, File{Name: name})
	if err != nil {
		return err
	}
	buffered, sum := bufio.NewWriterSize(w, 1<<16), xxh3.New()
	write := func(b ...byte) {
		if err == nil {
			_, _ = sum.Write(b) // never fails
			_, err = buffered.Write(b)
		}
	}
	write([]byte(`{"shards":[`)...)
	first := true
	for s := range shards {
		var line []byte
		if line, err = json.Marshal(&s); err != nil {
			break
		}
		if !first {
			write(',')
		}
		first = false
		write(line...)
	}
	write(']')
	if err == nil {
		_, err = fmt.Fprintf(buffered, "%s%016x%s\n", sealHead, sum.Sum64(), sealTail)
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return errors.Join(err, w.Abort())
	}
	_, err = w.Commit(ctx)
	return err
}
