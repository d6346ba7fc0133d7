package stage_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/stage"
)

// TestReserve shares one budget out between copies of an environment.
func TestReserve(t *testing.T) {
	env := stage.NewEnv()
	env.Memory = 100
	own := *env
	if _, err := own.Reserve(t.Context(), 101); err == nil {
		t.Error("more than the budget: no error")
	}
	first, err := own.Reserve(t.Context(), 30)
	if err != nil {
		t.Fatal(err)
	}
	for _, bytes := range []int64{21, 100} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		if _, err := env.Reserve(ctx, bytes); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("30 and %d of 100 at once: %v", bytes, err)
		}
		cancel()
	}
	second, err := env.Reserve(t.Context(), 20)
	if err != nil {
		t.Fatal(err)
	}
	first()
	first() // gives back once
	second()
	if _, err := env.Reserve(t.Context(), 100); err != nil {
		t.Error(err)
	}
}
