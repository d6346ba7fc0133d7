package run

import (
	"testing"

	"github.com/corpusmill/corpusmill/ledger"
)

// TestGate reads gates and holds values at both sides of each limit against them.
func TestGate(t *testing.T) {
	for text, c := range map[string]struct {
		limit      float64
		shut, open float64
	}{
		"< 1000":   {1000, 999, 1000},
		"<=1000":   {1000, 1000, 1001},
		"> 1 %":    {0.01, 0.0101, 0.01},
		">= 2.5%":  {0.025, 0.025, 0.0249},
		"< 1.5B":   {1.5e9, 1.4e9, 1.5e9},
		"> 20K":    {20e3, 20001, 20e3},
		" > 0 ":    {0, 1, 0},
		"< 2T":     {2e12, 1, 2e12},
		">0.00125": {0.00125, 0.0013, 0.00125},
	} {
		var g Gate
		if err := g.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if g.Limit != c.limit || !g.shuts(c.shut) || g.shuts(c.open) {
			t.Errorf("%q: %+v, %v, %v", text, g, g.shuts(c.shut), g.shuts(c.open))
		}
		var back Gate
		if err := back.UnmarshalText([]byte(g.String())); err != nil || back != g {
			t.Errorf("%q comes back as %+v, %v", text, back, err)
		}
	}
	for _, text := range []string{"1000", "=1", "== 1", "<>1", "< ", "< many", "> -1", "< 1e999", "< NaN", "> 1 X", "> % 1"} {
		if err := new(Gate).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	for _, text := range []string{"", "off"} {
		if g := (Gate{Op: "<"}); g.UnmarshalText([]byte(text)) != nil || g.shuts(0) {
			t.Errorf("%q is a gate", text)
		}
	}
}

// TestGateValues says what each gate looks at.
func TestGateValues(t *testing.T) {
	gate := func(text string) (g Gate) {
		if err := g.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		return g
	}
	s := &Summary{Documents: 30, Tokens: 900, Read: 120, Quarantined: 4, Stats: &ledger.Stats{Sources: []*ledger.SourceStats{
		{Read: 150, ShardsCut: 1}, {Read: 50, ShardsLost: 2}}}}
	g := Gates{Documents: gate("< 31"), Tokens: gate("< 900"), KeptShare: gate("< 26 %"), Quarantined: gate("> 4"), QuarantineShare: gate("> 1.9 %"), ShardsLost: gate("> 2")}
	want := []string{"documents: 30, fails if < 31", "tokens: 900, fails if < 900", "kept_share: 25 %, fails if < 26 %",
		"quarantined: 4, fails if > 4", "quarantine_share: 2 %, fails if > 1.9 %", "shards_lost: 3, fails if > 2"}
	failed := []bool{true, false, true, false, true, true}
	for i, r := range g.results(s) {
		if r.String() != want[i] || r.Failed != failed[i] {
			t.Errorf("%s, %v; want %s, %v", r, r.Failed, want[i], failed[i])
		}
	}
	if len(g.results(s)) != len(want) || len(new(Gates).results(s)) != 0 {
		t.Error("gates are lost, or there are some that nobody wrote")
	}
	for text, fine := range map[string]bool{"> 1": true, "> 1.01": false, "< 100 %": true, "< 101 %": false} {
		if err := (&Gates{KeptShare: gate(text)}).check(); (err == nil) != fine {
			t.Errorf("kept_share: %s: %v", text, err)
		}
	}
}

func FuzzGate(f *testing.F) {
	for _, s := range []string{"< 1000", ">= 2.5 %", "> 1B", "off", "<=", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var g, back Gate
		if g.UnmarshalText([]byte(s)) != nil {
			return
		}
		if err := back.UnmarshalText([]byte(g.String())); err != nil || back != g {
			t.Errorf("%q: %+v comes back as %+v, %v", s, g, back, err)
		}
	})
}
