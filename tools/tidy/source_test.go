package tidy

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Limits on the size of what people read.
const (
	fileLinesMax     = 600
	functionLinesMax = 100
)

// longFunctions may be longer, each for its reason.
var longFunctions = map[string]string{
	"internal/inflate/codes.go fast": "the inner loop of the decoder; calls would cost a third of its speed",
}

// vagueNames say nothing of what lies inside; things go where they belong.
var vagueNames = []string{"util", "utils", "common", "helper", "helpers", "misc", "manager", "shared", "base"}

// goFile is one parsed Go file of the repository.
type goFile struct {
	name      string
	src       []byte
	fset      *token.FileSet
	ast       *ast.File
	generated bool
}

func (f *goFile) test() bool    { return strings.HasSuffix(f.name, "_test.go") }
func (f *goFile) program() bool { return f.ast.Name.Name == "main" }
func (f *goFile) line(p token.Pos) int {
	return f.fset.Position(p).Line
}

func allFiles(t *testing.T) []string {
	t.Helper()
	names, err := files()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(n string) bool { return strings.Contains(n, "testdata/") })
}

func goFiles(t *testing.T) []*goFile {
	t.Helper()
	var all []*goFile
	for _, name := range allFiles(t) {
		if path.Ext(name) != ".go" {
			continue
		}
		src, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		f := &goFile{name: name, src: src, fset: token.NewFileSet(), generated: generated(src)}
		if f.ast, err = parser.ParseFile(f.fset, name, src, parser.ParseComments|parser.SkipObjectResolution); err != nil {
			t.Errorf("%v", err)
			continue
		}
		all = append(all, f)
	}
	if len(all) < 50 {
		t.Fatalf("%d Go files: this test looks in the wrong place", len(all))
	}
	return all
}

// Names say what is inside.
func TestNames(t *testing.T) {
	for _, name := range allFiles(t) {
		if path.Ext(name) != ".go" {
			continue
		}
		for part := range strings.SplitSeq(strings.TrimSuffix(name, ".go"), "/") {
			if part = strings.TrimSuffix(part, "_test"); slices.Contains(vagueNames, part) {
				t.Errorf("%s: the name %q says nothing of what is inside", name, part)
			}
		}
	}
	for _, f := range goFiles(t) {
		if pkg := strings.TrimSuffix(f.ast.Name.Name, "_test"); slices.Contains(vagueNames, pkg) {
			t.Errorf("%s: the package name %q says nothing of what is inside", f.name, pkg)
		}
	}
}

// Files and functions can be read in one sitting.
func TestSizes(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.generated || f.test() {
			continue
		}
		if n := bytes.Count(f.src, []byte("\n")); n > fileLinesMax {
			t.Errorf("%s: %d lines, the most is %d: split it by what it does", f.name, n, fileLinesMax)
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if n := f.line(fn.End()) - f.line(fn.Pos()) + 1; n > functionLinesMax && longFunctions[f.name+" "+fn.Name.Name] == "" {
					t.Errorf("%s:%d: function %s has %d lines, the most is %d", f.name, f.line(fn.Pos()), fn.Name.Name, n, functionLinesMax)
				}
			}
		}
	}
}

// The marks of unfinished work, put together here so that this file passes.
var unfinished = regexp.MustCompile(`\b(` + "FIX" + `ME|` + "XX" + `X)\b|\b` + "TO" + `DO\b($|[^(]|\([^#])`)

// Unfinished work is an issue, not a comment; a mark names its issue: (#12).
func TestNothingUnfinished(t *testing.T) {
	for _, name := range allFiles(t) {
		switch path.Ext(name) {
		case ".go", ".py", ".sh", ".yaml", ".yml", ".mod", "":
		default:
			continue
		}
		src, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(src) {
			continue
		}
		for i, line := range bytes.Split(src, []byte("\n")) {
			if m := unfinished.Find(line); m != nil {
				t.Errorf("%s:%d: %q: finish it, or open an issue and name it", name, i+1, bytes.TrimSpace(m))
			}
		}
	}
}

// Nothing runs before main and nothing registers itself: lists are explicit.
func TestNoInit(t *testing.T) {
	for _, f := range goFiles(t) {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s:%d: func init: list it where it is used instead", f.name, f.line(fn.Pos()))
			}
		}
		for _, imp := range f.ast.Imports {
			if imp.Name != nil && imp.Name.Name == "_" && imp.Path.Value != `"embed"` {
				t.Errorf("%s:%d: import of %s for its side effects", f.name, f.line(imp.Pos()), imp.Path.Value)
			}
		}
	}
}

// mayTouchProcess says whether a file may exit, print, log or read the environment.
func mayTouchProcess(f *goFile) bool {
	dir := path.Dir(f.name)
	return f.test() || f.program() || dir == "." || dir == "cli" || dir == "store/storetest" || dir == "store/s3/s3test"
}

// processCalls are calls that only a program may make.
var processCalls = map[string][]string{
	"os":  {"Exit", "Getenv", "LookupEnv", "Environ", "Setenv", "Args", "Stdout", "Stderr", "Stdin"},
	"fmt": {"Print", "Println", "Printf"},
}

// A library neither exits nor logs nor reads the environment: the caller decides.
func TestLibrariesLeaveTheProcessAlone(t *testing.T) {
	for _, f := range goFiles(t) {
		if mayTouchProcess(f) {
			continue
		}
		for _, imp := range f.ast.Imports {
			if imp.Path.Value == `"log"` || imp.Path.Value == `"flag"` {
				t.Errorf("%s:%d: a library imports %s: return an error, or take a logger or settings from the caller", f.name, f.line(imp.Pos()), imp.Path.Value)
			}
		}
		selectors(f, func(pkg, name string, pos token.Pos) {
			if slices.Contains(processCalls[pkg], name) {
				t.Errorf("%s:%d: %s.%s in a library: the caller decides", f.name, f.line(pos), pkg, name)
			}
		})
	}
}

// decidingFolders hold what decides the fate of a document or the bytes of the
// output: a clock or unseeded randomness there would make runs differ.
var decidingFolders = []string{"text", "corpus", "stage", "format", "transform", "purify", "dedup", "tokencount", "tokenshards", "sizing", "datagen"}

// What decides a document's fate is bytes, nodes and steps, never the clock.
func TestNoClockInDecisions(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test() || f.program() || !slices.Contains(decidingFolders, top(f.name)) {
			continue
		}
		selectors(f, func(pkg, name string, pos token.Pos) {
			if pkg == "time" && slices.Contains([]string{"Now", "Since", "After", "NewTimer"}, name) || pkg == "rand" && name != "New" && name != "NewPCG" && name != "Rand" {
				t.Errorf("%s:%d: %s.%s: the same input must give the same bytes; use a count, or a hash of seed and ID", f.name, f.line(pos), pkg, name)
			}
		})
	}
}

// selectors calls visit for every package.Name in a file.
func selectors(f *goFile, visit func(pkg, name string, pos token.Pos)) {
	imported := map[string]bool{}
	for _, imp := range f.ast.Imports {
		p := strings.Trim(imp.Path.Value, `"`)
		name := path.Base(p)
		if p == "math/rand/v2" {
			name = "rand"
		}
		if imp.Name != nil {
			name = imp.Name.Name
		}
		imported[name] = true
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && imported[x.Name] {
				visit(x.Name, s.Sel.Name, s.Pos())
			}
		}
		return true
	})
}

// machinePath matches folders of one machine; put together so that this file passes.
var machinePath = regexp.MustCompile(`(^|[^A-Za-z0-9_.*)\]}$/-])/(` + "wo" + `rk|ro` + `ot|op` + `t|ho` + `me)/[A-Za-z0-9_.]`)

// Nothing in the repository depends on where one machine keeps its files.
func TestNoMachinePaths(t *testing.T) {
	for _, name := range allFiles(t) {
		src, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
			continue
		}
		for i, line := range bytes.Split(src, []byte("\n")) {
			if m := machinePath.Find(line); m != nil {
				t.Errorf("%s:%d: %q is a path of one machine: make it relative, or a setting", name, i+1, m)
			}
		}
	}
}
