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
	first, err := own.Reserve(t.Context(), 60)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := env.Reserve(ctx, 41); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("101 of 100 at once: %v", err)
	}
	second, err := env.Reserve(t.Context(), 40)
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
