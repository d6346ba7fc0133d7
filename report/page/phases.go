package page

import "github.com/corpusmill/corpusmill/report"

// phases are the yields of phases, none where the pipeline has none.
type phases struct {
	Rows []phaseRow
	In   int64
	Raw  int64
	Note string
}

type phaseRow struct {
	Name                 string
	In, Documents, Bytes int64
	OfRaw                string
	Tokens               int64 // about, in all but the last
	Last                 bool
}

func (m *maker) phases() {
	list := m.Stats.Phases()
	if len(list) == 0 {
		return
	}
	p := &m.Phases
	p.In, p.Raw = list[0].In, list[0].BytesIn
	for i, x := range list {
		row := phaseRow{Name: x.Name, In: x.In, Documents: x.Documents, Bytes: x.Bytes, OfRaw: report.RawShare(x.Bytes, p.Raw), Tokens: m.Stats.Tokens, Last: i == len(list)-1}
		if !row.Last {
			row.Tokens = report.TokensOf(m.Stats, x.Bytes)
		}
		p.Rows = append(p.Rows, row)
	}
	if report.PhasesOfMDFS(list) {
		p.Note = report.MDFSYield
	}
}
