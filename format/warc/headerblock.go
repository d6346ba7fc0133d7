package warc

import (
	"bytes"
	"strings"
	"unsafe"
)

const (
	maxHeaderBytes = 1 << 20 // a header block larger than this is damage or an attack
	maxHeaderLines = 1000
)

// headerEnd finds the empty line that ends a header. It returns the end of the
// last line and the size of the line breaks after it; n is 0 if there is none.
func headerEnd(b []byte) (end, n int) {
	for i := 0; ; {
		k := bytes.IndexByte(b[i:], '\n')
		if k < 0 {
			return 0, 0
		}
		i += k + 1
		if i < len(b) && b[i] == '\n' {
			return i - 1, 2
		}
		if i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n' {
			return i - 1, 3
		}
	}
}

var _ = strings.EqualFold
var _ unsafe.Pointer
