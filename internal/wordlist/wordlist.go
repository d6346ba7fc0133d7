// Package wordlist reads lists of entries, one a line, with comments behind "#".
package wordlist

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// MaxLine bounds a line, in bytes.
const MaxLine = 64 << 10

// Each reads the entries of a plain or gzip list of at most maxBytes.
func Each(r io.Reader, maxBytes int64, add func(string) error) error {
	in := bufio.NewReaderSize(r, MaxLine)
	r = in
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		defer unpacked.Close()
		r = unpacked
	}
	limited := &io.LimitedReader{R: r, N: maxBytes + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, 0, MaxLine), MaxLine)
	tooLong := func() error { return fmt.Errorf("list is longer than %d bytes (max_list_bytes)", maxBytes) }
	number := 0
	for lines.Scan() {
		if limited.N == 0 {
			return tooLong() // the last line may be cut
		}
		number++
		line := lines.Bytes()
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		line = bytes.TrimSpace(withoutComment(line))
		if len(line) == 0 {
			continue
		}
		if err := add(string(line)); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", number+1, err)
	}
	if limited.N == 0 {
		return tooLong()
	}
	return nil
}

// withoutComment cuts a comment: "#" at the start or after white space, for a
// page may have one in its address.
func withoutComment(line []byte) []byte {
	for i, c := range line {
		if c == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}
