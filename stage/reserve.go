package stage

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"
)

// reserve shares the memory budget of a run out to what asks for a part of it.
type reserve struct {
	once sync.Once
	sem  *semaphore.Weighted
}

// Reserve takes bytes of the memory budget for a buffer that few inputs ask for, as
// the window of a compressed file, and waits until the others leave so much of it.
// More than all of the budget is refused. What is held is given back by release,
// and before more is asked for: who waits must hold nothing.
func (e *Env) Reserve(ctx context.Context, bytes int64) (release func(), err error) {
	if bytes > e.Memory {
		return nil, fmt.Errorf("%s are more than the memory budget of %s", Bytes(bytes), Bytes(e.Memory))
	}
	r := e.reserve
	if r == nil { // an environment that NewEnv did not make belongs to one reader
		return func() {}, nil
	}
	r.once.Do(func() { r.sem = semaphore.NewWeighted(e.Memory) })
	if err := r.sem.Acquire(ctx, bytes); err != nil {
		return nil, context.Cause(ctx)
	}
	return sync.OnceFunc(func() { r.sem.Release(bytes) }), nil
}
