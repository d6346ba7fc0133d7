package store

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
)

// walkDepthMax bounds the nesting of folders in a listing.
const walkDepthMax = 128

// Selection says what a listing is for, so that nothing else is read or judged:
// a file that nobody asked for never stops one, whatever its name or state.
type Selection interface {
	Match(name string) bool // a file
	Below(dir string) bool  // a folder that may hold such files
}

// everything is the selection of a plain listing.
type everything struct{}

func (everything) Match(string) bool { return true }
func (everything) Below(string) bool { return true }

// Selective is a [Store] that lists a selection: the names that begin with prefix
// and match. [Match] makes use of it.
type Selective interface {
	Select(ctx context.Context, prefix string, sel Selection) iter.Seq2[Object, error]
}

// node is one entry of a folder. stat is asked only for files that are listed;
// ok is false where the file is gone or is no regular file.
type node struct {
	name  string
	isDir bool
	link  bool // symbolic
	stat  func() (o Object, ok bool, err error)
}

// walker lists a tree of folders in byte order of the full names.
type walker struct {
	read   func(dir string) ([]node, error) // dir is "" or a slash path
	loops  func(dir string) bool            // dir is a folder that it lies in; asked behind symbolic links
	prefix string
	sel    Selection
	yield  func(Object, error) bool
}

// run lists the tree. It starts at the folder of the prefix, so that a listing
// of RUN/commits/ does not read RUN/segments/.
func (w *walker) run(ctx context.Context) {
	dir, _ := path.Split(w.prefix)
	dir = strings.TrimSuffix(dir, "/")
	if dir != "" && BadName(dir+"/x") != "" {
		return // no object can have such a name
	}
	w.folder(ctx, dir, 0, false)
}

// folder lists one folder, linked if it lies behind a symbolic link, and reports
// whether to go on.
func (w *walker) folder(ctx context.Context, dir string, depth int, linked bool) bool {
	if err := ctx.Err(); err != nil {
		w.yield(Object{}, err)
		return false
	}
	if depth > walkDepthMax {
		w.yield(Object{}, fmt.Errorf("list %s: folders nested deeper than %d", dir, walkDepthMax))
		return false
	}
	nodes, err := w.read(dir)
	if err != nil {
		w.yield(Object{}, err)
		return false
	}
	// A folder sorts as if its name ended in a slash, as its files do.
	slices.SortFunc(nodes, func(a, b node) int { return compareNodes(a, b) })
	for _, n := range nodes {
		full := n.name
		if dir != "" {
			full = dir + "/" + n.name
		}
		if n.isDir {
			behind := linked || n.link
			if !w.below(full) || behind && w.loops(full) {
				continue
			}
			if !w.folder(ctx, full, depth+1, behind) {
				return false
			}
			continue
		}
		if !strings.HasPrefix(full, w.prefix) || strings.HasPrefix(n.name, TemporaryPrefix) || !w.sel.Match(full) {
			continue
		}
		if !w.file(full, n) {
			return false
		}
	}
	return true
}

// below reports whether a folder can hold what is listed.
func (w *walker) below(dir string) bool {
	slashed := dir + "/"
	if !strings.HasPrefix(slashed, w.prefix) && !strings.HasPrefix(w.prefix, slashed) {
		return false
	}
	return w.sel.Below(dir)
}

func (w *walker) file(full string, n node) bool {
	o, ok, err := n.stat()
	if err == nil && ok {
		err = CheckName("list", full)
	}
	if err != nil {
		w.yield(Object{}, err)
		return false
	}
	if !ok {
		return true
	}
	o.Name = full
	return w.yield(o, nil)
}

func compareNodes(a, b node) int {
	x, y := a.name, b.name
	n := min(len(x), len(y))
	if c := cmp.Compare(x[:n], y[:n]); c != 0 {
		return c
	}
	return cmp.Compare(tail(a, n), tail(b, n))
}

func tail(n node, from int) string {
	if n.isDir {
		return n.name[from:] + "/"
	}
	return n.name[from:]
}

// folderError is the answer to reading a folder as an object.
func folderError(op, name string) error {
	return &fs.PathError{Op: op, Path: name, Err: isFolder{}}
}

// isFolder is an ErrNotExist: an object store has no folders.
type isFolder struct{}

func (isFolder) Error() string        { return "is a folder, not a file" }
func (isFolder) Is(target error) bool { return target == fs.ErrNotExist }
