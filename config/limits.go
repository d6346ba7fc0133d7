package config

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// Limits of a configuration. They hold before the library builds a tree, whose cost grows
// with the square of what they bound.
const (
	// maxYAMLBytes is the size of a file.
	maxYAMLBytes = 1 << 20
	// maxSetBytes is the length of a value of --set; systems allow 128 KiB an argument.
	maxSetBytes = 64 << 10
	// maxYAMLDepth is how deep lists and mappings stand in each other.
	maxYAMLDepth = 64
	// maxYAMLNodes is the number of values and mappings, where aliases are followed.
	maxYAMLNodes = 100_000
	// maxYAMLTokens is the number of brackets, commas, colons, dashes and words.
	maxYAMLTokens = 300_000
	// maxYAMLKeys is the number of keys of one mapping.
	maxYAMLKeys = 4096
	// maxYAMLKey is the length of a key in bytes, as YAML 1.2.2 has it (section 7.4.2).
	maxYAMLKey = 1024
	// maxYAMLPaths bounds the bytes of the paths that the library keeps, one a token: the
	// names of all keys above it.
	maxYAMLPaths = 64 << 20
	// maxYAMLScalars bounds the bytes of all values, where aliases are followed and
	// variables replaced.
	maxYAMLScalars = 8 << 20
	// maxYAMLMoves bounds what the library moves to make room for empty values: all words
	// and signs behind each.
	maxYAMLMoves = 1 << 30
	// maxYAMLSteps bounds what the library reads again and again; see scanSteps.
	maxYAMLSteps = 1 << 26
)

// limitError is an Error of something that is well-formed and too large.
type limitError struct{ at *Error }

// Error is that of its Error.
func (e *limitError) Error() string { return e.at.Error() }

// Unwrap makes it an Error to who asks.
func (e *limitError) Unwrap() error { return e.at }

func tooLarge(file string, line, column int, format string, args ...any) error {
	return &limitError{&Error{File: file, Line: line, Column: column, Msg: fmt.Sprintf(format, args...)}}
}

func (n *Node) limit(format string, args ...any) error {
	return tooLarge(n.File, n.Line, n.Column, format, args...)
}

// ReadFile reads a configuration file, not one byte more than a configuration may have.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	src, err := io.ReadAll(io.LimitReader(f, maxYAMLBytes+1))
	if err != nil {
		return nil, err
	}
	return src, checkSize(path, src)
}

func checkSize(file string, src []byte) error {
	if len(src) > maxYAMLBytes {
		return tooLarge(file, 0, 0, "is larger than %d MiB, which a configuration is not: is it the right file?", maxYAMLBytes>>20)
	}
	return nil
}

// scanSteps counts what the library's scanner reads more than once: a run of < for each
// of them, the rest of a line for each tab in it, the text so far for each line of a long
// run of empty ones. Everything else it reads once.
func scanSteps(file string, src []byte) error {
	const emptyLines = 16 // fewer in a row cost little wherever they stand
	steps, less, empty, line, at := 0, 0, 0, 0, 0
	for len(src) > 0 {
		line++
		text, width := src, len(src)
		if i := bytes.IndexAny(src, "\r\n"); i >= 0 {
			text, width = src[:i], i+1
			if bytes.HasPrefix(src[i:], []byte("\r\n")) {
				width++
			}
		}
		for i, c := range text {
			switch c {
			case '<':
				less++
				steps += less
				continue
			case '\t':
				steps += len(text) - i
			}
			less = 0
		}
		less = 0
		if len(bytes.TrimSpace(text)) > 0 {
			empty = 0
		} else if empty++; empty > emptyLines {
			steps += at
		}
		if steps > maxYAMLSteps {
			return tooLarge(file, line, 1, "too many tabs, empty lines or < in one place to be a configuration")
		}
		at += width
		src = src[width:]
	}
	return nil
}
