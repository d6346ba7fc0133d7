package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"unicode"

	"github.com/corpusmill/corpusmill/config"
)

// modulePath is what the import paths of settings begin with.
const modulePath = "github.com/corpusmill/corpusmill"

// comments finds the comments of struct types by package folder and type name.
type comments struct {
	root  string
	types map[string]map[string]structDoc // by folder
}

// structDoc is what the source says of a struct type.
type structDoc struct {
	doc    string
	fields map[string]string
}

// of returns the comments of a struct type of this module.
func (c *comments) of(t reflect.Type) (structDoc, error) {
	dir, ok := strings.CutPrefix(t.PkgPath(), modulePath)
	if !ok {
		return structDoc{}, fmt.Errorf("%s: not of this module", t)
	}
	dir = filepath.Join(c.root, filepath.FromSlash(dir))
	if c.types[dir] == nil {
		types, err := parseTypes(dir)
		if err != nil {
			return structDoc{}, err
		}
		c.types[dir] = types
	}
	d, ok := c.types[dir][t.Name()]
	if !ok {
		return d, fmt.Errorf("%s: no such struct in %s", t, dir)
	}
	return d, nil
}

// parseTypes reads the struct types of a package folder.
func parseTypes(dir string) (map[string]structDoc, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	types := map[string]structDoc{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range f.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				ts := spec.(*ast.TypeSpec)
				if st, ok := ts.Type.(*ast.StructType); ok {
					doc := ts.Doc.Text()
					if doc == "" {
						doc = gen.Doc.Text()
					}
					types[ts.Name.Name] = structDoc{doc, fieldDocs(st)}
				}
			}
		}
	}
	return types, nil
}

func fieldDocs(st *ast.StructType) map[string]string {
	docs := map[string]string{}
	for _, f := range st.Fields.List {
		doc := f.Doc.Text()
		if doc == "" {
			doc = f.Comment.Text()
		}
		for _, name := range f.Names {
			docs[name.Name] = doc
		}
	}
	return docs
}

// docLink is a link of a Go comment: the brackets go.
var docLink = regexp.MustCompile(`\[(\*?[A-Z][A-Za-z0-9_.]*|[a-z]+\.[A-Z][A-Za-z0-9_.]*)\]`)

// prose turns a Go comment into plain text: paragraphs on one line each, an empty
// line between them, preformatted lines behind a tab. The Go name that begins it
// gives way to the name in YAML.
func prose(comment, goName, name string) string {
	if rest, ok := strings.CutPrefix(comment, goName+" "); ok {
		comment = name + " " + rest
	}
	comment = docLink.ReplaceAllString(comment, "$1")
	var out []string
	open := false // the last line is a paragraph that goes on
	margin := ""  // of the preformatted lines at hand
	for line := range strings.SplitSeq(strings.TrimSpace(comment), "\n") {
		switch {
		case strings.TrimSpace(line) == "":
			out = append(out, "")
			open = false
		case strings.HasPrefix(line, "\t"), strings.HasPrefix(line, "  "):
			if n := len(out); n == 0 || !strings.HasPrefix(out[n-1], "\t") {
				margin = line[:len(line)-len(strings.TrimLeft(line, " \t"))]
			}
			out = append(out, "\t"+strings.TrimRight(strings.ReplaceAll(strings.TrimPrefix(line, margin), "\t", "  "), " "))
			open = false
		case open:
			out[len(out)-1] += " " + line
		default:
			out = append(out, line)
			open = true
		}
	}
	return strings.Join(out, "\n")
}

// keyNames gives the Go names of settings in a text way to their keys: those of several words
// anywhere, those of one word, which may be a word of the language, within a sentence.
func keyNames(text string, t reflect.Type) string {
	for f := range config.Fields(t) {
		key := config.YAMLName(f)
		abbreviation := len(f.Name) > 1 && unicode.IsUpper(rune(f.Name[1])) && !strings.Contains(key, "_") // GPU, IPv6
		if key == "" || key == "-" || !f.IsExported() || abbreviation {
			continue
		}
		name := regexp.MustCompile(`(\b[a-z0-9_]+[,;]? |\()` + regexp.QuoteMeta(f.Name) + `\b`)
		if strings.ContainsFunc(f.Name[1:], unicode.IsUpper) {
			name = regexp.MustCompile(`(^|[^A-Za-z0-9_.])` + regexp.QuoteMeta(f.Name) + `\b`)
		}
		text = name.ReplaceAllString(text, "${1}"+key)
	}
	return text
}

// summary is the first sentence of a text.
func summary(doc string) string {
	doc, _, _ = strings.Cut(doc, "\n")
	for i := 0; i+1 < len(doc); i++ {
		if doc[i] == '.' && doc[i+1] == ' ' && i+2 < len(doc) && doc[i+2] >= 'A' && doc[i+2] <= 'Z' && !strings.HasSuffix(doc[:i], "et al") {
			return doc[:i+1]
		}
	}
	return doc
}
