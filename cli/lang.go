package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/corpusmill/corpusmill/config"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/purify/fasttext"
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
	settings := config.Defaults[language.Language]()
	c := &cobra.Command{
		Use:   "lang FILE...",
		Short: "Name the language of texts",
		Long: `Names the language of every document of JSON lines (field "text"; plain, gzip or
zstd), of the column "text" of Parquet files, and of text files, each one
document. "-" is standard input. With --json there is a line
{"id","label","score"} a document; a text that says nothing is "und".`,
		Args: someFiles,
	}
	fl := c.Flags()
	fl.BoolVar(&asJSON, "json", false, "one JSON line a document")
	fl.StringVar(&model, "model", "", "fastText model (.bin or .ftz) in place of the built-in detector; its labels may be any")
	fl.StringSliceVar(&settings.Background, "languages", settings.Background, "languages to choose among, as codes")
	fl.StringVar(&settings.Arbiter, "arbiter", settings.Arbiter, "asked about short or unclear texts: lingua or off")
	workersFlag(c, &workers)
	c.RunE = func(c *cobra.Command, args []string) error {
		identify, done, err := identifier(c.Context(), model, settings)
		if err != nil {
			return usageError{err}
		}
		defer done()
		out := bufio.NewWriterSize(p.stdout, 64<<10)
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		bad := 0
		err = eachText(c.Context(), p, workers, args, func() func(item) langLine {
			own := identify()
			return func(i item) langLine {
				if i.err != nil {
					return langLine{ID: i.doc.ID, err: i.err}
				}
				label, score := own(i.doc.Text)
				return langLine{ID: i.doc.ID, Label: label, Score: score}
			}
		}, func(l langLine) error {
			switch {
			case l.err != nil:
				bad++
				p.showBad(bad, l.ID, l.err)
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

// identifier makes what names the label of a text: each call of the function that
// it returns gives one for one worker.
func identifier(ctx context.Context, model string, settings language.Language) (fork func() func(string) (string, float64), done func(), err error) {
	if model == "" {
		st, err := language.Open(ctx, settings, stage.NewEnv())
		if err != nil {
			return nil, nil, withoutStage(err)
		}
		return func() func(string) (string, float64) { return st.Identify }, func() { _ = st.Close() }, nil // read only
	}
	m, err := fasttext.Open(model)
	if err != nil {
		return nil, nil, fmt.Errorf("--model: %w", err)
	}
	labels := m.Labels()
	fork = func() func(string) (string, float64) {
		p := m.Predictor()
		var best []fasttext.Prediction
		return func(text string) (string, float64) {
			// fastText ends a text at its first newline
			best = p.Predict(best[:0], strings.ReplaceAll(text, "\n", " "), 1, 0)
			if len(best) == 0 {
				return language.Undetermined, 0
			}
			return strings.TrimPrefix(labels[best[0].Label], fasttext.LabelPrefix), min(float64(best[0].Prob), 1)
		}
	}
	return fork, func() { _ = m.Close() }, nil // read only
}
