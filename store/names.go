package store

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode/utf8"
)

// nameBytesMax is the longest object name in bytes, the limit of S3.
const nameBytesMax = 1024

// TemporaryPrefix begins the base name of every temporary. No object has such a
// name, and no listing shows one.
const TemporaryPrefix = ".tmp-"

// CheckName refuses a name that could leave the root, that not every store
// can hold, or that is reserved, with an [fs.ErrInvalid] that names the
// operation.
func CheckName(op, name string) error {
	if why := BadName(name); why != "" {
		return &fs.PathError{Op: op, Path: printable(name), Err: fmt.Errorf("%w: %s", fs.ErrInvalid, why)}
	}
	return nil
}

// printable quotes a name that a terminal or a log could not show.
func printable(name string) string {
	if quoted := strconv.Quote(name); len(quoted) != len(name)+2 {
		return quoted
	}
	return name
}

// BadName says why no store takes a name, "" for a name that all take.
func BadName(name string) string {
	switch {
	case name == "":
		return "empty name"
	case len(name) > nameBytesMax:
		return fmt.Sprintf("name longer than %d bytes", nameBytesMax)
	case !utf8.ValidString(name):
		return "name is not UTF-8"
	case strings.IndexByte(name, 0) >= 0:
		return "name holds a NUL byte"
	case name[0] == '/':
		return "absolute name"
	}
	last := ""
	for element := range strings.SplitSeq(name, "/") {
		switch element {
		case "":
			return "empty path element"
		case ".", "..":
			return "path element " + element
		}
		last = element
	}
	if strings.HasPrefix(last, TemporaryPrefix) {
		return "names that begin with " + TemporaryPrefix + " are reserved"
	}
	return ""
}
