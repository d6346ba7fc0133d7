package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/corpusmill/corpusmill/config"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/outbound"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/latex"
	"github.com/corpusmill/corpusmill/transform/markdown"
	"github.com/corpusmill/corpusmill/transform/office"
	"github.com/corpusmill/corpusmill/transform/pdf"
)

// extracted is one line of extract --json.
type extracted struct {
	ID    string `json:"id"`
	URL   string `json:"url"`
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
	// Missing names parts of a document that it refers to and that cannot be read.
	Missing []string `json:"missing,omitempty"`
	*transform.Metadata
	explained *explainedPage
	file      bool // it is all of a file
}

// extraction is what the flags of extract say.
type extraction struct {
	settings transform.HTMLText
	tables   bool
	asJSON   bool
	explain  string
	url      string
	timeout  time.Duration
	allow    []string
	workers  int
}

func (p *program) extractCommand() *cobra.Command {
	x := extraction{settings: config.Defaults[transform.HTMLText](), tables: true}
	c := &cobra.Command{
		Use:   "extract FILE|URL...",
		Short: "Extract the text of pages, documents and web archives",
		Long: `Extracts the main text of HTML files, of pages at http and https addresses, and
of every page of WARC and WET files, as the stage html_text does, and the plain
text of PDF, DOCX, PPTX, XLSX, ODT and EPUB documents there, told by their
bytes, and of Markdown and LaTeX files, told by their names, as the stages
pdf_text, office_text, markdown_text and latex_text do. "-" is standard input.
With --json there is a line {"id","url","text"} a page, with "error" where there
is one; a page without any main text has an empty text. --metadata adds what is
known of "title", "author", "date", "language", "site", "canonical", "license",
"license_urls" and "description".

A file that cannot be read is named with the reason, the others are written
nevertheless, and the command ends with 1. Parts that a document lacks, such as
a chapter of a book, are named, in "missing" with --json.

--explain writes a page that shows the blocks of the input, kept or dropped,
each with its score and with what decided.

A page at an address is read within --timeout, up to 20 MiB, and through at most
5 redirects. Addresses of this machine and of private networks are refused,
wherever a name or a redirect leads to them, unless --allow names them.`,
		Example: "  corpusmill extract --format markdown --links https://example.org\n" +
			"  corpusmill extract --json --metadata crawl.warc.gz > texts.jsonl\n" +
			"  corpusmill extract --explain why.html page.html\n" +
			"  corpusmill extract report.pdf letter.docx",
		Args: someFiles,
	}
	fl := c.Flags()
	fl.BoolVar(&x.asJSON, "json", false, "one JSON line a page")
	fl.BoolVar(&x.settings.Metadata, "metadata", false, "with --json, what the page says of itself")
	fl.StringVar(&x.settings.Mode, "mode", x.settings.Mode, "precision, default, recall, or all for the whole page's text")
	fl.StringVar(&x.settings.Format, "format", x.settings.Format, "text, markdown or html")
	fl.BoolVar(&x.settings.Links, "links", false, "write links, in markdown and html")
	fl.BoolVar(&x.settings.Images, "images", false, "write images with an alternative text, in markdown and html")
	fl.BoolVar(&x.settings.Comments, "comments", false, "keep the readers' comments")
	fl.StringVar(&x.settings.Collection, "collection", x.settings.Collection, "of pages that are lists of items: all, text beside them, or items")
	fl.BoolVar(&x.tables, "tables", true, "keep tables of data; --tables=false drops them")
	fl.BoolVar(&x.settings.KeepTitle, "title", false, "write the page's title above its text")
	fl.StringVar(&x.url, "url", "", "the address of an HTML file, for its links")
	fl.StringVar(&x.explain, "explain", "", "HTML file to write, about at most 200 pages")
	fl.DurationVar(&x.timeout, "timeout", 20*time.Second, "limit for reading a page at an address")
	fl.StringSliceVar(&x.allow, "allow", nil, "what may be read beside public addresses: loopback, private, proxy (that of the environment), or a host")
	workersFlag(c, &x.workers)
	c.RunE = func(c *cobra.Command, args []string) error { return p.extract(c.Context(), &x, args) }
	return c
}

// numbered is a page and its number, from 1.
type numbered struct {
	item
	number int
}

func (p *program) extract(ctx context.Context, x *extraction, args []string) error {
	x.settings.DropTables = !x.tables
	switch {
	case x.settings.Metadata && !x.asJSON:
		return usageError{errors.New("--metadata is for --json")}
	case x.timeout <= 0:
		return usageError{errors.New("--timeout must be positive")}
	}
	allow, err := outbound.ParseAllow(x.allow)
	if err != nil {
		return usageError{fmt.Errorf("--allow %w", err)}
	}
	readers, err := openReaders(ctx, x.settings)
	if err != nil {
		return usageError{fmt.Errorf("--%w", withoutStage(err))}
	}
	defer readers.pdf.Close() //nolint:errcheck // memory alone
	var page *explainPage
	if x.explain != "" {
		if page, err = createExplain(x.explain); err != nil {
			return err
		}
	}
	get := p.pageClient(x.timeout, allow)
	out := bufio.NewWriterSize(p.stdout, 256<<10)
	unread := 0
	show := p.printExtracted(out, x.asJSON, &unread)
	err = ordered(ctx, x.workers, func(take func(numbered) error) error {
		n := 0
		emit := func(i item) error {
			n++
			return take(numbered{i, n})
		}
		return p.eachFile(ctx, args, func(ctx context.Context, file string) error {
			if isAddress(file) {
				i, err := get.page(ctx, file)
				if err != nil {
					return err
				}
				return stopping(emit)(i)
			}
			return p.pages(ctx, file, x.addressed(stopping(emit)))
		})
	}, func() func(numbered) extracted {
		own := readers.fork()
		return func(i numbered) extracted { return x.one(own, i) }
	}, func(e extracted) error {
		if page != nil {
			if err := page.add(e); err != nil {
				return err
			}
		}
		return show(e)
	})
	if page != nil {
		err = errors.Join(err, page.close())
	}
	return errors.Join(err, badDocuments(unread), out.Flush())
}

// addressed gives the address of --url to pages that have none.
func (x *extraction) addressed(emit func(item) error) func(item) error {
	return func(i item) error {
		if i.doc.URL == "" {
			i.doc.URL = x.url
		}
		return emit(i)
	}
}

// stopping makes an error of emit end all files, not one.
func stopping(emit func(item) error) func(item) error {
	return func(i item) error {
		if err := emit(i); err != nil {
			return stopError{err}
		}
		return nil
	}
}

// readers are the stages that turn raw documents into text, each those of its media
// types.
type readers struct {
	pdf      *pdf.PDFTextStage
	office   *office.OfficeTextStage
	markdown *markdown.MarkdownTextStage
	latex    *latex.LaTeXTextStage
	html     *transform.HTMLTextStage
}

func openReaders(ctx context.Context, h transform.HTMLText) (r readers, err error) {
	env := stage.NewEnv()
	if r.html, err = transform.OpenHTMLText(ctx, h, env); err != nil {
		return r, err
	}
	format := "text"
	if h.Format == "markdown" {
		format = h.Format
	}
	if r.office, err = office.OpenOfficeText(ctx, office.OfficeText{Metadata: h.Metadata, Format: format}, env); err != nil {
		return r, err
	}
	md := markdown.MarkdownText{Metadata: h.Metadata, Format: format, Links: h.Links && format == "markdown", Images: h.Images && format == "markdown"}
	if r.markdown, err = markdown.OpenMarkdownText(ctx, md, env); err != nil {
		return r, err
	}
	if r.latex, err = latex.OpenLaTeXText(ctx, latex.LaTeXText{Metadata: h.Metadata, Format: format}, env); err != nil {
		return r, err
	}
	r.pdf, err = pdf.OpenPDFText(ctx, pdf.PDFText{Metadata: h.Metadata}, env)
	return r, err
}

// keepLines has PDFs read line by line, as the papers that they are made of are.
func (r *readers) keepLines(ctx context.Context) (err error) {
	_ = r.pdf.Close() // nothing was read yet
	r.pdf, err = pdf.OpenPDFText(ctx, pdf.PDFText{KeepLines: true}, stage.NewEnv())
	return err
}

// fork gives a worker stages of its own; pdfium's instances are shared.
func (r readers) fork() readers {
	return readers{r.pdf, r.office.Fork().(*office.OfficeTextStage), r.markdown.Fork().(*markdown.MarkdownTextStage), r.latex,
		r.html.Fork().(*transform.HTMLTextStage)}
}

func (r readers) apply(d *corpus.Document) (pg transform.Page, missing []string, v corpus.Verdict, err error) {
	if v, err = r.pdf.Apply(d); err != nil || !v.Kept() {
		return pg, nil, v, err
	}
	if missing, v, err = r.office.ApplyDocument(d); err != nil || !v.Kept() {
		return pg, missing, v, err
	}
	for _, s := range []stage.Editor{r.markdown, r.latex} {
		if v, err = s.Apply(d); err != nil || !v.Kept() {
			return pg, nil, v, err
		}
	}
	pg, v, err = r.html.ApplyPage(d)
	return pg, missing, v, err
}

func (x *extraction) one(st readers, i numbered) (e extracted) {
	e = extracted{ID: i.doc.ID, URL: i.doc.URL, file: i.file}
	defer func() {
		if r := recover(); r != nil {
			e.Text, e.Error = "", fmt.Sprintf("panic: %v", r)
		}
	}()
	if i.err != nil {
		e.Error = i.err.Error()
		return e
	}
	pg, missing, v, err := st.apply(i.doc)
	e.Missing = missing
	switch {
	case err != nil:
		e.Error = err.Error()
	case !v.Kept() && v.Rule != "no_text":
		e.Error = v.String()
	}
	e.Text = i.doc.Text
	if len(i.doc.Extra) > 0 {
		e.Metadata = new(transform.Metadata)
		if err := json.Unmarshal(i.doc.Extra, e.Metadata); err != nil {
			e.Error = err.Error()
		}
	}
	if x.explain != "" && i.number <= maxExplainPages && e.Error == "" {
		e.explained = explainPageOf(&e, &pg, st.html)
	}
	return e
}

// printExtracted writes what was extracted, and counts the files that could not be
// read. Records of an archive are not among them.
func (p *program) printExtracted(out io.Writer, asJSON bool, unread *int) func(extracted) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	first, bad := true, 0
	return func(e extracted) error {
		if e.Error != "" && e.file {
			*unread++
		}
		if e.Error != "" && (e.file || !asJSON) {
			bad++
			p.showBad(bad, e.ID, errors.New(e.Error))
		}
		switch {
		case asJSON:
			return enc.Encode(e)
		case e.Error != "":
			return nil
		}
		for _, part := range e.Missing {
			fmt.Fprintf(p.stderr, "corpusmill: %s: missing or damaged: %s\n", e.ID, part)
		}
		sep := "\n"
		if first {
			sep = ""
		}
		first = false
		_, err := fmt.Fprintf(out, "%s%s\n", sep, e.Text)
		return err
	}
}

// someFiles wants at least one file.
func someFiles(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{fmt.Errorf("name at least one file, or - for standard input; usage: %s", c.UseLine())}
	}
	return nil
}

func workersFlag(c *cobra.Command, workers *int) {
	c.Flags().IntVar(workers, "workers", defaultWorkers(), "documents worked on at once")
	c.PreRunE = func(*cobra.Command, []string) error {
		if *workers < 1 {
			return usageError{errors.New("--workers must be at least 1")}
		}
		return nil
	}
}
