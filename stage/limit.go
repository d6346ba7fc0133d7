package stage

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
)

// Limit is the limit of one check. Its zero value means the default that the
// rule's paper or dialect gives, in YAML and in Go alike; Off switches the check
// off; At(0) is 0.
type Limit struct {
	state limitState
	x     float64
}

type limitState uint8

const (
	limitDefault limitState = iota
	limitAt
	limitOff
)

// At is a limit of x.
func At(x float64) Limit { return Limit{state: limitAt, x: x} }

// Off switches a check off.
func Off() Limit { return Limit{state: limitOff} }

// Or returns l, or d where l is the zero value.
func (l Limit) Or(d Limit) Limit {
	if l.state == limitDefault {
		return d
	}
	return l
}

// Get returns the limit and whether the check is on.
func (l Limit) Get() (x float64, on bool) { return l.x, l.state == limitAt }

// Below rejects when value < limit. A missing value (NaN) passes.
func (l Limit) Below(rule string, value float64) corpus.Verdict {
	if l.state == limitAt && value < l.x {
		return corpus.Verdict{Rule: rule, Value: value, Limit: l.x}
	}
	return corpus.Keep
}

// Above rejects when value > limit. A missing value (NaN) passes.
func (l Limit) Above(rule string, value float64) corpus.Verdict {
	if l.state == limitAt && value > l.x {
		return corpus.Verdict{Rule: rule, Value: value, Limit: l.x}
	}
	return corpus.Keep
}

// CheckShares refuses limits, by their keys, that are on and no shares, 0 to 1: percents above all.
func CheckShares(limits map[string]Limit) error {
	for _, key := range slices.Sorted(maps.Keys(limits)) {
		if x, on := limits[key].Get(); on && !(x >= 0 && x <= 1) {
			return fmt.Errorf("%s: %g: want a share, 0 to 1, or off", key, x)
		}
	}
	return nil
}

// CheckAmounts refuses limits, by their keys, that are on and below 0: of counts, lengths and ratios that may pass 1.
func CheckAmounts(limits map[string]Limit) error {
	for _, key := range slices.Sorted(maps.Keys(limits)) {
		if x, on := limits[key].Get(); on && x < 0 {
			return fmt.Errorf("%s: %g is negative, want 0 or more, or off", key, x)
		}
	}
	return nil
}

// String returns "off", "default" or the number.
func (l Limit) String() string {
	switch l.state {
	case limitOff:
		return "off"
	case limitAt:
		return strconv.FormatFloat(l.x, 'g', -1, 64)
	}
	return "default"
}

// UnmarshalText reads a number, "off" or "default".
func (l *Limit) UnmarshalText(b []byte) error {
	switch s := strings.TrimSpace(string(b)); s {
	case "off":
		*l = Off()
	case "default", "":
		*l = Limit{}
	default:
		x, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%q is no limit: want a number, off or default", s)
		}
		*l = At(x)
	}
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// First returns the first verdict that rejects, else Keep.
func First(verdicts ...corpus.Verdict) corpus.Verdict {
	for _, v := range verdicts {
		if !v.Kept() {
			return v
		}
	}
	return corpus.Keep
}

// Keep is the rule by which one document of a cluster survives.
type Keep struct {
	// Policy is "max", "min" (of Column), "first" (in input order), "none" or "all".
	Policy string
	// Column is the numeric column that max and min compare.
	Column string
}

// UnmarshalNode reads first, none, all, {max: COLUMN} or {min: COLUMN}.
func (k *Keep) UnmarshalNode(n *config.Node) error {
	if n.Kind == config.ScalarNode {
		return k.UnmarshalText([]byte(n.Scalar))
	}
	*k = Keep{}
	if len(n.Fields) == 1 {
		*k = Keep{Policy: n.Fields[0].Key, Column: n.Fields[0].Value.Scalar}
	}
	return k.Validate()
}

// UnmarshalText reads the one-word policies, and "max COLUMN" or "min COLUMN".
func (k *Keep) UnmarshalText(b []byte) error {
	policy, column, _ := strings.Cut(string(b), " ")
	*k = Keep{Policy: policy, Column: column}
	return k.Validate()
}

// MarshalNode is the inverse of UnmarshalNode.
func (k Keep) MarshalNode() *config.Node {
	if k.Column == "" {
		return &config.Node{Scalar: k.Policy}
	}
	n := &config.Node{Kind: config.MapNode}
	n.Put(k.Policy, &config.Node{Scalar: k.Column})
	return n
}

// Validate checks that policy and column go together.
func (k Keep) Validate() error {
	switch k.Policy {
	case "first", "none", "all":
		if k.Column == "" {
			return nil
		}
	case "max", "min":
		if k.Column != "" {
			return nil
		}
	}
	return fmt.Errorf("keep: want first, none, all, {max: COLUMN} or {min: COLUMN}")
}
