package warc_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
)

// Write one response and read it back.
func Example() {
	var file bytes.Buffer
	w := warc.NewWriter(&file, warc.WriterOptions{Compression: warc.Gzip})
	date := time.Date(2024, 5, 22, 0, 0, 0, 0, time.UTC)
	header, block, err := warc.NewResponse("https://example.org/", date, 200, "OK",
		[]warc.Field{{Name: "Content-Type", Value: "text/html; charset=utf-8"}}, []byte("<p>Hello</p>"))
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, _, err := w.WriteRecord(header, block); err != nil {
		fmt.Println(err)
		return
	}

	r := warc.NewReader(&file, warc.Options{})
	for {
		rec, err := r.Next()
		var bad *warc.RecordError
		if err == io.EOF {
			break
		} else if errors.As(err, &bad) {
			fmt.Println("skipped:", bad)
			continue
		} else if err != nil {
			fmt.Println(err)
			return
		}
		if rec.Type != warc.TypeResponse {
			continue
		}
		resp, err := rec.HTTP()
		if err != nil {
			fmt.Println("skipped:", err)
			continue
		}
		fmt.Println(rec.TargetURI, resp.Status, resp.MediaType, resp.Charset, string(resp.Body))
	}
	// Output: https://example.org/ 200 text/html utf-8 <p>Hello</p>
}

// Records of a compressed file stand alone: one can be read by its range.
func ExampleWriter_WriteRecord() {
	var file bytes.Buffer
	w := warc.NewWriter(&file, warc.WriterOptions{Compression: warc.Zstd})
	date := time.Date(2024, 5, 22, 0, 0, 0, 0, time.UTC)
	var offset, length int64
	for _, text := range []string{"first", "second", "third"} {
		h, block := warc.NewConversion("https://example.org/"+text, date, "", []byte(text))
		o, n, err := w.WriteRecord(h, block)
		if err != nil {
			fmt.Println(err)
			return
		}
		if text == "second" {
			offset, length = o, n
		}
	}
	part := io.NewSectionReader(bytes.NewReader(file.Bytes()), offset, length)
	rec, err := warc.NewReader(part, warc.Options{}).Next()
	fmt.Println(string(rec.Block), err)
	// Output: second <nil>
}
