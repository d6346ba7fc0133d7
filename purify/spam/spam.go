package spam

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/hashtable"
	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/internal/wordlist"
	"github.com/corpusmill/corpusmill/stage"
)

// ChineseSpam cuts spam out of Chinese pages and drops pages that are mostly spam.
//
// It looks for words of lists of its own (purify/spam/lists, each with the observation that
// it comes from) in a folded form: simplified, half-width, without blanks, zero-width
// characters and marks between letters, so that 加 薇 信 and 代-開-發-票 are found. Words of
// a subject alone are no spam: it takes offers, invitations and addresses beside them, by
// how many different ones a line has for its length. Lines that report, warn or judge
// (警方, 被告人, 谨防) take much more, so that news, judgments and notices about gambling or
// drugs stay. Lists of keywords and of cities are known by their shape.
//
// Beside the rules stands a small model of lines (purify/spam/train: logistic regression on
// single letters, pairs of them and the rules' own evidence, and one for spun text that knows
// words which tables of synonyms leave, empty phrases and what is said again; 259 KiB). It takes a
// line for spam from model_score on, from less beside a line that is spam, and from less where
// the line shares fewer pairs of letters with the rest of the document than other lines do. What
// it is sure of as sound stays, whatever words of the lists it has. What no list names is of the
// kind learned.
//
// Kinds: gambling, drugs, escort, invoice (代开发票), game_server (私服), loan, forgery
// (办证), jobs (刷单), medicine, b2b, doorway (泛目录), hijack (pages on hosts of authorities
// and schools), contact (加薇信), cities, stuffing, spun (伪原创), learned.
//
// Whole lines are cut, with what goes with them in the lines beside, and sentences of a
// paragraph that lead to somebody or that the model takes for spam while the rest of it
// does not; the article stays as it is. The columns say what was cut.
type ChineseSpam struct {
	// MaxRatio is the largest share of letters that are spam, 0..1: what has more is
	// dropped, and the rule names the kind. Default 0.5.
	MaxRatio stage.Limit `yaml:"max_ratio" default:"0.5"`
	// ModelScore is the score of the model from which a line is spam whatever the rules say,
	// above 0, below 1. Off leaves all to the rules. Default 0.5.
	ModelScore stage.Limit `yaml:"model_score" default:"0.5"`
	// KeepLines leaves the text as it is: columns and verdict alone are set. Default false.
	KeepLines bool `yaml:"keep_lines"`
	// Allow are kinds that are not looked for, such as b2b for a corpus of trade. The model
	// leaves lines that have words of them in the lists, or are of their shape. Default none.
	Allow []string `yaml:"allow"`
	// Lists are further lists, in the form of purify/spam/lists. Default none.
	Lists []string `yaml:"lists"`
	// MaxListBytes bounds each list, unpacked. Default 16 MiB.
	MaxListBytes int64 `yaml:"max_list_bytes" default:"16777216"`
}

// ChineseSpamDef defines the stage chinese_spam.
var ChineseSpamDef = stage.DefineOpen("chinese_spam", 11, newChineseSpam)

// Validate checks the settings.
func (s *ChineseSpam) Validate() error {
	for _, name := range s.Allow {
		if kindOfSpam(name) == kindNone {
			return fmt.Errorf("allow: no kind is called %q: want some of %s", name, strings.Join(kindNames[1:], ", "))
		}
	}
	if score, on := s.ModelScore.Get(); on && !(score > 0 && score < 1) {
		return fmt.Errorf("model_score: %g: want more than 0 and less than 1, or off", score)
	}
	if s.MaxListBytes < 1 {
		return fmt.Errorf("max_list_bytes: %d: want at least 1", s.MaxListBytes)
	}
	return stage.CheckShares(map[string]stage.Limit{"max_ratio": s.MaxRatio})
}

func kindOfSpam(name string) spamKind {
	for k := kindGambling; k < kindsEnd; k++ {
		if kindNames[k] == name {
			return k
		}
	}
	return kindNone
}

// OpenChineseSpam makes the stage ready; zero fields take their defaults.
func OpenChineseSpam(ctx context.Context, s ChineseSpam, env *stage.Env) (*ChineseSpamStage, error) {
	return stage.Open[*ChineseSpamStage](ctx, ChineseSpamDef, s, env)
}

func newChineseSpam(ctx context.Context, cfg ChineseSpam, env *stage.Env) (*ChineseSpamStage, error) {
	s := &ChineseSpamStage{maxRatio: cfg.MaxRatio, keepLines: cfg.KeepLines}
	for _, name := range cfg.Allow {
		s.allowed |= 1 << kindOfSpam(name)
	}
	find, err := builtinFinder()
	if err == nil && len(cfg.Lists) > 0 {
		find, err = withLists(cfg, func(location string, add func(string) error) error {
			return load(ctx, env, cfg.MaxListBytes, location, add)
		})
	}
	if err != nil {
		return nil, err
	}
	s.find, s.digest = find, find.digest()
	sure := int32(0)
	if score, on := cfg.ModelScore.Or(stage.At(0.5)).Get(); on {
		if s.model, err = builtinModel(); err != nil {
			return nil, err
		}
		s.digest += s.model.digest
		sure = marginOf(score)
	}
	s.pool.New = func() any {
		r := newReader(find, s.allowed)
		r.model, r.sure = s.model, sure
		return r
	}
	return s, nil
}

// load reads the entries of a list.
func load(ctx context.Context, env *stage.Env, maxBytes int64, location string, add func(string) error) error {
	f, err := env.OpenFile(ctx, location)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := wordlist.Each(f, maxBytes, add); err != nil {
		return fmt.Errorf("%s: %w", location, err)
	}
	return nil
}

// withLists finds the entries of the own lists and more.
func withLists(cfg ChineseSpam, load func(string, func(string) error) error) (*finder, error) {
	own, err := builtinWords()
	if err != nil {
		return nil, err
	}
	words := own.clone()
	for _, location := range cfg.Lists {
		words.kind = kindNone
		if err := load(location, words.line); err != nil {
			return nil, fmt.Errorf("lists: %w", err)
		}
	}
	return words.finder()
}

// ChineseSpamStage is the opened stage. It is safe for concurrent use.
type ChineseSpamStage struct {
	maxRatio  stage.Limit
	keepLines bool
	allowed   uint32
	digest    string
	find      *finder
	model     *LineModel // nil where it is off
	pool      sync.Pool  // of *reader
}

var columns = []corpus.Column{
	{Name: "kind", Type: corpus.String, Few: true, Doc: "kind of the most spam in the text, null if there is none"},
	{Name: "ratio", Type: corpus.Float, Doc: "share of letters that are spam"},
	{Name: "score", Type: corpus.Float, Doc: "highest score that the model gives a line, 0..1, null where it is off"},
	{Name: "lines", Type: corpus.Int, Doc: "lines that are spam, and sentences of others"},
	{Name: "learned", Type: corpus.Int, Doc: "lines among them that the model takes for spam and no rule"},
}

// Digest implements stage.Digester.
func (s *ChineseSpamStage) Digest() string { return s.digest }

// HoldsBytes implements stage.Holder: the automaton and what each worker has seen of its
// entries.
func (s *ChineseSpamStage) HoldsBytes(workers int) int64 {
	return held.Bytes(s.find, s.model) + int64(workers)*(int64(len(s.find.entries))*4+hashtable.MaxIdle*(lineBytes+pairBytes)/8+othersBytes)
}

// lineBytes is what a line takes while its document is read.
const lineBytes = 40

// pairBytes is what the pairs of a line take beside it, and othersBytes what knows them.
const (
	pairBytes   = 12
	othersBytes = 2 << 16
)

// bytesByte is what the scratch takes for a byte of text: a line of nothing is a byte, and
// the list of lines grows.
const bytesByte = 110

// TakesBytes implements stage.Taker.
func (s *ChineseSpamStage) TakesBytes(d *corpus.Document, _ int64) int64 {
	return int64(len(d.Text)) * bytesByte
}

// Reads lists the column that is searched.
func (*ChineseSpamStage) Reads() []string { return []string{"text"} }

// Writes lists the column from which lines are cut.
func (s *ChineseSpamStage) Writes() []string {
	if s.keepLines {
		return []string{}
	}
	return []string{"text"}
}

// Rules names the kinds.
func (*ChineseSpamStage) Rules() []string { return kindNames[1:] }

// Cells declares the columns.
func (*ChineseSpamStage) Cells() []corpus.Column { return columns }

// Apply is Attach without columns.
func (s *ChineseSpamStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	_, v := s.apply(d)
	return v, nil
}

// Attach cuts the spam of a document and says how much there was.
func (s *ChineseSpamStage) Attach(d *corpus.Document, cells []corpus.Value) (corpus.Verdict, error) {
	sum, v := s.apply(d)
	if sum.kind != kindNone {
		cells[0] = corpus.Str(kindNames[sum.kind])
	}
	cells[1], cells[3] = corpus.Float64(sum.ratio()), corpus.Int64(int64(sum.lines))
	cells[4] = corpus.Int64(int64(sum.learned))
	if s.model != nil {
		cells[2] = corpus.Float64(scoreOf(sum.highest))
	}
	return v, nil
}

func (s *ChineseSpamStage) apply(d *corpus.Document) (summary, corpus.Verdict) {
	r := s.pool.Get().(*reader)
	r.read(d.Text)
	r.block(d.Text)
	sum := r.sum()
	var v corpus.Verdict
	if sum.kind != kindNone {
		if v = s.maxRatio.Or(stage.At(0.5)).Above(kindNames[sum.kind], sum.ratio()); v.Kept() && !s.keepLines {
			d.Text = r.without(d.Text)
		}
	}
	r.end()
	s.pool.Put(r)
	return sum, v
}
