package purify

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/internal/hashtable"
	"github.com/corpusmill/corpusmill/internal/held"
	"github.com/corpusmill/corpusmill/internal/wordlist"
	"github.com/corpusmill/corpusmill/purify/phrases"
	"github.com/corpusmill/corpusmill/stage"
)

// ChineseTrim cuts from the ends of Chinese pages what frames an article: at the head ways
// around the site, at the tail the lines of the editor, of rights, declarations, invitations
// to share and comment, and headlines of other articles. The article stays as it is, its title
// above the line of its source or editor too, and a
// short notice is no longer lost because of two lines that stand below it.
//
// Headlines at the tail go with the line that announces them (相关阅读, 热门新闻), or without
// one where there are many of them below prose: lines without the end of a sentence. What
// has a prose line below it is no tail.
//
// It also says whether the page names itself the work of a machine (由AI生成, the labels that
// the 人工智能生成合成内容标识办法 asks for); such pages stay.
type ChineseTrim struct {
	// MinHeadlines is the least number of headlines that are cut without a line that
	// announces them, 3 at least. Default 4.
	MinHeadlines int `yaml:"min_headlines" default:"4"`
	// MaxRatio is the largest share of letters that is cut as headlines which nothing
	// announces, 0..1: a page that has more of them is a list, and stays whole. Default 0.5.
	MaxRatio stage.Limit `yaml:"max_ratio" default:"0.5"`
}

// ChineseTrimDef defines the stage chinese_trim.
var ChineseTrimDef = stage.DefineOpen("chinese_trim", 3, newChineseTrim)

// OpenChineseTrim makes the stage ready; zero fields take their defaults.
func OpenChineseTrim(ctx context.Context, t ChineseTrim, env *stage.Env) (*ChineseTrimStage, error) {
	return stage.Open[*ChineseTrimStage](ctx, ChineseTrimDef, t, env)
}

// Validate checks the settings.
func (t *ChineseTrim) Validate() error {
	if t.MinHeadlines < 3 {
		return errFewHeadlines
	}
	return stage.CheckShares(map[string]stage.Limit{"max_ratio": t.MaxRatio})
}

func newChineseTrim(_ context.Context, cfg ChineseTrim, _ *stage.Env) (*ChineseTrimStage, error) {
	find, err := labelAutomaton()
	if err != nil {
		return nil, err
	}
	s := &ChineseTrimStage{settings: cfg, labels: find}
	s.pool.New = func() any { return new([]trimLine) }
	return s, nil
}

// ChineseTrimStage is the opened stage. It is safe for concurrent use.
type ChineseTrimStage struct {
	settings ChineseTrim
	labels   *phrases.Automaton
	pool     sync.Pool // of *[]trimLine
}

var trimColumns = []corpus.Column{
	{Name: "lines", Type: corpus.Int, Doc: "lines that are cut"},
	{Name: "ratio", Type: corpus.Float, Doc: "share of letters that are cut"},
	{Name: "ai_label", Type: corpus.Bool, Doc: "the page says that a machine wrote it"},
}

// HoldsBytes implements stage.Holder.
func (s *ChineseTrimStage) HoldsBytes(workers int) int64 {
	return held.Bytes(s.labels) + int64(workers)*hashtable.MaxIdle*trimLineBytes/8
}

// Digest implements stage.Digester.
func (s *ChineseTrimStage) Digest() string { return s.labels.Digest() }

// Reads lists the column that is trimmed.
func (*ChineseTrimStage) Reads() []string { return []string{"text"} }

// Writes lists it too.
func (*ChineseTrimStage) Writes() []string { return []string{"text"} }

// Rules is empty: the stage rejects nothing.
func (*ChineseTrimStage) Rules() []string { return nil }

// Cells declares the columns.
func (*ChineseTrimStage) Cells() []corpus.Column { return trimColumns }

// Apply is Attach without columns.
func (s *ChineseTrimStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	return s.Attach(d, []corpus.Value{corpus.Null, corpus.Null, corpus.Null})
}

// Attach trims the text and says how much is cut.
func (s *ChineseTrimStage) Attach(d *corpus.Document, cells []corpus.Value) (corpus.Verdict, error) {
	scratch := s.pool.Get().(*[]trimLine)
	lines := appendTrimLines((*scratch)[:0], d.Text)
	label := int64(0)
	if s.labelled(d.Text, lines) {
		label = 1
	}
	title, from, to := s.article(d.Text, lines)
	cut, all, count := 0, 0, 0
	for i, l := range lines {
		all += l.chars
		if (i < from || i >= to) && i != title && l.chars > 0 {
			cut += l.chars
			count++
		}
	}
	if count > 0 {
		article := within(d.Text, lines, from, to)
		if title >= 0 {
			article = d.Text[lines[title].start:lines[title].end] + "\n" + article
		}
		d.Text = article
	}
	cells[0], cells[1], cells[2] = corpus.Int64(int64(count)), corpus.Float64(ratio(cut, all)), corpus.Int64(label)
	if cap(lines) > hashtable.MaxIdle/8 {
		lines = nil
	}
	*scratch = lines
	s.pool.Put(scratch)
	return corpus.Keep, nil
}

// within is the part of the text that the lines from..to stand in, without blank ones around.
func within(text string, lines []trimLine, from, to int) string {
	for to > from && lines[to-1].kind == trimBlank {
		to--
	}
	for from < to && lines[from].kind == trimBlank {
		from++
	}
	if from >= to {
		return ""
	}
	return text[lines[from].start:lines[to-1].end]
}

// labelEdge is how many lines at each end may be a label.
const labelEdge = 5

// labelled reports whether a short line at one of the ends says that a machine wrote the
// text.
func (s *ChineseTrimStage) labelled(text string, lines []trimLine) bool {
	seen := 0
	for i := 0; i < len(lines) && seen < labelEdge; i++ {
		if lines[i].chars > 0 {
			if seen++; s.says(text, lines[i]) {
				return true
			}
		}
	}
	seen = 0
	for i := len(lines) - 1; i >= 0 && seen < labelEdge; i-- {
		if lines[i].chars > 0 {
			if seen++; s.says(text, lines[i]) {
				return true
			}
		}
	}
	return false
}

func (s *ChineseTrimStage) says(text string, l trimLine) bool {
	if l.chars > furnitureChars {
		return false
	}
	state := int32(0)
	line := text[l.start:l.end]
	for i, r := range line {
		switch class := s.labels.Class(r); class {
		case phrases.ClassSkip:
		case phrases.ClassBreak:
			state = 0
		default:
			if state = s.labels.Step(state, class); !s.labels.Ends(state) {
				continue
			}
			if _, size := utf8.DecodeRuneInString(line[i:]); s.declares(line[i+size:]) {
				return true
			}
		}
	}
	return false
}

// behindLabel are the letters that go on with a label (仅供参考, 并经人工审核) rather than with
// what a sentence says of generated things.
const behindLabel = "仅僅并並后後请請而经經不"

// declares reports whether what stands behind a label leaves it one: nothing, a mark, or a
// remark on it. What is quoted is spoken of.
func (s *ChineseTrimStage) declares(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	switch {
	case rest == "", strings.ContainsRune(behindLabel, r):
		return true
	case strings.ContainsRune("”’」』》\"'", r):
		return false
	}
	class := s.labels.Class(r)
	return class == phrases.ClassSkip || class == phrases.ClassBreak
}

// labelAutomaton finds labels of generated text.
var labelAutomaton = sync.OnceValues(func() (*phrases.Automaton, error) {
	list, err := builtinLists.ReadFile("lists/ai_labels.txt")
	if err != nil {
		return nil, err
	}
	var words []string
	err = wordlist.Each(bytes.NewReader(list), int64(len(list)), func(line string) error {
		words = append(words, strings.Fields(line)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return phrases.Of(words)
})
