package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
	"github.com/corpusmill/corpusmill/transform/qa"
)

// answered is the pairs of a document, or what is wrong with it.
type answered struct {
	id, url string
	pairs   []qa.Pair
	err     error
	file    bool
}

// pairLine is one line of qa --json.
type pairLine struct {
	ID  string `json:"id"`
	URL string `json:"url,omitempty"`
	qa.Pair
	Messages json.RawMessage `json:"messages"`
}

func (p *program) qaCommand() *cobra.Command {
	settings := config.Defaults[qa.QAExtract]()
	asText, asJSON, workers := false, false, 0
	c := &cobra.Command{
		Use:   "qa FILE...",
		Short: "Extract questions and answers from pages and documents",
		Long: `Extracts questions with their answers from HTML files and web archives (schema.org,
forums, details, definition lists, headings that ask) and from PDF, DOCX, PPTX,
XLSX, ODT, EPUB, Markdown, LaTeX and text files (exam papers with options and
keys, FAQs, lines of Q: and A:), as the stage qa_extract does. Nothing is made up.
"-" is standard input.

There is a line of JSON a pair: "id", "question", "options", "answer",
"explanation", "kind", "messages" as fine-tuning tools read them, and the bytes
of the text that question and answer stand in ("start", "end", "answer_start",
"answer_end"; -1 for pages). With --text pairs are written as texts.

A file that cannot be read is named with the reason, the others are written
nevertheless, and the command ends with 1.`,
		Example: "  corpusmill qa faq.html exam.docx > pairs.jsonl\n  corpusmill qa --text --kind exam papers/*.pdf",
		Args:    someFiles,
	}
	fl := c.Flags()
	fl.BoolVar(&asJSON, "json", false, "one JSON line a pair: the default")
	fl.BoolVar(&asText, "text", false, "pairs as texts, an empty line between them")
	fl.StringSliceVar(&settings.Kinds, "kind", nil, "kinds of pairs: faq_page, qa_page, how_to, thread, details, definition, heading, dialogue, table, exam")
	fl.IntVar(&settings.MinAnswerChars, "min-answer", settings.MinAnswerChars, "shortest answer in characters, but of exams")
	c.MarkFlagsMutuallyExclusive("json", "text")
	workersFlag(c, &workers)
	c.RunE = func(c *cobra.Command, args []string) error { return p.qa(c.Context(), settings, asText, workers, args) }
	return c
}

func (p *program) qa(ctx context.Context, settings qa.QAExtract, asText bool, workers int, args []string) error {
	extract, err := qa.OpenQAExtract(ctx, settings, stage.NewEnv())
	if err != nil {
		return usageError{fmt.Errorf("--%w", withoutStage(err))}
	}
	html := config.Defaults[transform.HTMLText]()
	html.Format = "markdown"
	readers, err := openReaders(ctx, html)
	if err != nil {
		return err
	}
	if err := readers.keepLines(ctx); err != nil {
		return err
	}
	defer readers.pdf.Close() //nolint:errcheck // memory alone
	out := bufio.NewWriterSize(p.stdout, 256<<10)
	unread, bad, first := 0, 0, true
	err = ordered(ctx, workers, func(take func(item) error) error {
		return p.eachFile(ctx, args, func(ctx context.Context, file string) error {
			return p.pages(ctx, file, stopping(take))
		})
	}, func() func(item) answered {
		own, x := readers.fork(), extract.Fork().(*qa.QAExtractStage)
		return func(i item) answered { return answers(own, x, i) }
	}, func(a answered) error {
		if a.err != nil {
			if bad++; a.file {
				unread++
			}
			p.showBad(bad, a.id, a.err)
			return nil
		}
		for i := range a.pairs {
			if err := writePair(out, &a, &a.pairs[i], settings.System, asText, first); err != nil {
				return err
			}
			first = false
		}
		return nil
	})
	return errors.Join(err, badDocuments(unread), out.Flush())
}

// answers finds the pairs of a page, or of the text of a document.
func answers(st readers, x *qa.QAExtractStage, i item) (a answered) {
	a = answered{id: i.doc.ID, url: i.doc.URL, file: i.file, err: i.err}
	defer func() {
		if r := recover(); r != nil {
			a.pairs, a.err = nil, fmt.Errorf("panic: %v", r)
		}
	}()
	if a.err != nil {
		return a
	}
	if i.doc.Media == format.MediaHTML && i.file && format.Media(i.doc.Raw) == format.MediaText && format.Sniff(i.doc.Raw) == format.MediaText {
		i.doc.Media = format.MediaText
	}
	if i.doc.Media != format.MediaHTML && i.doc.Media != format.MediaXHTML {
		_, _, v, err := st.apply(i.doc)
		switch {
		case err != nil:
			a.err = err
			return a
		case !v.Kept() && v.Rule != "no_text":
			a.err = errors.New(v.String())
			return a
		}
		i.doc.Raw = nil
	}
	a.pairs, a.err = x.Pairs(i.doc)
	return a
}

func writePair(out *bufio.Writer, a *answered, pair *qa.Pair, system string, asText, first bool) error {
	if asText {
		sep := "\n"
		if first {
			sep = ""
		}
		_, err := fmt.Fprintf(out, "%s%s\n", sep, strings.TrimSpace(pair.Text()))
		return err
	}
	messages, err := qa.Messages(pair, system)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(pairLine{a.id, a.url, *pair, json.RawMessage(messages)})
}
