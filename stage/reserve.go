package stage

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/corpusmill/corpusmill/config"
)

// reserve shares the memory budget of a run out to what asks for a part of it.
type reserve struct {
	once sync.Once
	sem  *semaphore.Weighted
}

// Reserve takes bytes of the memory budget for a buffer that few inputs ask for, as
// the window of a compressed file, and waits until others have given back what it
// lacks. All that is reserved at once is no more than half of the budget, or one
// buffer alone of at most all of it; more is refused. Who asks must hold nothing that
// was reserved before.
func (e *Env) Reserve(ctx context.Context, bytes int64) (release func(), err error) {
	if bytes > e.Memory {
		return nil, fmt.Errorf("%s are more than the memory budget of %s", config.Bytes(bytes), config.Bytes(e.Memory))
	}
	r := e.reserve
	if r == nil { // an environment that NewEnv did not make belongs to one reader
		return func() {}, nil
	}
	shared := max(e.Memory/2, 1)
	r.once.Do(func() { r.sem = semaphore.NewWeighted(shared) })
	weight := min(bytes, shared)
	if err := r.sem.Acquire(ctx, weight); err != nil {
		return nil, context.Cause(ctx)
	}
	return sync.OnceFunc(func() { r.sem.Release(weight) }), nil
}
