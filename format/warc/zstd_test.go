package warc

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestReaderDictionary reads a .warc.zst file that carries its dictionary in a
// first skippable frame, stored plain or compressed.
func TestReaderDictionary(t *testing.T) {
	p := pages(3)
	var contents [][]byte
	for i := range 40 {
		contents = append(contents, []byte(page(i)))
	}
	dict, err := zstd.BuildDict(zstd.BuildDictOptions{ID: 77, Contents: contents, History: []byte(page(50)), Offsets: [3]int{1, 4, 8}})
	if err != nil {
		t.Fatal(err)
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderDict(dict), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	var records []byte
	for _, s := range p {
		records = w.EncodeAll([]byte(s), records)
	}
	for _, stored := range [][]byte{dict, zst(string(dict))} {
		file := binary.LittleEndian.AppendUint32(nil, dictionaryMagic)
		file = binary.LittleEndian.AppendUint32(file, uint32(len(stored)))
		file = append(append(file, stored...), records...)
		if got := readStream(t, bytes.NewReader(file), Options{}); got != "0 1 2" {
			t.Errorf("with dictionary: %s", got)
		}
		file[0]-- // another skippable frame
		if got := readStream(t, bytes.NewReader(file), Options{}); got != "[dict]" {
			t.Errorf("without dictionary: %s", got)
		}
	}
}
