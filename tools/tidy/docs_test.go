package tidy

import (
	"errors"
	"fmt"
	"go/ast"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every exported name of a public package is documented, settings field by field:
// the help and the documentation of the stages are made from these comments.
func TestExportedNamesAreDocumented(t *testing.T) {
	packageDoc := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test() || strings.HasPrefix(f.name, "internal/") {
			continue
		}
		dir := path.Dir(f.name)
		packageDoc[dir] = packageDoc[dir] || f.ast.Doc != nil
		if f.program() {
			continue
		}
		exported := exportedTypes(f)
		for _, d := range f.ast.Decls {
			for _, missing := range undocumented(d, exported) {
				t.Errorf("%s:%d: %s has no doc comment", f.name, f.line(d.Pos()), missing)
			}
		}
	}
	for dir, ok := range packageDoc {
		if !ok {
			t.Errorf("package %s has no package comment", dir)
		}
	}
}

func exportedTypes(f *goFile) func(*ast.FuncDecl) bool {
	return func(fn *ast.FuncDecl) bool {
		if fn.Recv == nil {
			return true
		}
		e := fn.Recv.List[0].Type
		if star, ok := e.(*ast.StarExpr); ok {
			e = star.X
		}
		if ix, ok := e.(*ast.IndexExpr); ok {
			e = ix.X
		}
		id, ok := e.(*ast.Ident)
		return ok && id.IsExported()
	}
}

// undocumented names what a declaration exports without a comment.
func undocumented(d ast.Decl, reachable func(*ast.FuncDecl) bool) (missing []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && reachable(d) {
			missing = append(missing, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if !s.Name.IsExported() {
					continue
				}
				if d.Doc == nil && s.Doc == nil && s.Comment == nil {
					missing = append(missing, s.Name.Name)
				}
				missing = append(missing, undocumentedSettings(s, d.Doc.Text()+s.Doc.Text())...)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
						missing = append(missing, name.Name)
					}
				}
			}
		}
	}
	return missing
}

// undocumentedSettings names the YAML settings of a struct that have no comment of
// their own and that the comment of the struct does not speak of.
func undocumentedSettings(s *ast.TypeSpec, doc string) (missing []string) {
	st, ok := s.Type.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, field := range st.Fields.List {
		if field.Tag == nil || field.Doc != nil || field.Comment != nil {
			continue
		}
		tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`"))
		if name, _, _ := strings.Cut(tag.Get("yaml"), ","); name != "" && name != "-" && !strings.Contains(doc, name) {
			missing = append(missing, fmt.Sprintf("the setting %s of %s", name, s.Name.Name))
		}
	}
	return missing
}

var markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links between our documents lead somewhere, those to a heading also.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, name := range allFiles(t) {
		if path.Ext(name) != ".md" || strings.HasPrefix(name, "pipelines/demo/source/") {
			continue
		}
		src, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range markdownLink.FindAllStringSubmatch(string(src), -1) {
			u, err := url.Parse(m[1])
			if err != nil || u.Scheme != "" {
				continue
			}
			target := name
			if u.Path != "" {
				target = path.Join(path.Dir(name), u.Path)
			}
			if _, err := os.Stat(filepath.Join(root, target)); errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: the link to %s leads nowhere", name, m[1])
				continue
			}
			if u.Fragment == "" || path.Ext(target) != ".md" {
				continue
			}
			page, err := read(target)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(anchors(string(page)), u.Fragment) {
				t.Errorf("%s: the page of the link %s has no such heading", name, m[1])
			}
		}
	}
}

var (
	markdownHeading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	markdownFence   = regexp.MustCompile("(?ms)^```.*?^```")
	markdownAnchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	notInAnchors    = regexp.MustCompile(`<[^>]*>|[^\pL\pN_ -]`)
)

// anchors are what a link into a page may name behind its #: the headings as GitHub spells
// them, and the anchors that stand in the page.
func anchors(page string) []string {
	page = markdownFence.ReplaceAllString(page, "")
	var list []string
	for _, m := range markdownHeading.FindAllStringSubmatch(page, -1) {
		heading := markdownLink.ReplaceAllString(m[1], "")
		name := strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
		again := 0
		for slices.Contains(list, name) {
			again++
			name = fmt.Sprintf("%s-%d", strings.TrimSuffix(name, fmt.Sprintf("-%d", again-1)), again)
		}
		list = append(list, name)
	}
	for _, m := range markdownAnchor.FindAllStringSubmatch(page, -1) {
		list = append(list, m[1])
	}
	return list
}

func TestAnchors(t *testing.T) {
	page := "# Dedup, in `two` parts\n## By [a model](x.md)\n```\n# no heading\n```\n## 流程\n## Same\n## Same\n- <a id=\"stage-pii\"></a>\n"
	want := []string{"dedup-in-two-parts", "by-a-model", "流程", "same", "same-1", "stage-pii"}
	if got := anchors(page); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Decision records are numbered without gaps and hold the three sections.
func TestDecisionRecords(t *testing.T) {
	names := slices.DeleteFunc(allFiles(t), func(n string) bool { return path.Dir(n) != "docs/adr" })
	for i, name := range names {
		if want := fmt.Sprintf("docs/adr/%04d-", i+1); !strings.HasPrefix(name, want) {
			t.Errorf("%s: want a name that begins with %s", name, want)
		}
		src, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range []string{"## Context", "## Decision", "## Consequences"} {
			if !strings.Contains(string(src), section) {
				t.Errorf("%s has no section %q", name, section)
			}
		}
	}
}
