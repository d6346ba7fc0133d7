// Package markdown turns Markdown into text, or into Markdown of one form: CommonMark with
// the tables, strikethrough and task lists of GitHub, footnotes, definition lists and
// formulas between dollar signs.
package markdown

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/transform"
)

// Media is the media type of Markdown (RFC 7763).
const Media = format.MediaMD

// Options say what is written. The zero value is plain text.
type Options struct {
	Markdown bool // headings, lists, quotes, code, tables and emphasis stay marked
	Links    bool // addresses of links, in Markdown
	Images   bool // images with a description, in Markdown
}

// ErrLimit reports a document whose blocks lie too deep in each other: it was made to be
// slow.
var ErrLimit = errors.New("markdown: document is over a limit")

// Most of a document.
const (
	maxMarkers = 100         // marks of quotes and lists before a line
	maxWork    = 200_000_000 // squares of the marks of paragraphs, and of the footnotes
	maxCells   = 1_000_000   // of a table, with those that its rows lack
	maxText    = 8           // times the size of the source that the outcome may have
	spareText  = 1 << 20
)

// Document is the outcome of reading a document.
type Document struct {
	Text string
	// Metadata is what the front matter says, and the first heading of the first level as
	// title where it says none.
	Metadata transform.Metadata
}

// Reader reads one document after another. It is not safe for concurrent use. The zero
// value is ready.
type Reader struct {
	parser parser.Parser
	pages  *transform.Extractor
}

// Read reads a document, which is to be valid UTF-8. The error is ErrLimit with details.
func (r *Reader) Read(source string, o Options) (Document, error) {
	source = strings.ReplaceAll(strings.TrimPrefix(source, "\ufeff"), "\r\n", "\n")
	meta, body := frontMatter(source)
	if err := check(body); err != nil {
		return Document{}, err
	}
	if r.parser == nil {
		r.parser = newParser()
		r.pages = transform.NewExtractor(nil)
	}
	src := []byte(body)
	root := r.parser.Parse(text.NewReader(src))
	w := writer{source: src, o: o, pages: r.pages, limit: maxText*len(src) + spareText}
	err := w.document(root)
	r.pages.Trim()
	if err != nil {
		return Document{}, err
	}
	if meta.Title == "" {
		meta.Title = w.title
	}
	return Document{Text: strings.Trim(string(w.out), "\n"), Metadata: meta}, nil
}

// newParser is a parser of all that is known, beside what makes addresses of a heading.
func newParser() parser.Parser {
	p := parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithInlineParsers(append(parser.DefaultInlineParsers(), util.Prioritized(mathParser{}, 150))...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
	p.AddOptions(
		parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0),
			util.Prioritized(extension.NewFootnoteASTTransformer(), 999)),
		parser.WithBlockParsers(util.Prioritized(extension.NewFootnoteBlockParser(), 999),
			util.Prioritized(extension.NewDefinitionListParser(), 101),
			util.Prioritized(extension.NewDefinitionDescriptionParser(), 102)),
		parser.WithInlineParsers(util.Prioritized(extension.NewStrikethroughParser(), 500),
			util.Prioritized(extension.NewTaskCheckBoxParser(), 0),
			util.Prioritized(extension.NewFootnoteParser(), 101)),
	)
	return p
}

// check refuses a document that would take its reader long: what looks up brackets and
// emphasis goes through those of a paragraph once for each, rows of a table are filled up to
// its width, and blocks within blocks are gone through for every line.
func check(s string) error {
	work, notes := 0, strings.Count(s, "[^")
	if work = notes * notes; work > maxWork {
		return fmt.Errorf("%w: %d footnotes", ErrLimit, notes)
	}
	marks, lines, columns := 0, 0, 0
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) == "" {
			marks, lines, columns = 0, 0, 0
			continue
		}
		if n := depth(line); n > maxMarkers {
			return fmt.Errorf("%w: %d quotes and lists in each other, limit %d", ErrLimit, n, maxMarkers)
		}
		before := marks
		for i := range len(line) {
			switch line[i] {
			case '[', '*', '_', '~':
				marks++
			}
		}
		lines++
		columns = max(columns, strings.Count(line, "|"))
		if work += (marks - before) * (marks + before); work > maxWork {
			return fmt.Errorf("%w: paragraphs of %d brackets and marks of emphasis", ErrLimit, marks)
		}
		if columns*lines > maxCells {
			return fmt.Errorf("%w: a table of more than %d cells", ErrLimit, maxCells)
		}
	}
	return nil
}

// depth is how many marks of quotes and lists a line begins with: each is a block in the
// one before. An indented item may lie in one for each four columns.
func depth(line string) (n int) {
	indent := 0
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ' ' || c == '\t':
			if i++; n == 0 {
				indent++
			}
			continue
		case c == '>':
			i++
		case (c == '-' || c == '+' || c == '*' || c == ':') && blankAt(line, i+1):
			i += 2
		case c >= '0' && c <= '9':
			j := i
			for j < len(line) && line[j] >= '0' && line[j] <= '9' {
				j++
			}
			if j >= len(line) || line[j] != '.' && line[j] != ')' || !blankAt(line, j+1) {
				i = len(line)
				continue
			}
			i = j + 1
		default:
			i = len(line)
			continue
		}
		n++
	}
	if n > 0 {
		n += indent / 4
	}
	return n
}

func blankAt(s string, i int) bool { return i >= len(s) || s[i] == ' ' || s[i] == '\t' }

// mathKind is the kind of mathNode.
var mathKind = ast.NewNodeKind("Math")

// mathNode is a formula with its dollar signs, whose marks are TeX's and not Markdown's.
type mathNode struct {
	ast.BaseInline
	raw []byte
}

func (*mathNode) Kind() ast.NodeKind              { return mathKind }
func (m *mathNode) Dump(source []byte, level int) { ast.DumpHelper(m, source, level, nil, nil) }

// mathParser reads formulas: one dollar sign that no space follows, to one that no space
// precedes and no digit follows, or what stands between two pairs of them.
type mathParser struct{}

func (mathParser) Trigger() []byte { return []byte{'$'} }

// maxFormula is the longest formula, in bytes.
const maxFormula = 4096

func (mathParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	if bytes.HasPrefix(line, []byte("$$")) {
		return displayMath(block)
	}
	if len(line) < 3 || line[1] == ' ' || line[1] == '\t' || line[1] == '\n' {
		return nil
	}
	for i := 1; i < min(len(line), maxFormula); i++ {
		switch line[i] {
		case '\\':
			i++
		case '$':
			if line[i-1] == ' ' || line[i-1] == '\t' || i+1 < len(line) && line[i+1] >= '0' && line[i+1] <= '9' {
				return nil
			}
			raw := block.Value(text.NewSegment(segment.Start, segment.Start+i+1))
			block.Advance(i + 1)
			return &mathNode{raw: raw}
		}
	}
	return nil
}

// displayMath reads a formula between two pairs of dollar signs, over lines too.
func displayMath(block text.Reader) ast.Node {
	at, position := block.Position()
	var raw []byte
	block.Advance(2)
	for size := 0; size < maxFormula; {
		line, _ := block.PeekLine()
		if line == nil {
			break
		}
		if i := bytes.Index(line, []byte("$$")); i >= 0 {
			raw = append(append([]byte("$$"), raw...), line[:i+2]...)
			block.Advance(i + 2)
			return &mathNode{raw: raw}
		}
		raw = append(raw, line...)
		size += len(line)
		block.AdvanceLine()
	}
	block.SetPosition(at, position)
	return nil
}
