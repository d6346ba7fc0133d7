package purify

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/corpusmill/corpusmill/config"
)

// Curve gives every value of a column a probability:
//
//	[[0, 0.01], [0.5, 0.2], [1, 1]]          numbers: straight between the points, level before and behind
//	[0, 0.05, 0.1, 0.5, 1]                   buckets: of 0, of 1, and so on; the last for all above
//	{ news: 1, fiction: 0.1, "*": 0.5 }      words; "*" for those that are not named, 1 by default
type Curve struct {
	// Points are the points, by ascending value, or the buckets with their numbers.
	Points []CurvePoint
	// Words are the probabilities by word.
	Words map[string]float64
	// Buckets says that Points are buckets, between which nothing lies.
	Buckets bool
}

// CurvePoint is the probability at a value.
type CurvePoint struct{ Value, Probability float64 }

// otherWords stands for the words that are not named.
const otherWords = "*"

// maxCurve bounds points and words.
const maxCurve = 10_000

// UnmarshalNode reads one of the forms.
func (c *Curve) UnmarshalNode(n *config.Node) error {
	*c = Curve{}
	switch {
	case n.Kind == config.MapNode:
		return config.Decode(n, &c.Words)
	case n.Kind != config.ListNode:
		return errors.New("want points [[0, 0.1], [1, 1]], buckets [0.1, 0.5, 1], or words { news: 1, \"*\": 0.5 }")
	}
	for i, item := range n.Items {
		p := CurvePoint{Value: float64(i)}
		buckets := item.Kind == config.ScalarNode
		if i > 0 && buckets != c.Buckets {
			return item.Errorf("want points alone, or buckets alone")
		}
		c.Buckets = buckets
		if buckets {
			if err := config.Decode(item, &p.Probability); err != nil {
				return err
			}
		} else {
			var pair []float64
			if err := config.Decode(item, &pair); err != nil {
				return err
			}
			if len(pair) != 2 {
				return item.Errorf("want a point: [value, probability]")
			}
			p = CurvePoint{pair[0], pair[1]}
		}
		c.Points = append(c.Points, p)
	}
	return nil
}

// MarshalNode is the inverse of UnmarshalNode.
func (c Curve) MarshalNode() *config.Node {
	if len(c.Points) == 0 {
		if len(c.Words) == 0 {
			return &config.Node{Kind: config.ListNode}
		}
		return config.Encode(c.Words)
	}
	n := &config.Node{Kind: config.ListNode}
	for _, p := range c.Points {
		if c.Buckets {
			n.Items = append(n.Items, config.Encode(p.Probability))
		} else {
			n.Items = append(n.Items, config.Encode([]float64{p.Value, p.Probability}))
		}
	}
	return n
}

// empty reports whether it says nothing: then every probability is 1.
func (c *Curve) empty() bool { return len(c.Points)+len(c.Words) == 0 }

func (c *Curve) check() error {
	if len(c.Points) > maxCurve || len(c.Words) > maxCurve {
		return fmt.Errorf("curve: want at most %d points or words", maxCurve)
	}
	for i, p := range c.Points {
		if !(p.Probability >= 0 && p.Probability <= 1) {
			return fmt.Errorf("curve: %g: want a probability, 0 to 1", p.Probability)
		}
		if i > 0 && !(p.Value > c.Points[i-1].Value) {
			return fmt.Errorf("curve: the value %g does not lie above the one before", p.Value)
		}
	}
	for word, p := range c.Words {
		if !(p >= 0 && p <= 1) {
			return fmt.Errorf("curve: %s: %g: want a probability, 0 to 1", word, p)
		}
	}
	return nil
}

// word is the probability of a word.
func (c *Curve) word(s string) float64 {
	if p, ok := c.Words[s]; ok {
		return p
	}
	if p, ok := c.Words[otherWords]; ok {
		return p
	}
	return 1
}

// at is the probability of a number.
func (c *Curve) at(x float64) float64 {
	if len(c.Points) == 0 {
		return 1
	}
	i, exact := slices.BinarySearchFunc(c.Points, x, func(p CurvePoint, x float64) int { return cmp.Compare(p.Value, x) })
	switch {
	case exact:
		return c.Points[i].Probability
	case i == 0:
		return c.Points[0].Probability
	case i == len(c.Points) || c.Buckets:
		return c.Points[i-1].Probability
	}
	a, b := c.Points[i-1], c.Points[i]
	return min(1, max(0, a.Probability+float64((b.Probability-a.Probability)*((x-a.Value)/(b.Value-a.Value)))))
}
