package transform

import (
	"strings"
	"testing"
)

// Where the model finds nothing, text is taken and lists of links are not.
func TestLost(t *testing.T) {
	none := Tree{}
	for i := range none.Leaf {
		none.Leaf[i] = -4
	}
	m, err := NewModel("", "", nil, Stage{}, Stage{Trees: []Tree{none}})
	if err != nil {
		t.Fatal(err)
	}
	text := "This text is long enough to be taken for one, and it has no links in it at all, so far."
	links := strings.Repeat("<li><a href=x>one of the many links of a menu</a>", 9)
	for page, want := range map[string]string{
		"<ul>" + links + "</ul><p>" + text + "</p>":                         text,
		"<p>" + text + "</p><footer>" + text + " Copyright by us.</footer>": text,
	} {
		pg, err := NewExtractor(m).Extract(page, Options{})
		if err != nil || pg.Text != want {
			t.Errorf("%q, %v", pg.Text, err)
		}
	}
}

// A page on which the model finds nothing: its sentences are taken, lists of words are
// not, unless there is nothing else.
func TestNothingFound(t *testing.T) {
	m, err := NewModel("", "", nil, Stage{Bias: -5, Trees: make([]Tree, 1)}, Stage{})
	if err != nil {
		t.Fatal(err)
	}
	words := "<p>" + strings.Repeat("january february march april may june ", 3)
	said := "<p>" + strings.Repeat("the water is high and the boats are carried to the shed ", 3) + "behind the mill."
	for page, want := range map[string]string{words + said: "the water", said: "the water", words: "january"} {
		pg, err := NewExtractor(m).Extract(page, Options{})
		if err != nil || !strings.HasPrefix(pg.Text, want) {
			t.Errorf("%.30s: %q %v, want %s", page, pg.Text, err, want)
		}
	}
}

// Records that differ in their numbers alone all stay on a page.
func TestRecordsStay(t *testing.T) {
	frame := func(s string) string {
		return "<html><body><article><h1>The mill by the river</h1><p>The mill has stood by the river since the great flood, and its " +
			"miller keeps a book in which the work of every year is written down.</p>" + s + "<p>What the book does not say is how " +
			"many of these sacks went up to the hills, where nobody has ever counted anything at all.</p></article></body></html>"
	}
	for name, c := range map[string]struct {
		page string
		want []string
	}{
		"census": {"<p>In 1840 the mill ground 4,120 sacks of rye for 17 villages.<p>In 1850 the mill ground 3,980 sacks of rye for 19 villages.",
			[]string{"4,120", "3,980"}},
		"sums": {"<ul><li>Sum 1: what is 12 plus 30 minus 4 in all?</li><li>Sum 2: what is 31 plus 11 minus 9 in all?</li></ul>",
			[]string{"12 plus 30", "31 plus 11"}},
		"table": {"<table><tr><th>Year<th>Sacks<th>Villages<tr><td>1840<td>4120<td>17<tr><td>1850<td>3980<td>19<tr><td>1860<td>4417<td>17</table>",
			[]string{"1840 | 4120 | 17", "1850 | 3980 | 19", "1860 | 4417 | 17"}},
	} {
		pg, err := NewExtractor(nil).Extract(frame(c.page), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(pg.Text, want) {
				t.Errorf("%s: no %q in %q", name, want, pg.Text)
			}
		}
	}
}
