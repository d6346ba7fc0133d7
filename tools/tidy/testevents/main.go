// Command testevents reads the events of go test -json and prints what people
// want of them: a line as each package ends, the output of what failed, the tests
// that skipped and why, and last the lines of the test runner for each package.
// It exits with 1 where anything failed, did not build, or nothing ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is one line of go test -json.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
}

func main() {
	ok, err := report(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testevents:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// outcome is what is kept of the events.
type outcome struct {
	live    io.Writer           // takes a package's line at once
	output  map[string][]string // of each test, by package and name
	failed  []string
	skipped []string
	build   []string
	summary []string
}

// report prints the outcome; ok is false where anything failed or nothing ran.
func report(r io.Reader, w io.Writer) (ok bool, err error) {
	o := outcome{live: w, output: map[string][]string{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			if strings.HasPrefix(lines.Text(), "go: downloading ") {
				continue
			}
			o.build = append(o.build, lines.Text()+"\n")
			continue
		}
		o.add(e)
	}
	if err := lines.Err(); err != nil {
		return false, err
	}
	out := bufio.NewWriter(w)
	for _, line := range o.build {
		out.WriteString(line)
	}
	for _, key := range o.failed {
		for _, line := range o.output[key] {
			out.WriteString(line)
		}
	}
	if len(o.skipped) > 0 {
		fmt.Fprintf(out, "== %d tests skipped:\n", len(o.skipped))
	}
	for _, key := range o.skipped {
		fmt.Fprintf(out, "skipped %s: %s\n", key, reason(o.output[key]))
	}
	// Packages without tests first, so that the last line is a verdict.
	slices.SortStableFunc(o.summary, func(a, b string) int { return rank(a) - rank(b) })
	out.WriteString("== the test runner's own lines:\n")
	for _, line := range o.summary {
		out.WriteString(line)
	}
	return len(o.summary) > 0 && len(o.failed) == 0 && len(o.build) == 0, out.Flush()
}

func (o *outcome) add(e event) {
	key := strings.TrimPrefix(e.Package, "github.com/corpusmill/corpusmill/") + " " + e.Test
	switch e.Action {
	case "build-output":
		o.build = append(o.build, e.Output)
	case "output":
		if e.Test == "" && summary(e.Output) {
			o.summary = append(o.summary, e.Output)
			fmt.Fprint(o.live, e.Output)
			return
		}
		o.output[key] = append(o.output[key], e.Output)
	case "pass":
		delete(o.output, key)
	case "fail":
		o.failed = append(o.failed, key)
	case "skip":
		if e.Test != "" {
			o.skipped = append(o.skipped, key)
		}
	}
}

// summary reports whether a package's line is the test runner's verdict on it.
func summary(line string) bool {
	return slices.ContainsFunc([]string{"ok  \t", "FAIL\t", "?   \t"}, func(p string) bool { return strings.HasPrefix(line, p) })
}

// rank orders the lines: no tests, passed, failed.
func rank(line string) int {
	switch line[0] {
	case '?':
		return 0
	case 'o':
		return 1
	}
	return 2
}

// reason is what a test said when it skipped.
func reason(lines []string) string {
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "===") || strings.HasPrefix(line, "---") {
			continue
		}
		if i := strings.Index(line, ".go:"); i >= 0 {
			if _, text, ok := strings.Cut(line[i+4:], ": "); ok {
				return text
			}
		}
		return line
	}
	return "no reason given"
}
