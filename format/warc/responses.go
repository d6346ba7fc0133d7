package warc

import (
	"errors"
	"io"
	"iter"
)

// Responses yields the response records of a stream with their HTTP messages, both
// valid until the next step. The first error ends it: a reader that wants to go on
// behind damage uses [Reader.Next].
func Responses(r io.Reader, opts Options) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		in := NewReader(r, opts)
		for {
			rec, err := in.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if rec.Type == TypeResponse && !yield(rec, nil) {
				return
			}
		}
	}
}
