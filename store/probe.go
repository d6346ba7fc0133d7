package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// Probe finds out whether a store can hold a run: it writes, reads, lists,
// conditionally writes twice and removes two small objects under the root,
// named ".probe-" and a random number. The error names the step that fails;
// an S3 server that ignores the condition of a put, and so would let two
// workers both win, is one.
func Probe(ctx context.Context, s Store) (err error) {
	var r [8]byte
	_, _ = rand.Read(r[:]) // never fails
	name := ".probe-" + hex.EncodeToString(r[:])
	fail := func(step string, err error) error {
		return fmt.Errorf("probe of %s: %s: %w", s, step, err)
	}
	defer func() {
		for _, n := range []string{name, name + "-once"} {
			if e := s.Remove(context.WithoutCancel(ctx), n); e != nil && err == nil {
				err = fail("removing an object", e)
			}
		}
	}()
	first, second := []byte("first"), []byte("second")
	if err := probeWrite(ctx, s, name, first); err != nil {
		return fail("writing an object", err)
	}
	if err := probeRead(ctx, s, name, first); err != nil {
		return fail("reading an object back", err)
	}
	if err := probeList(ctx, s, name); err != nil {
		return fail("listing", err)
	}
	created, err := s.PutIfAbsent(ctx, name+"-once", first)
	if err != nil {
		return fail("publishing an object only if absent", err)
	}
	if !created {
		return fail("publishing an object only if absent", errors.New("the store says that a new name is taken"))
	}
	created, err = s.PutIfAbsent(ctx, name+"-once", second)
	if err != nil {
		return fail("publishing an object a second time", err)
	}
	if created {
		return fail("publishing an object a second time", errors.New(
			"the store ignores the condition (If-None-Match: *) and replaced the object; two workers could commit the same task: use a server with conditional puts"))
	}
	if err := probeRead(ctx, s, name+"-once", first); err != nil {
		return fail("reading what was published first", err)
	}
	return nil
}

func probeWrite(ctx context.Context, s Store, name string, data []byte) error {
	w, err := s.Create(ctx, name)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write(data); err != nil {
		return err
	}
	_, err = w.Commit(ctx)
	return err
}

func probeRead(ctx context.Context, s Store, name string, want []byte) error {
	r, err := s.Open(ctx, name)
	if err != nil {
		return err
	}
	defer r.Close()
	got, err := io.ReadAll(io.LimitReader(r, 1024))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("read %q, wrote %q", got, want)
	}
	return nil
}

func probeList(ctx context.Context, s Store, name string) error {
	for o, err := range s.List(ctx, name) {
		if err != nil {
			return err
		}
		if o.Name == name {
			return nil
		}
	}
	return errors.New("an object just written is not listed")
}

// Sweeper is a [Store] with something to sweep: see [Sweep].
type Sweeper interface {
	Sweep(ctx context.Context, olderThan time.Duration) (removed int, err error)
}

// Sweep removes what writers that died left behind and returns how many:
// temporaries of a folder, unfinished uploads below an S3 prefix. On Unix no
// temporary is touched whose writer is alive on this machine, and those of its
// dead writers go whatever their age. Writers on other machines, and those of
// uploads, are known by age only: what is younger than olderThan stays (a
// temporary's age counts from its last write, an upload's from its start), and
// a day is a safe choice. A read-only store has nothing to sweep.
func Sweep(ctx context.Context, s Store, olderThan time.Duration) (removed int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if olderThan < 0 {
		return 0, fmt.Errorf("sweep of %s: negative age %s", s, olderThan)
	}
	if sw, ok := s.(Sweeper); ok {
		return sw.Sweep(ctx, olderThan)
	}
	return 0, nil
}
