package corpusmill_test

import (
	"io"

	"github.com/corpusmill/corpusmill/format"
)

func decompress(r io.ReadCloser) (io.ReadCloser, error) { return format.Decompress(r) }
