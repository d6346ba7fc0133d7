package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/purify/language"
	"github.com/corpusmill/corpusmill/stage"
)

// langLine is one line of lang --json.
type langLine struct {
	ID    string  `json:"id"`
	Label string  `json:"label"`
	Score float64 `json:"score"`

	err error
}

func (p *program) langCommand() *cobra.Command {
	var asJSON bool
	var model string
	var workers int
	settings := stage.Defaults[language.Language]()
	c := &cobra.Command{
		Use:   "lang FILE...",
		Short: "Name the language of texts",
		Long: `Names the language of every document of JSON lines (field "text"; plain, gzip or
zstd), of the column "text" of Parquet files, and of text files, each one
document. "-" is standard input. With --json there is a line
{"id","label","score"} a document; a text without letters is "und".`,
		Args: someFiles,
	}
	fl := c.Flags()
	fl.BoolVar(&asJSON, "json", false, "one JSON line a document")
	fl.StringVar(&model, "model", "", "model file in place of the built-in detector")
	fl.StringSliceVar(&settings.Background, "languages", settings.Background, "languages to choose among, as codes")
	fl.StringVar(&settings.Arbiter, "arbiter", settings.Arbiter, "asked about short or unclear texts: lingua or off")
	workersFlag(c, &workers)
	c.RunE = func(c *cobra.Command, args []string) error {
		if model != "" {
			return usageError{fmt.Errorf("--model %s: this release reads no model files; fastText models come with a later one. Leave --model out for the built-in detector", model)}
		}
		if err := settings.Validate(); err != nil {
			return usageError{err}
		}
		st, err := language.Open(c.Context(), settings, stage.NewEnv())
		if err != nil {
			return usageError{err}
		}
		out := bufio.NewWriterSize(p.stdout, 64<<10)
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		bad := 0
		err = eachText(c.Context(), p, workers, args, func() func(item) langLine {
			return func(i item) langLine {
				if i.err != nil {
					return langLine{ID: i.doc.ID, err: i.err}
				}
				label, score := st.Identify(i.doc.Text)
				return langLine{ID: i.doc.ID, Label: label, Score: score}
			}
		}, func(l langLine) error {
			switch {
			case l.err != nil:
				bad++
				fmt.Fprintf(p.stderr, "corpusmill: %s: %v\n", l.ID, l.err)
				return nil
			case asJSON:
				return enc.Encode(l)
			}
			_, err := fmt.Fprintf(out, "%s\t%.4f\t%s\n", l.Label, l.Score, l.ID)
			return err
		})
		return errors.Join(err, out.Flush(), badDocuments(bad))
	}
	return c
}
