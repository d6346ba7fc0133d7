package run

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/config"
)

// Gates are bounds of what a run may give. One that is passed lets the run fail behind its
// end: the parts stay as they are.
type Gates struct {
	// Documents in the parts, such as "< 1000".
	Documents Gate `yaml:"documents"`
	// Tokens of them, such as "< 1B".
	Tokens Gate `yaml:"tokens"`
	// KeptShare is the share of the documents read that are in the parts, such as "< 20 %".
	KeptShare Gate `yaml:"kept_share"`
	// Quarantined records, such as "> 100".
	Quarantined Gate `yaml:"quarantined"`
	// QuarantineShare is their share of the records read, such as "> 1 %".
	QuarantineShare Gate `yaml:"quarantine_share"`
	// ShardsLost are input files that are cut short, cannot be read at all or are set aside, such as "> 0".
	ShardsLost Gate `yaml:"shards_lost"`
}

// Gate is a comparison that lets a run fail: "< 1000", ">= 2.5 %", "> 1B". The zero value
// is none.
type Gate struct {
	Op    string // <, <=, > or >=; "" for none
	Limit float64
	text  string
}

var gateUnits = []struct {
	suffix string
	factor float64
}{{"%", 0.01}, {"K", 1e3}, {"M", 1e6}, {"B", 1e9}, {"T", 1e12}}

// UnmarshalText reads a gate.
func (g *Gate) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	*g = Gate{}
	if s == "" || s == "off" {
		return nil
	}
	wrong := fmt.Errorf(`%q is no gate: write when the run is to fail, as "< 1000", "> 1 %%" or "< 1.5B"`, s)
	number := strings.TrimLeft(s, "<>=")
	op := strings.TrimSpace(s[:len(s)-len(number)])
	if op != "<" && op != "<=" && op != ">" && op != ">=" {
		return wrong
	}
	number = strings.TrimSpace(number)
	factor := 1.0
	for _, u := range gateUnits {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, factor = strings.TrimSpace(rest), u.factor
			break
		}
	}
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || x < 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return wrong
	}
	*g = Gate{Op: op, Limit: x * factor, text: s}
	return nil
}

// String is the gate as it was written, "" for none.
func (g Gate) String() string { return g.text }

// MarshalNode writes it in quotes: > and < mean something else in YAML.
func (g Gate) MarshalNode() *config.Node { return &config.Node{Scalar: g.text, Quoted: g.text != ""} }

// shuts reports whether a value lets the run fail.
func (g Gate) shuts(x float64) bool {
	switch g.Op {
	case "<":
		return x < g.Limit
	case "<=":
		return x <= g.Limit
	case ">":
		return x > g.Limit
	case ">=":
		return x >= g.Limit
	}
	return false
}

// GateResult is what came of a gate.
type GateResult struct {
	Gate   string  `json:"gate"` // its key
	Value  float64 `json:"value"`
	Limit  string  `json:"limit"` // as it was written
	Failed bool    `json:"failed"`
	share  bool
}

// String says it for people: documents: 312, fails if < 1000.
func (r GateResult) String() string {
	value := strconv.FormatFloat(r.Value, 'f', -1, 64)
	if r.share {
		value = fmt.Sprintf("%.4g %%", 100*r.Value)
	}
	return fmt.Sprintf("%s: %s, fails if %s", r.Gate, value, r.Limit)
}

// results lists the gates in the order of their keys, with the value of each.
func (g *Gates) results(s *Summary) (list []GateResult) {
	var records, lost int64
	for _, src := range s.Stats.Sources {
		records += src.Read
		lost += src.ShardsCut + src.ShardsLost + src.ShardsFailed
	}
	ratio := func(a, b int64) float64 { return float64(a) / float64(max(b, 1)) }
	for _, x := range []struct {
		name  string
		gate  Gate
		value float64
		share bool
	}{
		{"documents", g.Documents, float64(s.Documents), false},
		{"tokens", g.Tokens, float64(s.Tokens), false},
		{"kept_share", g.KeptShare, ratio(s.Documents, s.Read), true},
		{"quarantined", g.Quarantined, float64(s.Quarantined), false},
		{"quarantine_share", g.QuarantineShare, ratio(s.Quarantined, records), true},
		{"shards_lost", g.ShardsLost, float64(lost), false},
	} {
		if x.gate.Op != "" {
			list = append(list, GateResult{x.name, x.value, x.gate.text, x.gate.shuts(x.value), x.share})
		}
	}
	return list
}

// check refuses what no run can fail by, or every one.
func (g *Gates) check() error {
	for _, x := range []struct {
		name string
		gate Gate
	}{{"kept_share", g.KeptShare}, {"quarantine_share", g.QuarantineShare}} {
		if x.gate.Limit > 1 {
			return fmt.Errorf("%s: %s is more than all: want a share, as \"%s 1 %%\" or \"%[3]s 0.01\"", x.name, x.gate.text, x.gate.Op)
		}
	}
	return nil
}
