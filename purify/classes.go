package purify

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/corpusmill/corpusmill/config"
)

// Classes are named classes of documents, the best first, by the share that each takes:
//
//	{ high: 0.3, middle: 0.3, low: rest }
//
// or by the least score of each:
//
//	{ high: { min_score: 0.8 }, middle: { min_score: 0.6 }, low: rest }
type Classes []Class

// Class is one of them.
type Class struct {
	// Name is what a document of the class has in its column.
	Name string
	// Ratio is its share of the documents, 0 to 1; 0 where it goes by MinScore.
	Ratio float64
	// MinScore is its least score; it counts where ByScore is set.
	MinScore float64
	// ByScore says that the class goes by MinScore, Rest that it takes what is left.
	ByScore, Rest bool
}

// restClass is the share of the last class.
const restClass = "rest"

// maxClasses bounds them: a column of few values has them.
const maxClasses = 64

// UnmarshalNode reads the mapping in its order.
func (c *Classes) UnmarshalNode(n *config.Node) error {
	*c = nil
	if n.Kind == config.ScalarNode && n.Scalar == "" {
		return nil
	}
	if n.Kind != config.MapNode {
		return errors.New("want classes, the best first, as { high: 0.3, middle: 0.3, low: rest }")
	}
	for _, f := range n.Fields {
		class := Class{Name: f.Key}
		switch v := f.Value; {
		case v.Kind == config.ScalarNode && v.Scalar == restClass:
			class.Rest = true
		case v.Kind == config.MapNode:
			x := struct {
				MinScore float64 `yaml:"min_score"`
			}{}
			if err := config.Decode(v, &x); err != nil {
				return err
			}
			class.ByScore, class.MinScore = true, x.MinScore
		default:
			if err := config.Decode(v, &class.Ratio); err != nil {
				return err
			}
		}
		*c = append(*c, class)
	}
	return nil
}

// MarshalNode is the inverse of UnmarshalNode.
func (c Classes) MarshalNode() *config.Node {
	n := &config.Node{Kind: config.MapNode}
	for _, class := range c {
		v := &config.Node{Scalar: restClass}
		switch {
		case class.ByScore:
			v = &config.Node{Kind: config.MapNode}
			v.Put("min_score", config.Encode(class.MinScore))
		case !class.Rest:
			v = &config.Node{Scalar: strconv.FormatFloat(class.Ratio, 'g', -1, 64)}
		}
		n.Put(class.Name, v)
	}
	return n
}

// check refuses classes that do not part the documents.
func (c Classes) check() error {
	sum, seen := 0.0, map[string]bool{}
	for i, class := range c {
		last := i == len(c)-1
		switch {
		case class.Name == "" || seen[class.Name]:
			return fmt.Errorf("classes: %q: every class has a name of its own", class.Name)
		case class.Rest != last:
			return fmt.Errorf("classes: %s: the last class, and no other, takes the rest", class.Name)
		case last:
		case class.ByScore != c[0].ByScore:
			return fmt.Errorf("classes: %s: all by share or all by min_score", class.Name)
		case class.ByScore && i > 0 && class.MinScore > c[i-1].MinScore:
			return fmt.Errorf("classes: %s: min_score %g is over that of the better class %s", class.Name, class.MinScore, c[i-1].Name)
		case !class.ByScore && !(class.Ratio > 0):
			return fmt.Errorf("classes: %s: %g: want a share between 0 and 1", class.Name, class.Ratio)
		}
		sum += class.Ratio
		seen[class.Name] = true
	}
	switch {
	case len(c) == 1:
		return errors.New("classes: one class parts nothing")
	case len(c) > maxClasses:
		return fmt.Errorf("classes: %d: want at most %d", len(c), maxClasses)
	case sum >= 1:
		return fmt.Errorf("classes: shares of %g together leave no rest", sum)
	}
	return nil
}

// names are the names in order.
func (c Classes) names() (names []string) {
	for _, class := range c {
		names = append(names, class.Name)
	}
	return names
}

// defaultClasses are CCNet's shares of head, middle and tail (Wenzek et al. 2020) under
// plain names.
var defaultClasses = Classes{{Name: "high", Ratio: 0.3}, {Name: "middle", Ratio: 0.3}, {Name: "low", Rest: true}}
