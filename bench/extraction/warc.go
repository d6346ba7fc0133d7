package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// eachResponse calls f with the target URI and the HTTP body of every response
// record of a WARC with one gzip member a record. It is just enough for the
// benchmark; format/warc is the real reader.
func eachResponse(path string, f func(uri string, body []byte)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	br := bufio.NewReaderSize(file, 1<<20)
	zr, err := gzip.NewReader(br)
	if err != nil {
		return err
	}
	for {
		zr.Multistream(false)
		rec, err := io.ReadAll(zr)
		if err != nil {
			return err
		}
		if err := response(rec, f); err != nil {
			return err
		}
		if err := zr.Reset(br); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func response(rec []byte, f func(string, []byte)) error {
	head, rest, ok := bytes.Cut(rec, []byte("\r\n\r\n"))
	if !ok {
		return errors.New("record without header")
	}
	if !bytes.Contains(head, []byte("WARC-Type: response")) {
		return nil
	}
	n, err := strconv.Atoi(field(head, "Content-Length"))
	if err != nil || n > len(rest) {
		return fmt.Errorf("content length: %d of %d: %v", n, len(rest), err)
	}
	_, body, ok := bytes.Cut(rest[:n], []byte("\r\n\r\n"))
	if ok {
		f(field(head, "WARC-Target-URI"), body)
	}
	return nil
}

func field(head []byte, name string) string {
	for line := range bytes.Lines(head) {
		if k, v, ok := bytes.Cut(line, []byte(": ")); ok && string(k) == name {
			return string(bytes.TrimSpace(v))
		}
	}
	return ""
}
