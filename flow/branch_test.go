package flow_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/flow"
)

// mark writes its letter behind the text; it panics on the text "panic".
type mark string

func (m mark) Apply(d *corpus.Document) (corpus.Verdict, error) {
	if strings.HasPrefix(d.Text, "panic") {
		panic("out of luck")
	}
	d.Text += string(m)
	return corpus.Keep, nil
}

// parts splits into so many pieces, numbered behind the text.
type parts int

func (p parts) Split(d *corpus.Document, emit func(*corpus.Document)) error {
	for i := range int(p) {
		emit(&corpus.Document{Text: d.Text + fmt.Sprint(i), Lang: d.Lang, Origin: d.Origin})
	}
	return nil
}

// parity scores the lengths of texts, drops every third, and writes down whom it saw.
type parity struct{ seen *[]string }

func (parity) Columns() []corpus.Column { return []corpus.Column{{Name: "bytes", Type: corpus.Int}} }
func (parity) Measure(d *corpus.Document, v *corpus.Values) error {
	v.Set(0, float64(len(d.Text)))
	return nil
}
func (parity) Decide(v *corpus.Values) corpus.Verdict {
	if int(v.Get(0))%3 == 0 {
		return corpus.Verdict{Rule: "third"}
	}
	return corpus.Keep
}
func (p parity) Score(_ context.Context, docs []*corpus.Document, values []*corpus.Values) error {
	for i, d := range docs {
		*p.seen = append(*p.seen, d.Text)
		if err := p.Measure(d, values[i]); err != nil {
			return err
		}
	}
	return nil
}

// pipe is a pipeline in the making: a flat list of links, as a chain takes them.
type pipe struct {
	t     *testing.T
	links []flow.Link
	in    *flow.Branch
	seen  []string // by scorers
}

func (p *pipe) add(name string, object any, when ...string) *flow.Step {
	p.t.Helper()
	st, err := flow.NewStep(flow.Setup{Name: name, When: flow.When{Lang: when}}, len(p.links), object)
	if err != nil {
		p.t.Fatal(err)
	}
	st.In = p.in
	p.links = append(p.links, flow.Link{Step: st})
	return st
}

// fork adds a switch by language, and the steps of each case and of the default.
func (p *pipe) fork(name string, cases []string, steps func(n int)) {
	lang := func(d *corpus.Document) string { return d.Lang }
	sw := p.add(name, &flow.Switch{By: "lang", Cases: cases, Choose: flow.Choice(cases, lang)})
	outer := p.in
	for n := range len(cases) + 1 {
		p.in = &flow.Branch{Switch: sw, Case: n}
		steps(n)
	}
	p.in = outer
}

// docs are documents by their text, the language before a colon.
func docs(list string) (docs []*corpus.Document) {
	for s := range strings.FieldsSeq(list) {
		lang, text, _ := strings.Cut(s, ":")
		docs = append(docs, &corpus.Document{ID: text, Text: text, Lang: lang})
	}
	return docs
}

func (p *pipe) run(list string) string {
	p.t.Helper()
	o := &diary{}
	if err := flow.New(o, 0, p.links...).Process(p.t.Context(), docs(list)); err != nil {
		p.t.Fatal(err)
	}
	return strings.Join(o.lines, "; ")
}

func TestSwitch(t *testing.T) {
	for _, c := range []struct {
		what  string
		make  func(*pipe)
		texts string
		want  string
	}{
		{"each into its case, all to what follows", func(p *pipe) {
			p.fork("sw", []string{"zh", "en"}, func(n int) { p.add([]string{"x", "y", "z"}[n], mark([]string{"x", "y", "z"}[n])) })
			p.add("end", mark("."))
		}, "en:a zh:b de:c", "sw a; y ay; end ay.; done ay.; sw b; x bx; end bx.; done bx.; sw c; z cz; end cz.; done cz."},
		{"without a default the others go on", func(p *pipe) {
			p.fork("sw", []string{"zh"}, func(n int) {
				if n == 0 {
					p.add("x", mark("x"))
					p.add("y", mark("y"))
				}
			})
			p.add("end", mark("."))
		}, "en:a zh:b", "sw a; end a.; done a.; sw b; x bx; y bxy; end bxy.; done bxy."},
		{"an empty case, and nothing behind the switch", func(p *pipe) {
			p.fork("sw", []string{"zh", "en"}, func(n int) {
				if n == 1 {
					p.add("x", mark("x"))
				}
			})
		}, "zh:a en:b de:c", "sw a; done a; sw b; x bx; done bx; sw c; done c"},
		{"a switch in a case", func(p *pipe) {
			p.fork("sw", []string{"zh"}, func(n int) {
				if n == 1 {
					p.add("d", mark("d"))
					p.fork("inner", []string{"en"}, func(n int) {
						if n == 0 {
							p.add("e", mark("e"))
						}
					})
					p.add("f", mark("f"))
				}
			})
			p.add("end", mark("."))
		}, "zh:a en:b de:c", "sw a; end a.; done a.; sw b; d bd; inner bd; e bde; f bdef; end bdef.; done bdef.; sw c; d cd; inner cd; f cdf; end cdf.; done cdf."},
		{"pieces of a case stay where their origin was", func(p *pipe) {
			p.fork("sw", []string{"zh"}, func(n int) {
				if n == 0 {
					p.add("split", parts(2))
				}
			})
			p.add("end", mark("."))
		}, "zh:a en:b", "sw a; split a / 2; end a0.; done a0.; end a1.; done a1.; sw b; end b.; done b."},
		{"who waits for a scorer is waited for", func(p *pipe) {
			p.fork("sw", []string{"zh"}, func(n int) {
				if n == 0 {
					p.add("score", parity{&p.seen})
					p.add("x", mark("x"))
				} else {
					p.add("y", mark("y"))
				}
			})
			p.add("end", mark("."))
		}, "zh:a en:b zh:c en:panic zh:ccc en:d", "sw a; sw b; y by; sw c; sw panic; y panic ! panic: out of luck; sw ccc; sw d; y dy; " +
			"score a # 1; x ax; end ax.; done ax.; end by.; done by.; score c # 1; x cx; end cx.; done cx.; score ccc - third; end dy.; done dy."},
		{"and who goes past it", func(p *pipe) {
			p.add("score", parity{&p.seen}, "zh")
			p.add("end", mark("."))
		}, "en:a zh:b en:c", "score a past; score c past; end a.; done a.; score b # 1; end b.; done b.; end c.; done c."},
		{"nobody waits: all are parked", func(p *pipe) {
			p.add("score", parity{&p.seen}, "zh")
		}, "en:a en:b", "score a past; score b past; done a; done b"},
	} {
		p := &pipe{t: t}
		c.make(p)
		if got := p.run(c.texts); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}

// A calibration's chain ends at the probe: documents of other cases do not reach it.
func TestProbeInACase(t *testing.T) {
	p := &pipe{t: t}
	p.add("first", mark("1"))
	p.fork("sw", []string{"zh", "en"}, func(n int) {
		if n == 1 {
			p.add("x", mark("x"))
			p.add("probe", length{3})
			p.links[len(p.links)-1].Role = flow.Probe
		}
	})
	want := "first a1; sw a1; x a1x; probe a1x # 3; done a1x; first b1; sw b1; done b1; first c1; sw c1; done c1"
	if got := p.run("en:a zh:b de:c"); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// tree is a pipeline as it is written, and what it makes of one document: the other way
// to know where documents go.
type tree struct {
	letter string
	pieces int
	scores bool
	when   string
	cases  map[string][]tree // with "" for the default
}

var langs = []string{"de", "en", "zh"}

func grow(rng *rand.Rand, depth int) (list []tree) {
	for range rng.IntN(4) + 1 {
		x := tree{letter: string(rune('a' + rng.IntN(26)))}
		switch k := rng.IntN(8); {
		case k == 0:
			x.pieces = rng.IntN(3) + 1
		case k < 3:
			x.scores = true
			if rng.IntN(2) == 0 {
				x.when = langs[rng.IntN(3)]
			}
		case k < 5 && depth > 0:
			x.cases = map[string][]tree{}
			for _, name := range append([]string{""}, langs[:rng.IntN(3)]...) {
				x.cases[name] = grow(rng, depth-1)
			}
		}
		list = append(list, x)
	}
	return list
}

// plant adds the steps of the tree to a pipeline.
func (p *pipe) plant(list []tree) {
	for _, x := range list {
		switch {
		case x.cases != nil:
			var names []string
			for _, name := range langs {
				if _, ok := x.cases[name]; ok {
					names = append(names, name)
				}
			}
			p.fork("switch", names, func(n int) {
				if n == len(names) {
					p.plant(x.cases[""])
				} else {
					p.plant(x.cases[names[n]])
				}
			})
		case x.pieces > 0:
			p.add("split", parts(x.pieces))
		case x.scores && x.when != "":
			p.add("score", parity{&p.seen}, x.when)
		case x.scores:
			p.add("score", parity{&p.seen})
		default:
			p.add("mark", mark(x.letter))
		}
	}
}

// fates is what becomes of a document.
func fates(list []tree, lang, text string) []string {
	for i, x := range list {
		switch {
		case x.cases != nil:
			way, ok := x.cases[lang]
			if !ok {
				way = x.cases[""]
			}
			return fates(slices.Concat(way, list[i+1:]), lang, text)
		case x.pieces > 0:
			var all []string
			for n := range x.pieces {
				all = append(all, fates(list[i+1:], lang, text+fmt.Sprint(n))...)
			}
			return all
		case x.scores:
			if (x.when == "" || x.when == lang) && len(text)%3 == 0 {
				return nil
			}
		default:
			text += x.letter
		}
	}
	return []string{text}
}

// arrivals is an observer of those who come through.
type arrivals struct{ texts []string }

func (*arrivals) Visited(v *flow.Visit) bool { return v.Err == nil && v.Verdict.Kept() }
func (a *arrivals) Done(d *corpus.Document)  { a.texts = append(a.texts, d.Text) }

// draft is an observer that writes into the list of the batch at hand.
type draft struct{ at *arrivals }

func (*draft) Visited(v *flow.Visit) bool { return v.Err == nil && v.Verdict.Kept() }
func (o *draft) Done(d *corpus.Document)  { o.at.Done(d) }

// inTurns takes batches through two chains, a leg of one and then a leg of the other, and
// none of them by the chain that had it before.
func (p *pipe) inTurns(batches [][]*corpus.Document) (all []string) {
	type way struct {
		*flow.Passage
		arrivals
		turn int
	}
	var o draft
	chains := []*flow.Chain{flow.New(&o, 0, p.links...), flow.New(&o, 0, p.links...)}
	ways := make([]way, len(batches))
	for i := range ways {
		w := &ways[i]
		o.at = &w.arrivals
		w.turn = i
		w.Passage = chains[i%2].Begin(batches[i])
	}
	for waits := true; waits; {
		waits = false
		for i := range ways {
			w := &ways[i]
			if !w.Waits() {
				continue
			}
			waits = true
			answers, err := flow.Ask(p.t.Context(), chains[0].Scorer(w.Link()), w.Documents())
			if err != nil {
				p.t.Fatal(err)
			}
			w.turn++
			o.at = &w.arrivals
			chains[w.turn%2].Continue(w.Passage, answers)
		}
	}
	for i := range ways {
		all = append(all, ways[i].texts...)
	}
	return all
}

// Whatever the switches, scorers and splits: every document takes its own way, and all
// come out in the order of reading; also where the batches go from worker to worker.
func TestDocumentsRejoinInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	crossed := 0
	for range 500 {
		list := grow(rng, 2)
		p := &pipe{t: t}
		p.plant(list)
		o := &arrivals{}
		chain := flow.New(o, 0, p.links...)
		var want []string
		var batches [][]*corpus.Document
		for batch := range 2 { // a chain is used again
			var docs, again []*corpus.Document
			for i := range 12 {
				lang, text := append(langs, "fr")[rng.IntN(4)], fmt.Sprintf("%d.%d,", batch, i)
				docs = append(docs, &corpus.Document{ID: text, Text: text, Lang: lang})
				again = append(again, &corpus.Document{ID: text, Text: text, Lang: lang})
				want = append(want, fates(list, lang, text)...)
			}
			batches = append(batches, again)
			if err := chain.Process(t.Context(), docs); err != nil {
				t.Fatal(err)
			}
		}
		if got := p.inTurns(batches); !slices.Equal(got, want) {
			t.Fatalf("%+v, in turns:\n got %q\nwant %q", list, got, want)
		}
		if !slices.Equal(o.texts, want) {
			t.Fatalf("%+v:\n got %q\nwant %q", list, o.texts, want)
		}
		if len(p.seen) > 0 && len(want) > 12 {
			crossed++
		}
	}
	if crossed < 100 {
		t.Errorf("only %d pipelines had scorers and let documents through", crossed)
	}
}
