package fasttext

import (
	"encoding/binary"
	"math"
	"runtime"
	"unsafe"
)

// viewable says that the processor is little-endian, as the file is, and reads floats
// from any address: then a matrix is used where it lies.
const viewable = runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"

// floatView returns the little-endian floats of b, in place where possible.
func floatView(b []byte) []float32 {
	n := len(b) / 4
	if n == 0 {
		return nil
	}
	if viewable {
		return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), n)
	}
	f := make([]float32, n)
	for i := range f {
		f[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return f
}
