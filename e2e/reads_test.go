package e2e_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
)

// columns are those of a document by which a stage may go, each with a way to poison it
// and to look at it.
var columns = map[string]struct {
	poison func(*corpus.Document)
	value  func(*corpus.Document) string
}{
	"id":           {func(d *corpus.Document) { d.ID = "poison" }, func(d *corpus.Document) string { return d.ID }},
	"url":          {func(d *corpus.Document) { d.URL = "http://poison.example/casino" }, func(d *corpus.Document) string { return d.URL }},
	"text":         {func(d *corpus.Document) { d.Text = "Poison, of 10.9.8.7 and a@b.example. " + d.Text[len(d.Text)/2:] }, func(d *corpus.Document) string { return d.Text }},
	"raw":          {func(d *corpus.Document) { d.Raw = []byte("<p>poison") }, func(d *corpus.Document) string { return string(d.Raw) }},
	"http_header":  {func(d *corpus.Document) { d.Header = "x-robots-tag: noai\n" }, func(d *corpus.Document) string { return d.Header }},
	"media":        {func(d *corpus.Document) { d.Media = "application/x-poison" }, func(d *corpus.Document) string { return d.Media }},
	"charset":      {func(d *corpus.Document) { d.Charset = "shift_jis" }, func(d *corpus.Document) string { return d.Charset }},
	"lang":         {func(d *corpus.Document) { d.Lang = "xx" }, func(d *corpus.Document) string { return d.Lang }},
	"lang_score":   {func(d *corpus.Document) { d.LangScore = 0.123 }, func(d *corpus.Document) string { return fmt.Sprint(d.LangScore) }},
	"tokens":       {func(d *corpus.Document) { d.Tokens = 666 }, func(d *corpus.Document) string { return fmt.Sprint(d.Tokens) }},
	"cluster_id":   {func(d *corpus.Document) { d.ClusterID = "poison" }, func(d *corpus.Document) string { return d.ClusterID }},
	"cluster_size": {func(d *corpus.Document) { d.ClusterSize = 13 }, func(d *corpus.Document) string { return fmt.Sprint(d.ClusterSize) }},
	"fetched_at":   {func(d *corpus.Document) { d.FetchedAt = "1999-12-31T23:59:59Z" }, func(d *corpus.Document) string { return d.FetchedAt }},
	"source":       {func(d *corpus.Document) { d.Origin.Source = "poison" }, func(d *corpus.Document) string { return d.Origin.Source }},
	"src_shard":    {func(d *corpus.Document) { d.Origin.Shard = "poison" }, func(d *corpus.Document) string { return d.Origin.Shard }},
	"src_record":   {func(d *corpus.Document) { d.Origin.Record = 666 }, func(d *corpus.Document) string { return fmt.Sprint(d.Origin.Record) }},
	"src_offset":   {func(d *corpus.Document) { d.Origin.Offset = 666 }, func(d *corpus.Document) string { return fmt.Sprint(d.Origin.Offset) }},
	"extra":        {func(d *corpus.Document) { d.Extra = []byte(`{"poison":1}`) }, func(d *corpus.Document) string { return string(d.Extra) }},
}

// made is all that a stage made of a document.
type made struct {
	Verdict corpus.Verdict
	Values  []string
	Keys    string
	Sketch  string
	Err     string
	// Before and After are all columns of the document.
	Before, After map[string]string
}

// says is what the stage itself says.
func (m made) says() string { return fmt.Sprint(m.Verdict, m.Values, m.Keys, m.Sketch, m.Err) }

// same reports whether a stage did the same in both, and to the same columns.
func (m made) same(o made) bool {
	for name := range columns {
		wrote := m.Before[name] != m.After[name] || o.Before[name] != o.After[name]
		if wrote && m.After[name] != o.After[name] {
			return false
		}
	}
	return m.says() == o.says()
}

// recorder is the observer of one stage.
type recorder struct {
	before map[string]string
	all    []made
}

func (r *recorder) Visited(v *flow.Visit) bool {
	m := made{Verdict: v.Verdict, Keys: fmt.Sprint(v.Keys), Sketch: string(v.Sketch), Before: r.before, After: map[string]string{}}
	if v.Values != nil {
		for _, x := range v.Values.All() {
			m.Values = append(m.Values, fmt.Sprint(x))
		}
	}
	if v.Err != nil {
		m.Err = v.Err.Error()
	}
	for name, c := range columns {
		m.After[name] = c.value(v.Document)
	}
	r.all = append(r.all, m)
	return true
}

func (r *recorder) Done(*corpus.Document) {}

// A stage does the same whatever stands in the columns that it does not declare; and
// every stage of ours declares what it reads.
func TestStagesReadWhatTheyDeclare(t *testing.T) {
	pages, texts := fixtures(t)
	files := documents(t, pages)
	for _, def := range corpusmill.Stages() {
		docs := texts
		switch def.Name {
		case "switch": // what it reads is told where it is used
			continue
		case "url_blocklist", "html_text", "consent":
			docs = pages
		case "wiki_text":
			docs = wikiPages()
		case "pdf_text", "office_text":
			docs = files
		}
		st, err := flow.NewStep(flow.Setup{Name: def.Name}, 0, open(t, def))
		if err != nil {
			t.Fatal(err)
		}
		if st.Reads == nil {
			t.Errorf("%s does not declare what it reads", def.Name)
			continue
		}
		for _, name := range st.Reads {
			if _, ok := columns[name]; !ok {
				t.Errorf("%s reads %s, which is no column of a document", def.Name, name)
			}
		}
		if st.Writes == nil {
			t.Errorf("%s does not declare what it writes", def.Name)
		}
		plain, poisoned := pass(t, st, docs, false), pass(t, st, docs, true)
		for i := range plain {
			for name, before := range plain[i].Before {
				if plain[i].After[name] != before && !slices.Contains(st.Writes, name) {
					t.Errorf("%s declares that it writes %v, and changes %s", def.Name, st.Writes, name)
				}
			}
			if !plain[i].same(poisoned[i]) {
				t.Errorf("%s declares that it reads %v, and goes by another column too:\n%.600s\n%.600s", def.Name, st.Reads, fmt.Sprint(plain[i]), fmt.Sprint(poisoned[i]))
				break
			}
		}
	}
}

func pass(t *testing.T, st *flow.Step, docs []*corpus.Document, poison bool) []made {
	t.Helper()
	r := &recorder{}
	chain := flow.NewExplaining(r, 16, flow.Link{Step: st})
	for _, original := range docs {
		d := *original
		d.Raw = bytes.Clone(original.Raw)
		d.Lang = "en"
		r.before = map[string]string{}
		for name, c := range columns {
			if poison && !slices.Contains(st.Reads, name) {
				c.poison(&d)
			}
			r.before[name] = c.value(&d)
		}
		if err := chain.Process(t.Context(), []*corpus.Document{&d}); err != nil {
			t.Fatal(err)
		}
	}
	return r.all
}

// The test above would find a stage that goes by a column in secret.
func TestPoisonIsFelt(t *testing.T) {
	_, texts := fixtures(t)
	st, err := flow.NewStep(flow.Setup{Name: "liar"}, 0, liar{})
	if err != nil {
		t.Fatal(err)
	}
	if slices.EqualFunc(pass(t, st, texts, false), pass(t, st, texts, true), made.same) {
		t.Error("a stage that reads the URL in secret was not found out")
	}
}

type liar struct{}

func (liar) Reads() []string { return []string{"text"} }
func (liar) Apply(d *corpus.Document) (corpus.Verdict, error) {
	if strings.Contains(d.URL, "poison") {
		return corpus.Verdict{Rule: "secret"}, nil
	}
	return corpus.Keep, nil
}
