package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/report"
)

// roundTo keeps n significant digits.
func roundTo(f float64, n int) float64 {
	x, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', n, 64), 64)
	if err != nil {
		return f
	}
	return x
}

// command is a line for a shell.
func (m *maker) command(words ...string) string {
	for i, w := range words {
		if !strings.HasPrefix(w, "--") && i > 0 {
			words[i] = quote(w)
		}
	}
	return m.Program + " " + strings.Join(words, " ")
}

// questions answers those of the first screen, in their order.
func (m *maker) questions() {
	m.Questions = []question{m.have(), m.lost(), m.nearest(), m.dominating(), m.why(), m.duplicate(), m.wrong(), m.changed()}
}

func (m *maker) have() question {
	s := m.Stats
	q := question{Q: "What do I have, and what model does it carry?", Command: m.command("show", m.Dir), Link: "tokens", LinkTo: "tokens by language"}
	if s.Documents == 0 {
		q.Lead, q.Text = "No documents", "Nothing passed all stages."
		if m.Facts.Running != nil {
			q.Text = "No part is written yet: the run is under way."
		}
		return q
	}
	q.Lead = short(s.Documents) + " documents"
	if s.Tokens > 0 {
		q.Lead = short(s.Tokens) + " tokens"
	}
	q.Text = fmt.Sprintf("%s documents, %s of text", grouped(s.Documents), size(s.Bytes))
	if m.Parts > 0 {
		q.Text += fmt.Sprintf(", in %s of %s", plural(m.Parts, "part"), m.Facts.Sinks[0].Folder)
	}
	q.Text += "."
	switch {
	case len(m.Sentences) > 0:
		var verdict struct {
			Params float64 `json:"params_from_data"`
		}
		if json.Unmarshal(m.Facts.Sizing, &verdict) == nil && verdict.Params < 1e6 {
			q.Text += fmt.Sprintf(" They carry %s parameters: too few tokens to size a model by.", short(int64(verdict.Params)))
		} else {
			q.Text += " " + m.Sentences[0]
		}
		q.Link, q.LinkTo = "sizing", "the sizing verdict"
		q.Command = m.command("size", m.Dir)
	case s.Tokens == 0:
		q.Text += " Nothing in the pipeline counts tokens, so no model size follows: token_count does."
	}
	return q
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(int64(n)) + " " + what + "s"
}

func (m *maker) lost() question {
	q := question{Q: "Where did each language lose most, and by which rule?", Link: "funnel", LinkTo: "the funnel", Command: m.command("show", m.Dir)}
	if m.Read > 0 {
		q.Lead = percent(m.Stats.Documents, m.Read) + " kept"
		if m.Facts.Running != nil {
			q.Lead = short(m.Read) + " read so far"
		}
	}
	var parts []string
	for _, r := range m.Groups[0].Rows {
		if len(parts) == 3 {
			break
		}
		if len(r.Losses) == 0 || r.Kept == 0 && len(parts) > 0 {
			continue
		}
		l := r.Losses[0]
		parts = append(parts, fmt.Sprintf("%s kept %s of %s and lost most by %s (%s)", r.Label(), grouped(r.Kept), grouped(r.In), l.Name(), grouped(l.N)))
	}
	if len(parts) == 0 {
		q.Text = "No rule dropped a document."
	} else {
		q.Text = strings.Join(parts, "; ") + "."
	}
	if most := m.mostDropped(); most != nil {
		q.Command = m.command("show", m.Dir, "--rejects", most.Stage+"."+most.Rule)
	}
	return q
}

// mostDropped is the rule that dropped most documents, nil for none.
func (m *maker) mostDropped() *ruleRow {
	if len(m.Rules) == 0 || m.Rules[0].Dropped == 0 {
		return nil
	}
	return &m.Rules[0]
}

func (m *maker) nearest() question {
	q := question{Q: "Which kept and dropped texts stand nearest to each limit?", Link: "values", LinkTo: "values and texts", Command: m.command("show", m.Dir, "--rejects", "RULE")}
	var best *report.Panel
	far, limits := math.Inf(1), 0
	for _, p := range m.Panels {
		if p.Flag {
			continue
		}
		limits += len(p.Limits)
		for _, l := range p.Limits {
			for _, s := range p.Panel.NearDropped {
				if d := math.Abs(s.Value-l.Value) / max(math.Abs(l.Value), 1e-9); d < far {
					far, best = d, p.Panel
				}
			}
		}
	}
	if limits == 0 {
		q.Lead, q.Text = "No limits", "No stage has dropped a document by a measured value."
		return q
	}
	q.Lead = plural(limits, "limit")
	if best == nil {
		q.Text = "No dropped text near a limit was kept."
		return q
	}
	s, l := best.NearDropped[0], best.Limits[0]
	rule := cmp.Or(l.Rule, best.Name)
	q.Text = fmt.Sprintf("The closest call: %s dropped a text for %s with %s against %s.", best.Stage, rule, figure(s.Value), figure(l.Value))
	if best.Annotated {
		q.Text = fmt.Sprintf("The closest call: %s with %s against %s of %s (stored, not dropped).", best.Name, figure(s.Value), figure(l.Value), best.Stage)
	} else {
		q.Command = m.command("show", m.Dir, "--rejects", best.Stage+"."+rule)
	}
	return q
}

func (m *maker) dominating() question {
	q := question{Q: "Which hosts dominate in, out and in what was dropped?", Link: "hosts", LinkTo: "hosts", Command: m.command("show", m.Dir, "--json")}
	var parts []string
	for i, t := range m.Hosts {
		if len(t.Rows) == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s: %s, %s", []string{"in", "kept", "dropped"}[i], t.Rows[0].Host, percent(t.Rows[0].N, t.Of)))
	}
	if len(parts) == 0 {
		q.Lead, q.Text = "No hosts", "The documents have no addresses."
		return q
	}
	q.Lead = plural(len(m.Stats.Hosts), "host")
	if m.HostsCut {
		q.Lead = "Over " + grouped(int64(len(m.Stats.Hosts))) + " hosts"
	}
	q.Text = "Largest " + strings.Join(parts, "; ") + "."
	return q
}

func (m *maker) why() question {
	q := question{Q: "Why was this URL dropped, and which document won?", Link: "duplicates", LinkTo: "pairs beside each other", Command: m.command("show", m.Dir, "--why", "URL"),
		Lead: "Ask by URL or ID", Text: "The answer names stage, rule, value and limit; of a duplicate also the document that won, and what became of that one."}
	if x := m.Facts.Survey.Example; x != nil {
		name := x.ID
		if x.URL != "" && len(x.URL) <= nameBytes {
			name = x.URL
		}
		q.Text = fmt.Sprintf("Such as %s: %s dropped it (%s), since %s won.", cutName(name), x.Stage, x.Rule, cutName(x.Detail))
		q.Command = m.command("show", m.Dir, "--why", name)
	}
	return q
}

func (m *maker) duplicate() question {
	d := m.Duplicates
	q := question{Q: "How much is duplicate, and which clusters are largest?", Link: "duplicates", LinkTo: "duplicates"}
	if len(d.Stages) == 0 {
		q.Lead, q.Text, q.Command = "Not compared", "No stage of the pipeline compares documents.", m.command("stages", "minhash")
		return q
	}
	q.Lead = percent(d.Dropped, d.In) + " duplicate"
	var parts []string
	for _, s := range d.Stages {
		parts = append(parts, fmt.Sprintf("%s dropped %s", s.Name, grouped(s.Dropped)))
	}
	q.Text = fmt.Sprintf("Of %s compared documents %s.", grouped(d.In), strings.Join(parts, ", "))
	if len(d.Largest) > 0 {
		q.Text += fmt.Sprintf(" The largest cluster has %s documents.", grouped(d.Largest[0].Size))
	}
	q.Command = m.command("show", m.Dir, "--rejects", d.Stages[len(d.Stages)-1].Name)
	return q
}

func (m *maker) wrong() question {
	q := question{Q: "What went wrong, where, and which stage is slowest?", Link: "quarantine", LinkTo: "quarantine", Command: m.command("verify", m.Dir)}
	q.Lead = "Nothing in quarantine"
	if m.Quarantined > 0 {
		q.Lead = short(m.Quarantined) + " in quarantine"
	}
	if len(m.Causes) > 0 {
		c := m.Causes[0]
		q.Text = fmt.Sprintf("Most (%s): %s. ", grouped(c.Records), strings.TrimSuffix(strings.TrimPrefix(c.Stage+": "+c.Error, ": "), "."))
	}
	if d := m.Stats.Damage(); d.Any() {
		q.Text += "Of the input files " + d.String() + ". "
	}
	if t := m.Time.Stages; len(t) > 0 && m.Time.Sum > 0 {
		q.Text += fmt.Sprintf("Slowest is %s with %s of the time of all stages.", t[0].Name, percent(t[0].N, t[0].Of))
		q.Link, q.LinkTo = "time", "time"
	}
	return q
}

func (m *maker) changed() question {
	q := question{Q: "What changed against the last run?", Command: m.command("report", m.Dir, "--against", "EARLIER")}
	if m.Changes == nil {
		q.Lead, q.Text = "Not compared yet", "Name an earlier run, and this report shows what is new, gone and different in plan, counts, documents and time."
		return q
	}
	c := m.Changes
	q.Link, q.LinkTo = "changes", "what changed"
	q.Lead = signed(c.To.Documents-c.From.Documents) + " documents"
	q.Text = fmt.Sprintf("Against %s: %s, %s new and %s gone documents, %s tokens.", c.From.Dir, plural(len(c.Plan), "changed setting"),
		grouped(c.Documents.Added), grouped(c.Documents.Lost), signed(c.To.Tokens-c.From.Tokens))
	q.Command = m.command("diff", c.From.Dir, m.Dir)
	return q
}
