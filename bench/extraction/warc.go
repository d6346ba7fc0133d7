package main

import (
	"errors"
	"io"
	"os"

	"github.com/corpusmill/corpusmill/format/warc"
)

// eachResponse calls f with the target URI and the HTTP body of every response
// record of a WARC. The body is only valid during the call.
func eachResponse(path string, f func(uri string, body []byte)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := warc.NewReader(file, warc.Options{})
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if rec.Type != warc.TypeResponse {
			continue
		}
		resp, err := rec.HTTP()
		if err != nil {
			return err
		}
		f(rec.TargetURI, resp.Body)
	}
}
