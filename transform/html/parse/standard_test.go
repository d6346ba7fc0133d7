package parse_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/html/parse"
)

// envHTML5lib names a folder with html5lib's tests, which golang.org/x/net ships in
// html/testdata/html5lib-tests and html5lib itself in its source distribution.
const envHTML5lib = "CORPUSMILL_TEST_HTML5LIB"

// treeCase is one document of html5lib's tree construction tests.
type treeCase struct {
	where, data, text string
}

// noText are the elements whose content is not the page's text, and why.
var noText = map[string]string{
	"head": "head", "title": "head", "script": "code", "style": "code", "template": "inert",
	"textarea": "control", "select": "control", "option": "control", "optgroup": "control", "datalist": "control",
	"iframe": "never shown", "noembed": "never shown", "noframes": "never shown", "video": "never shown", "audio": "never shown", "canvas": "never shown",
	"math annotation": "formula once more", "math annotation-xml": "formula once more", "math style": "code", "math script": "code",
}

// treeText returns the text of a tree as html5lib writes it, without that of elements in
// noText and of drawings.
func treeText(lines []string, scripted bool) string {
	var shown strings.Builder
	var path []string
	for i := 0; i < len(lines); i++ {
		line, ok := strings.CutPrefix(lines[i], "| ")
		if !ok {
			continue
		}
		trimmed := strings.TrimLeft(line, " ")
		depth := (len(line) - len(trimmed)) / 2
		path = path[:min(depth, len(path))]
		switch {
		case strings.HasPrefix(trimmed, "<!"):
			for !strings.HasSuffix(lines[i], ">") && i+1 < len(lines) && !strings.HasPrefix(lines[i+1], "| ") {
				i++
			}
			path = append(path, "!")
		case strings.HasPrefix(trimmed, `"`):
			s := trimmed[1:]
			for !strings.HasSuffix(s, `"`) && i+1 < len(lines) {
				i++
				s += "\n" + lines[i]
			}
			for i+1 < len(lines) && !strings.HasPrefix(lines[i+1], "| ") {
				i++
				s += "\n" + lines[i]
			}
			if isText(path, scripted) {
				shown.WriteString(s)
			}
		default:
			path = append(path, strings.Trim(trimmed, "<>"))
		}
	}
	return shown.String()
}

// isText reports a place in the tree where text is the page's.
func isText(path []string, scripted bool) bool {
	drawing := false
	for _, e := range path {
		if noText[e] != "" || scripted && e == "noscript" {
			return false
		}
		switch {
		case e == "svg foreignObject":
			drawing = false
		case strings.HasPrefix(e, "svg "):
			drawing = true
		}
	}
	return !drawing
}

// letters counts letters and digits.
func letters(s string) map[rune]int {
	m := map[rune]int{}
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			m[r]++
		}
	}
	return m
}

// missing returns what the second lacks of the first.
func missing(want, got map[rune]int) string {
	var s []string
	for r, n := range want {
		if d := n - got[r]; d > 0 {
			s = append(s, fmt.Sprintf("%d %c", d, r))
		}
	}
	return strings.Join(s, " ")
}

func readTrees(t *testing.T, dir string) (cases []treeCase) {
	files, err := filepath.Glob(filepath.Join(dir, "tree-construction", "*.dat"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no tree construction tests: %v", dir, err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		sections := map[string][]string{}
		var part string
		n, start := 0, 0
		end := func() {
			doc := sections["document"]
			if _, fragment := sections["document-fragment"]; !fragment && doc != nil {
				_, scripted := sections["script-on"] // its <noscript> is raw text, ours is read
				cases = append(cases, treeCase{fmt.Sprintf("%s:%d", filepath.Base(name), start), strings.Join(sections["data"], "\n"), treeText(doc, scripted)})
			}
			sections, part = map[string][]string{}, ""
		}
		for sc := bufio.NewScanner(f); sc.Scan(); {
			n++
			line := sc.Text()
			if line == "#data" {
				end()
				part, start = "data", n
				sections[part] = []string{}
				continue
			}
			if strings.HasPrefix(line, "#") && part != "" {
				switch s := line[1:]; s {
				case "errors", "new-errors", "document-fragment", "script-on", "script-off", "document":
					part = s
					sections[part] = []string{}
					continue
				}
			}
			sections[part] = append(sections[part], line)
		}
		end()
		f.Close() //nolint:errcheck // read only
	}
	return cases
}

// No letter and no digit of html5lib's documents is lost, and none comes that is no text.
func TestTreeConstruction(t *testing.T) {
	dir := os.Getenv(envHTML5lib)
	if dir == "" {
		t.Skip(envHTML5lib + " names no folder with html5lib's tests")
	}
	cases := readTrees(t, dir)
	x := transform.NewExtractor(nil)
	lost, more := 0, 0
	for _, c := range cases {
		pg, err := x.Extract(c.data, transform.Options{Mode: transform.All})
		if err != nil {
			t.Fatal(err)
		}
		want, got := letters(c.text), letters(pg.Text)
		if s := missing(want, got); s != "" {
			lost++
			t.Errorf("%s: lost %s of %q\n\tgot %q", c.where, s, c.data, pg.Text)
		}
		if s := missing(got, want); s != "" {
			more++
			t.Logf("%s: more %s of %q\n\tgot %q", c.where, s, c.data, pg.Text)
		}
	}
	t.Logf("%d documents, %d lose characters, %d have more", len(cases), lost, more)
}

// tokenCase is one of html5lib's tokenizer tests.
type tokenCase struct {
	Description   string
	InitialStates []string
	LastStartTag  string
	Input         string
	Output        []json.RawMessage
	DoubleEscaped bool
}

// tokens returns the characters of a test's tokens, the names of its start tags, and
// whether an end tag comes, with the characters before it.
func (c *tokenCase) tokens() (text string, starts []string, before string, ended bool) {
	for _, raw := range c.Output {
		var token []any
		if json.Unmarshal(raw, &token) != nil || len(token) < 2 {
			continue // "ParseError"
		}
		s, _ := token[1].(string)
		switch token[0] {
		case "Character":
			text += s
		case "StartTag":
			starts = append(starts, s)
		case "EndTag":
			if !ended {
				before, ended = text, true
			}
		}
	}
	return text, starts, before, ended
}

var escapedRune = regexp.MustCompile(`\\u[0-9A-Fa-f]{4}`)

func unescape(s string) string {
	return escapedRune.ReplaceAllStringFunc(s, func(e string) string {
		n, _ := strconv.ParseUint(e[2:], 16, 16)
		return string(rune(n))
	})
}

func readTokens(t *testing.T, dir string) (cases []tokenCase) {
	files, err := filepath.Glob(filepath.Join(dir, "tokenizer", "*.test"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no tokenizer tests: %v", dir, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Tests []tokenCase }
		if err := json.Unmarshal(b, &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		cases = append(cases, file.Tests...)
	}
	return cases
}

// The characters of html5lib's token streams are the text, and raw text ends where
// theirs does.
func TestTokenizer(t *testing.T) {
	dir := os.Getenv(envHTML5lib)
	if dir == "" {
		t.Skip(envHTML5lib + " names no folder with html5lib's tests")
	}
	x := transform.NewExtractor(nil)
	pages, raws := 0, 0
	for _, c := range readTokens(t, dir) {
		text, starts, before, ended := c.tokens()
		if c.DoubleEscaped {
			c.Input, text, before = unescape(c.Input), unescape(text), unescape(before)
		}
		if len(c.InitialStates) == 0 || slices.Contains(c.InitialStates, "Data state") {
			if slices.ContainsFunc(starts, func(s string) bool { return noText[s] != "" || s == "svg" || s == "math" }) {
				continue
			}
			pages++
			pg, err := x.Extract(strings.ToValidUTF8(c.Input, "\ufffd"), transform.Options{Mode: transform.All})
			if s := missing(letters(text), letters(pg.Text)); err != nil || s != "" {
				t.Errorf("%s: %v, lost %s of %q\n\tgot %q", c.Description, err, s, c.Input, pg.Text)
			}
		}
		for _, state := range c.InitialStates {
			var content int
			switch {
			case !ended:
				continue
			case state == "RAWTEXT state":
				content, _ = parse.RawEnd(c.Input, 0, c.LastStartTag)
			case state == "Script data state" && c.LastStartTag == "script":
				content, _ = parse.ScriptEnd(c.Input, 0)
			default:
				continue
			}
			raws++
			if got := c.Input[:content]; got != before {
				t.Errorf("%s, %s: %q holds %q, want %q", c.Description, state, c.Input, got, before)
			}
		}
	}
	t.Logf("%d pages, %d raw texts", pages, raws)
}
