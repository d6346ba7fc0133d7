package repair

import (
	"fmt"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// TextRepair mends text that was read by a wrong encoding, and characters that came from
// copying and typesetting. What ftfy does to Latin text it does, held to ftfy's own cases;
// to Chinese it does no harm: full-width punctuation, curly quotes, 《》 and ideographic
// spaces stay, and nothing is normalised (no NFKC).
//
// Encodings: UTF-8 that was read by Latin-1, windows-1252 or another Western encoding
// (Ã© is é), also twice and in parts of a line; GBK read by Latin-1 or windows-1252
// (ÄãºÃ is 你好); UTF-8 read by GBK (浣犲ソ is 你好), where lost bytes become U+FFFD; GBK that
// was taken as it is. A line becomes Chinese only where common characters come out of it.
// What is beyond repair (U+FFFD, 锟斤拷, 烫烫烫) stays and is counted.
//
// A text that is sound, and one that was mended, remains as it is. Put it behind what
// extracts text, before the language and the rules.
type TextRepair struct {
	// KeepEncoding leaves text as it was read. Default false.
	KeepEncoding bool `yaml:"keep_encoding"`
	// KeepLigatures leaves ligatures and digraphs of Latin letters (ﬁ, ǆ). Default false.
	KeepLigatures bool `yaml:"keep_ligatures"`
	// KeepControl leaves control characters and escape sequences of terminals. Default false.
	KeepControl bool `yaml:"keep_control"`
	// KeepInvisible leaves characters that show nothing: soft hyphens, spaces of no width,
	// joiners, marks of direction. They stay anyway where they do something: in Arabic,
	// Indic and Thai words, in emoji, in text of both directions. Default false.
	KeepInvisible bool `yaml:"keep_invisible"`
	// KeepLineEnds leaves CR, CR LF, U+2028 and U+2029; they become line feeds. Default
	// false.
	KeepLineEnds bool `yaml:"keep_line_ends"`
	// Width writes full-width letters and digits as ASCII; punctuation and spaces stay.
	// Default false.
	Width bool `yaml:"width"`
	// MaxLost drops documents with more that is beyond repair than so many. Default off.
	MaxLost stage.Limit `yaml:"max_lost" default:"off"`
	// Counts stores how many lines were read again, how many characters were removed, and
	// how much is beyond repair, in the columns sig_text_repair_lines, _removed and _lost.
	// Default false.
	Counts bool `yaml:"counts"`
}

// Def defines the stage text_repair.
var Def = stage.Define[TextRepair]("text_repair", 2)

const ruleLost = "lost_text"

var defaults = config.Defaults[TextRepair]()

// Validate checks the limit.
func (r TextRepair) Validate() error {
	if x, on := r.MaxLost.Get(); on && x < 0 {
		return fmt.Errorf("max_lost: %g is negative, want 0 or more, or off", x)
	}
	return nil
}

// Rules names the rule.
func (TextRepair) Rules() []string { return []string{ruleLost} }

// Reads lists the column that is mended.
func (TextRepair) Reads() []string { return []string{"text"} }

// Writes lists the column that is mended.
func (TextRepair) Writes() []string { return []string{"text"} }

// Columns are the counts, if they are asked for.
func (r TextRepair) Columns() []corpus.Column {
	if !r.Counts {
		return nil
	}
	return []corpus.Column{
		{Name: "lines", Type: corpus.Int, Doc: "lines that were read again by another encoding"},
		{Name: "removed", Type: corpus.Int, Doc: "control and invisible characters that were removed"},
		{Name: "lost", Type: corpus.Int, Doc: "characters and runs that are beyond repair"},
	}
}

// Apply mends the text, and drops the document where too much of it is lost.
func (r TextRepair) Apply(d *corpus.Document) (corpus.Verdict, error) { return r.Record(d, nil) }

// Record is Apply that sets the counts.
func (r TextRepair) Record(d *corpus.Document, v *corpus.Values) (corpus.Verdict, error) {
	o := Options{Encoding: !r.KeepEncoding, Ligatures: !r.KeepLigatures, Control: !r.KeepControl, Invisible: !r.KeepInvisible, LineEnds: !r.KeepLineEnds, Width: r.Width}
	text, n := o.Text(d.Text)
	d.Text = text
	if v != nil && v.Len() == 3 {
		v.Set(0, float64(n.Lines))
		v.Set(1, float64(n.Removed))
		v.Set(2, float64(n.Lost))
	}
	return r.MaxLost.Or(defaults.MaxLost).Above(ruleLost, float64(n.Lost)), nil
}

// holdsBytes are the tables of characters.
const holdsBytes = 512 << 10

// HoldsBytes implements stage.Holder.
func (TextRepair) HoldsBytes(int) int64 { return holdsBytes }

// TakesBytes implements stage.Taker.
func (TextRepair) TakesBytes(d *corpus.Document, _ int64) int64 { return 6 * int64(len(d.Text)) }
