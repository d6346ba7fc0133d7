package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/transform"
)

// extracted is one line of extract --json.
type extracted struct {
	ID    string `json:"id"`
	URL   string `json:"url"`
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

func (p *program) extractCommand() *cobra.Command {
	var asJSON bool
	var workers int
	settings := stage.Defaults[transform.HTMLText]()
	c := &cobra.Command{
		Use:   "extract FILE...",
		Short: "Extract the main text of HTML pages and web archives",
		Long: `Extracts the main text of HTML files and of every page of WARC and WET files, as
the stage html_text does. "-" is standard input. With --json there is a line
{"id","url","text"} a page, with "error" where there is one; a page without any
main text has an empty text.`,
		Example: "  curl -s https://example.org | corpusmill extract -\n  corpusmill extract --json crawl.warc.gz > texts.jsonl",
		Args:    someFiles,
	}
	fl := c.Flags()
	fl.BoolVar(&asJSON, "json", false, "one JSON line a page")
	fl.StringVar(&settings.Mode, "mode", settings.Mode, "precision, default, recall, or all for the whole page's text")
	fl.BoolVar(&settings.Comments, "comments", false, "keep the readers' comments")
	fl.BoolVar(&settings.KeepTitle, "title", false, "write the page's title above its text")
	workersFlag(c, &workers)
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := settings.Validate(); err != nil {
			return usageError{fmt.Errorf("--%w", err)}
		}
		st, err := transform.OpenHTMLText(c.Context(), settings, stage.NewEnv())
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(p.stdout, 256<<10)
		err = ordered(c.Context(), workers, func(emit func(item) error) error {
			return p.eachFile(c.Context(), args, func(ctx context.Context, file string) error {
				return p.pages(ctx, file, stopping(emit))
			})
		}, func() func(item) extracted {
			own := st.Fork().(*transform.HTMLTextStage)
			return func(i item) extracted { return extractOne(own, i) }
		}, p.printExtracted(out, asJSON))
		return errors.Join(err, out.Flush())
	}
	return c
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

func extractOne(st *transform.HTMLTextStage, i item) (e extracted) {
	e = extracted{ID: i.doc.ID, URL: i.doc.URL}
	defer func() {
		if r := recover(); r != nil {
			e.Text, e.Error = "", fmt.Sprintf("panic: %v", r)
		}
	}()
	if i.err != nil {
		e.Error = i.err.Error()
		return e
	}
	v, err := st.Apply(i.doc)
	switch {
	case err != nil:
		e.Error = err.Error()
	case !v.Kept() && v.Rule != "no_text":
		e.Error = v.String()
	}
	e.Text = i.doc.Text
	return e
}

func (p *program) printExtracted(out io.Writer, asJSON bool) func(extracted) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	first := true
	return func(e extracted) error {
		if asJSON {
			return enc.Encode(e)
		}
		if e.Error != "" {
			fmt.Fprintf(p.stderr, "corpusmill: %s: %s\n", e.ID, e.Error)
			return nil
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
	c.Flags().IntVar(workers, "workers", runtime.GOMAXPROCS(0), "documents worked on at once")
	c.PreRunE = func(*cobra.Command, []string) error {
		if *workers < 1 {
			return usageError{errors.New("--workers must be at least 1")}
		}
		return nil
	}
}
