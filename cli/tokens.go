package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/corpusmill/corpusmill/config"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/tokencount"
)

// tokenTotal is the line of tokens --json.
type tokenTotal struct {
	Documents int64  `json:"documents"`
	Bytes     int64  `json:"bytes"` // of text, UTF-8
	Tokens    int64  `json:"tokens"`
	Tokenizer string `json:"tokenizer"`
}

// tokenLine is one line of tokens --json --per-document.
type tokenLine struct {
	ID     string `json:"id"`
	Tokens int    `json:"tokens"`

	bytes int
	err   error
}

func (p *program) tokensCommand() *cobra.Command {
	var asJSON, each bool
	var workers int
	settings := config.Defaults[tokencount.TokenCount]()
	c := &cobra.Command{
		Use:   "tokens FILE...",
		Short: "Count the tokens of texts exactly",
		Long: `Counts the tokens of JSON lines (field "text"; plain, gzip or zstd), of the
column "text" of Parquet files, and of text files, each one document. "-" is
standard input. With --json it prints {"documents","bytes","tokens"}, with
--per-document a line {"id","tokens"} a document.`,
		Args: someFiles,
	}
	fl := c.Flags()
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	fl.BoolVar(&each, "per-document", false, "one line a document")
	fl.StringVar(&settings.Tokenizer, "tokenizer", settings.Tokenizer, "o200k_base, cl100k_base, p50k_base, r50k_base (gpt2), or the path of a tokenizer.json, a SentencePiece .model, tekken.json, vocab.txt or tiktoken rank file")
	fl.BoolVar(&settings.Special, "special", settings.Special, "count the tokens that a tokenizer.json adds to a text")
	fl.StringVar(&settings.Pattern, "pattern", settings.Pattern, "tokenizer whose splitting pattern a rank file shares")
	workersFlag(c, &workers)
	c.RunE = func(c *cobra.Command, args []string) error {
		st, err := tokencount.OpenTokenCount(c.Context(), settings, stage.NewEnv())
		if errors.Is(err, fs.ErrNotExist) {
			return usageError{fmt.Errorf("--tokenizer %w", withoutStage(err))}
		}
		if err != nil {
			return usageError{withoutStage(err)}
		}
		out := bufio.NewWriterSize(p.stdout, 64<<10)
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		total := tokenTotal{Tokenizer: settings.Tokenizer}
		bad := 0
		added := 0
		if settings.Special {
			added = st.Tokenizer().Special()
		}
		seen := p.newMeter()
		err = eachText(c.Context(), p, workers, args, func() func(item) tokenLine {
			counter := st.Tokenizer().NewCounter()
			return func(i item) tokenLine {
				if i.err != nil {
					return tokenLine{ID: i.doc.ID, err: i.err}
				}
				return tokenLine{ID: i.doc.ID, Tokens: counter.Count(i.doc.Text) + added, bytes: len(i.doc.Text)}
			}
		}, func(l tokenLine) error {
			if l.err != nil {
				bad++
				p.showBad(bad, l.ID, l.err)
				return nil
			}
			total.Documents++
			total.Bytes += int64(l.bytes)
			total.Tokens += int64(l.Tokens)
			seen.show(total.Documents, total.Bytes)
			switch {
			case each && asJSON:
				return enc.Encode(l)
			case each:
				_, err := fmt.Fprintf(out, "%d\t%s\n", l.Tokens, l.ID)
				return err
			}
			return nil
		})
		seen.clear()
		switch {
		case each || err != nil && total.Documents == 0:
		case asJSON:
			err = errors.Join(err, enc.Encode(total))
		default:
			fmt.Fprintf(out, "%d tokens (%s), %d documents, %d bytes\n", total.Tokens, total.Tokenizer, total.Documents, total.Bytes)
		}
		return errors.Join(err, out.Flush(), badDocuments(bad))
	}
	return c
}

// eachText has the documents of text files worked on in parallel, in order.
func eachText[R any](ctx context.Context, p *program, workers int, files []string, fork func() func(item) R, consume func(R) error) error {
	return ordered(ctx, workers, func(emit func(item) error) error {
		return p.eachFile(ctx, files, func(ctx context.Context, file string) error {
			return p.texts(ctx, file, stopping(emit))
		})
	}, fork, consume)
}

// errorsShown is how many bad documents a command names.
const errorsShown = 20

// showBad names the n-th bad document, while they are few.
func (p *program) showBad(n int, id string, err error) {
	if n <= errorsShown {
		fmt.Fprintf(p.stderr, "corpusmill: %s: %v\n", id, err)
	}
	if n == errorsShown {
		fmt.Fprintln(p.stderr, "corpusmill: further documents that cannot be read are only counted")
	}
}

// badDocuments fails a command that could not read some documents.
func badDocuments(n int) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("%d documents could not be read", n)
}
