package cli

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"math"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/transform"
)

const (
	maxExplainPages  = 200
	maxExplainBlocks = 3000 // of one page
	maxExplainText   = 600  // bytes of one block
	explainReasons   = 5
)

// explainedPage is one page as --explain shows it.
type explainedPage struct {
	ID, URL, Title       string
	Kept, Blocks, Hidden int // Hidden: blocks not shown
	Confidence           float64
	List                 []explainedBlock
}

// explainedBlock is one block of it.
type explainedBlock struct {
	Text, Class, Rule, Heading string
	Kept                       bool
	First                      float64
	Percent                    int // of the score
	Group                      int
	Reasons                    []explainedReason
}

type explainedReason struct {
	Name, Value, Typical, Effect string
	For                          bool
}

func explainPageOf(e *extracted, pg *transform.Page, st *transform.HTMLTextStage) *explainedPage {
	out := &explainedPage{ID: e.ID, URL: e.URL, Title: pg.Title, Kept: pg.Kept, Blocks: pg.Blocks, Confidence: pg.Confidence}
	for b := range st.Explain(explainReasons) {
		if len(out.List) == maxExplainBlocks {
			out.Hidden++
			continue
		}
		block := explainedBlock{Text: shorten(b.Text, maxExplainText), Class: b.Class, Rule: ruleText(&b), Heading: b.Heading, Kept: b.Kept,
			First: b.First, Percent: int(math.Round(100 * b.Score)), Group: b.Group}
		if b.Level > 0 {
			block.Class = fmt.Sprintf("%s %d", b.Class, b.Level)
		}
		for _, r := range b.Reasons {
			block.Reasons = append(block.Reasons, explainedReason{r.Name, short(r.Value), short(r.Typical), fmt.Sprintf("%+.2f", r.Effect), r.Effect > 0})
		}
		out.List = append(out.List, block)
	}
	return out
}

func short(v float64) string { return fmt.Sprintf("%.3g", v) }

// shorten cuts a text at a character.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}

// lowerings say what a rule found a block to be that it then lowered.
var lowerings = map[string]string{
	"related":      "links under a heading that names them other pages",
	"contents":     "a table of contents",
	"filters":      "a panel of filters",
	"hidden":       "a line that the page does not show",
	"replies":      "a comment under an article",
	"outside_body": "outside the container of the article's body",
	"elsewhere":    "in a container that is named for other pages",
	"rights":       "a declaration of rights under an article",
	"credits":      "who edited an article, what to share and to scan, the name of an advertisement",
	"headline":     "the headline of an article, which is a field of its own",
	"post_stamp":   "who wrote a post, and when",
	"post_notice":  "what a forum's software says beside the posts",
}

// ruleText says what decided about a block.
func ruleText(b *transform.Explained) string {
	switch b.Rule {
	case "all":
		return "kept: mode all keeps every block"
	case "second_try":
		if b.Kept {
			return "kept by the second try: nothing on the page scored, and this is running text outside furniture"
		}
		return "dropped by the second try: nothing on the page scored, and this is no running text, or it is in furniture"
	case "repetition":
		return "dropped: the same text was kept before"
	case "comments":
		return "kept: readers' comments were asked for"
	case "tables":
		return "dropped: tables of data were not asked for"
	case "table_heading":
		return "kept: heading of a table that is kept"
	case "subheading":
		return "kept: a heading between two texts that are kept"
	case "table_cell":
		return "kept: a cell between two of its table that are kept"
	case "notice":
		return "kept: number, attachment, signature or date of a notice"
	case "thread_title":
		return "kept: title of a short thread"
	case "collection":
		return "dropped: of a collection this was not asked for"
	case "post":
		return "kept: code or a list in a post that is kept for the most part"
	case "login":
		return "dropped: the page asks for a password and says next to nothing"
	case "line_numbers":
		return "dropped: numbers of a listing's lines, or the button that copies it"
	case "lede":
		return "kept: sentences between the article's heading and its body"
	}
	if what := lowerings[b.Rule]; what != "" {
		return fmt.Sprintf("dropped: %s, so that the score went down from %.2f", what, b.Raw)
	}
	if b.Kept {
		return fmt.Sprintf("kept: the score reaches the page's cut of %.2f", b.Cut)
	}
	if b.Cut > 1 {
		return "dropped: no cut on this page promised any content"
	}
	return fmt.Sprintf("dropped: the score is below the page's cut of %.2f", b.Cut)
}

//go:embed extract_explain.html
var explainHTML string

// explainPage is the HTML file of --explain. It is written page by page.
type explainPage struct {
	path  string
	file  *os.File
	out   *bufio.Writer
	tmpl  *template.Template
	pages int
	more  int
}

func createExplain(path string) (*explainPage, error) {
	tmpl, err := template.New("explain").Parse(explainHTML)
	if err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	e := &explainPage{path: path, file: f, out: bufio.NewWriterSize(f, 64<<10), tmpl: tmpl}
	return e, tmpl.ExecuteTemplate(e.out, "head", nil)
}

func (e *explainPage) add(x extracted) error {
	if x.explained == nil {
		e.more++
		return nil
	}
	e.pages++
	x.explained.ID = strings.ToValidUTF8(x.explained.ID, "\uFFFD")
	return e.tmpl.ExecuteTemplate(e.out, "page", x.explained)
}

func (e *explainPage) close() error {
	err := e.tmpl.ExecuteTemplate(e.out, "tail", struct{ Pages, More int }{e.pages, e.more})
	if err := errors.Join(err, e.out.Flush(), e.file.Close()); err != nil {
		return fmt.Errorf("%s: %w", e.path, err)
	}
	return nil
}
