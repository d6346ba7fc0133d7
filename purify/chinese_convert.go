package purify

import (
	"context"
	"fmt"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/text/opencc"
)

// ChineseConvert converts the stored text between traditional and simplified characters, as
// OpenCC 1.4.2 does. Rules and lists for Chinese compare simplified forms anyway; a corpus
// needs this stage only where its text is to be in one of them.
//
// Both ways lose: t2s writes what two characters share as one (發 and 髮 become 发), and s2t
// has to guess which of them was meant, so that it is wrong now and then. Japanese text is
// damaged by either: put `when: { lang: [zh] }` beside it.
type ChineseConvert struct {
	// Config is the direction: t2s, traditional to simplified, or s2t, simplified to
	// traditional (lossy). Default t2s.
	Config string `yaml:"config" default:"t2s"`
}

// ChineseConvertDef defines the stage chinese_convert.
var ChineseConvertDef = stage.DefineOpen("chinese_convert", 1, newChineseConvert)

// Validate checks the direction.
func (c *ChineseConvert) Validate() error {
	if c.Config != string(opencc.T2S) && c.Config != string(opencc.S2T) {
		return fmt.Errorf("config: %q: want t2s or s2t", c.Config)
	}
	return nil
}

// OpenChineseConvert makes the stage ready; zero fields take their defaults.
func OpenChineseConvert(ctx context.Context, c ChineseConvert, env *stage.Env) (*ChineseConvertStage, error) {
	return stage.Open[*ChineseConvertStage](ctx, ChineseConvertDef, c, env)
}

func newChineseConvert(_ context.Context, cfg ChineseConvert, _ *stage.Env) (*ChineseConvertStage, error) {
	c, err := opencc.Open(opencc.Config(cfg.Config))
	return &ChineseConvertStage{c}, err
}

// ChineseConvertStage is the opened stage. It is safe for concurrent use.
type ChineseConvertStage struct{ converter *opencc.Converter }

// HoldsBytes implements stage.Holder: the dictionary.
func (s *ChineseConvertStage) HoldsBytes(int) int64 { return held.Bytes(s.converter) }

// Rules is empty: the stage rejects nothing.
func (*ChineseConvertStage) Rules() []string { return nil }

// Reads lists the column that is converted.
func (*ChineseConvertStage) Reads() []string { return []string{"text"} }

// Writes lists it too.
func (*ChineseConvertStage) Writes() []string { return []string{"text"} }

// Apply converts the text; one without change remains the very same string.
func (s *ChineseConvertStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	d.Text = s.converter.Convert(d.Text)
	return corpus.Keep, nil
}
