package e2e_test

import (
	"context"
	"io"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

func decompress(r io.ReadCloser) (io.ReadCloser, error) {
	return format.Decompress(context.Background(), r, stage.NewEnv())
}
