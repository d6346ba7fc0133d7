// Package qa finds questions with their answers: in pages, by what they say of themselves
// (schema.org) and by their layout, and in texts, by the forms of FAQs and exam papers in
// English and Chinese. It makes up nothing: every word is of the page or the text.
package qa

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind says where a pair was found.
type Kind string

// The kinds of pairs.
const (
	FAQPage    Kind = "faq_page"   // schema.org FAQPage, or a Question outside of another page
	QAPage     Kind = "qa_page"    // schema.org QAPage: what people asked and answered
	HowTo      Kind = "how_to"     // schema.org HowTo: the name of a task and its steps
	Thread     Kind = "thread"     // a forum's first post and its first reply
	Details    Kind = "details"    // details and summary
	Definition Kind = "definition" // dt and dd
	Heading    Kind = "heading"    // a heading that asks, and what stands below
	Dialogue   Kind = "dialogue"   // lines of Q: and A:, 问： and 答：
	Table      Kind = "table"      // rows below a head that names question and answer
	Exam       Kind = "exam"       // a numbered question, with options and a key where it has them
)

// Kinds are all kinds.
var Kinds = []Kind{FAQPage, QAPage, HowTo, Thread, Details, Definition, Heading, Dialogue, Table, Exam}

// Pair is a question with its answer.
type Pair struct {
	Question    string   `json:"question"`
	Options     []string `json:"options,omitempty"` // with their letters
	Answer      string   `json:"answer"`
	Explanation string   `json:"explanation,omitempty"`
	Kind        Kind     `json:"kind"`
	// Start and End are the bytes of the text that the question stands in, -1 where it came
	// from a page; AnswerStart and AnswerEnd those of the answer.
	Start       int `json:"start"`
	End         int `json:"end"`
	AnswerStart int `json:"answer_start"`
	AnswerEnd   int `json:"answer_end"`
}

// Prompt is the question with its options, a line each.
func (p *Pair) Prompt() string {
	return strings.Join(append([]string{p.Question}, p.Options...), "\n")
}

// Reply is the answer with what explains it.
func (p *Pair) Reply() string {
	if p.Explanation == "" {
		return p.Answer
	}
	if chinese(p.Explanation) {
		return p.Answer + "\n解析：" + p.Explanation
	}
	return p.Answer + "\nExplanation: " + p.Explanation
}

// Text is the pair as a text to train on.
func (p *Pair) Text() string {
	if p.Kind == HowTo {
		return p.Prompt() + "\n\n" + p.Reply()
	}
	if chinese(p.Question) {
		return "问题：" + p.Prompt() + "\n答案：" + p.Reply()
	}
	return "Question: " + p.Prompt() + "\nAnswer: " + p.Reply()
}

// Most of a document.
const (
	maxPairs      = 10_000
	maxQuestion   = 4096     // bytes
	maxAnswer     = 64 << 10 // bytes
	maxHeadingAsk = 300      // bytes of a heading that asks
)

// collector takes pairs, each question once.
type collector struct {
	pairs []Pair
	seen  map[string]bool
}

// add keeps a pair that has both parts. It reports whether it is new.
func (c *collector) add(p Pair) bool {
	p.Question, p.Answer, p.Explanation = strings.TrimSpace(p.Question), strings.TrimSpace(p.Answer), strings.TrimSpace(p.Explanation)
	if !worded(p.Question) || p.Answer == "" || len(p.Question) > maxQuestion || len(p.Answer) > maxAnswer || len(c.pairs) >= maxPairs {
		return false
	}
	key := fold(p.Question) + "\x00" + fold(strings.Join(p.Options, "|"))
	if p.Kind == Exam { // the same stem may be asked twice
		key += "\x00" + fold(p.Answer)
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	if c.seen[key] {
		return false
	}
	c.seen[key] = true
	c.pairs = append(c.pairs, p)
	return true
}

// fold is what two writings of a question have in common.
func fold(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func worded(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

// chinese says whether a text has Han characters among its first letters.
func chinese(s string) bool {
	letters := 0
	for _, r := range s {
		if unicode.Is(unicode.Han, r) {
			return true
		}
		if unicode.IsLetter(r) {
			if letters++; letters > 40 {
				return false
			}
		}
	}
	return false
}

// asks says whether a text is a question: it ends with the mark, or with a particle that
// asks.
func asks(s string) bool {
	s = strings.TrimRight(strings.TrimSpace(s), " \t\"'”’»)）*_#")
	for _, end := range []string{"?", "？", "؟", "吗", "呢", "么"} {
		if strings.HasSuffix(s, end) {
			return utf8.RuneCountInString(s) > 3
		}
	}
	return false
}

// faqNames are the words of a heading above questions.
var faqNames = []string{"faq", "frequently asked", "common questions", "questions and answers", "questions & answers", "q&a", "常见问题", "常见问答", "问答", "问与答", "常見問題", "häufige fragen", "häufig gestellte", "questions fréquentes", "preguntas frecuentes", "よくある質問", "foire aux questions", "domande frequenti", "perguntas frequentes"}

func isFAQ(s string) bool {
	if len(s) > maxHeadingAsk {
		return false
	}
	s = strings.ToLower(s)
	for _, n := range faqNames {
		if strings.Contains(s, n) {
			return true
		}
	}
	return false
}
