package run

import (
	"context"
	"log/slog"
)

// concealedLog masks secrets in warnings.
type concealedLog struct {
	slog.Handler
	secrets *secrets
}

// Handle hands the record on with its secrets masked.
func (h concealedLog) Handle(ctx context.Context, r slog.Record) error {
	own := slog.NewRecord(r.Time, r.Level, h.secrets.conceal(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		own.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, own)
}

// WithAttrs implements slog.Handler.
func (h concealedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	own := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		own[i] = h.attr(a)
	}
	return concealedLog{h.Handler.WithAttrs(own), h.secrets}
}

// WithGroup implements slog.Handler.
func (h concealedLog) WithGroup(name string) slog.Handler {
	return concealedLog{h.Handler.WithGroup(name), h.secrets}
}

// attr masks an attribute whose text shows a secret; numbers and what shows none stay as
// they are.
func (h concealedLog) attr(a slog.Attr) slog.Attr {
	old := a.Value.Resolve().String()
	if text := h.secrets.conceal(old); text != old {
		return slog.String(a.Key, text)
	}
	return a
}
