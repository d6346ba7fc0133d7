package fasttext

import (
	"encoding/binary"
)

// file builds model files by hand, field by field.
type file struct {
	dim, wordNgrams, bucket, minn, maxn int32
	loss                                Loss
	model, version                      int32
	words                               []string
	labels                              []string
	counts                              []int64 // of the labels
	pruned                              [][2]int32
	isPruned                            bool
	quant                               []byte // flag and input matrix, in place of input
	input, output                       []float32
}

func newFile() file {
	return file{
		dim: 2, wordNgrams: 1, loss: Softmax, model: supervised, version: version,
		words: []string{eos, "mill"}, labels: []string{"__label__a", "__label__b"}, counts: []int64{2, 1},
		input: []float32{0.5, -0.25, 1, 2}, output: []float32{1, 0, 0, 1},
	}
}

func (f file) bytes() []byte {
	var b []byte
	i32 := func(v ...int32) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint32(b, uint32(x))
		}
	}
	i64 := func(v ...int64) {
		for _, x := range v {
			b = binary.LittleEndian.AppendUint64(b, uint64(x))
		}
	}
	matrix := func(v []float32) {
		i64(int64(len(v))/int64(f.dim), int64(f.dim))
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	i32(magic, f.version, f.dim, 5, 5, 1, 5, f.wordNgrams, int32(f.loss), f.model, f.bucket, f.minn, f.maxn, 100)
	i64(0)
	i32(int32(len(f.words)+len(f.labels)), int32(len(f.words)), int32(len(f.labels)))
	pruned := int64(-1)
	if f.isPruned {
		pruned = int64(len(f.pruned))
	}
	i64(100, pruned)
	for _, w := range f.words {
		b = append(append(b, w...), 0)
		i64(1)
		b = append(b, 0)
	}
	for n, l := range f.labels {
		b = append(append(b, l...), 0)
		i64(f.counts[n])
		b = append(b, 1)
	}
	for _, p := range f.pruned {
		i32(p[0], p[1])
	}
	if f.quant != nil {
		b = append(b, f.quant...)
	} else {
		b = append(b, 0)
		matrix(f.input)
	}
	b = append(b, 0)
	matrix(f.output)
	return b
}

// quantInput returns the flag and the quantised input matrix with one code a row and
// a width of at least dim, so that centroid i is (i, -i, ...).
func quantInput(dim, width int32, codes []byte) []byte {
	b := []byte{1, 0}
	b = binary.LittleEndian.AppendUint64(b, uint64(len(codes)))
	b = binary.LittleEndian.AppendUint64(b, uint64(dim))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(codes)))
	b = append(b, codes...)
	for _, x := range []int32{dim, 1, width, dim} {
		b = binary.LittleEndian.AppendUint32(b, uint32(x))
	}
	for i := range centroids {
		for j := range dim {
			x := float32(i)
			if j%2 == 1 {
				x = -x
			}
			b, _ = binary.Append(b, binary.LittleEndian, x)
		}
	}
	return b
}
