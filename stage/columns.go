package stage

import (
	"context"
	"fmt"
	"slices"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
)

// ColumnSource is a source whose documents have columns of the input.
type ColumnSource interface {
	Source
	// Columns are they: those that the settings declare, or those that were found in the
	// input, which is looked at once. What a document has by a field of its own
	// ([corpus.SetColumn]), such as lang, is set there; the values of the others are
	// Document.Cells, in this order. An error says that the input cannot be looked at, or
	// that its files are at odds. ColumnWriter is asked afterwards.
	Columns(ctx context.Context) ([]InputColumn, error)
}

// InputColumn is a column of the input.
type InputColumn struct {
	// Name is that of the documents' column.
	Name string
	// Path is its name in the input, or the names that lead to a nested field, with dots
	// in between.
	Path string
	Type corpus.Type
}

// Columns is the setting of a source by which columns of the input become columns of its
// documents. In YAML it is auto, none, or a map of names: { score: float, views: { path:
// stats.views, type: int } }.
type Columns struct {
	// Auto takes those that the input has.
	Auto bool
	// None takes none.
	None bool
	// List declares them.
	List []InputColumn
}

// UnmarshalText reads auto and none.
func (c *Columns) UnmarshalText(b []byte) error {
	*c = Columns{Auto: string(b) == "auto", None: string(b) == "none"}
	if !c.Auto && !c.None {
		return fmt.Errorf("columns: %q: want auto, none, or { NAME: TYPE }", b)
	}
	return nil
}

// UnmarshalNode reads auto, none or the map.
func (c *Columns) UnmarshalNode(n *config.Node) error {
	if n.Kind != config.MapNode {
		return c.UnmarshalText([]byte(n.Scalar))
	}
	*c = Columns{None: len(n.Fields) == 0}
	for _, f := range n.Fields {
		x := struct {
			Path string `yaml:"path"`
			Type string `yaml:"type"`
		}{Path: f.Key}
		dst := any(&x)
		if f.Value.Kind == config.ScalarNode {
			dst = &x.Type
		}
		if err := config.Decode(f.Value, dst); err != nil {
			return err
		}
		t, err := corpus.ParseType(x.Type)
		if err != nil {
			return f.Value.Errorf("columns: %s: %v", f.Key, err)
		}
		if own, ok := corpus.FieldType(f.Key); ok && own != t {
			return f.Value.Errorf("columns: %s: documents have a column of that name, of type %s", f.Key, own.Name())
		}
		if slices.ContainsFunc(c.List, func(o InputColumn) bool { return o.Name == f.Key }) {
			return f.Value.Errorf("columns: %s occurs twice", f.Key)
		}
		c.List = append(c.List, InputColumn{f.Key, x.Path, t})
	}
	return nil
}

// MarshalNode is the inverse of UnmarshalNode.
func (c Columns) MarshalNode() *config.Node {
	switch {
	case c.Auto:
		return &config.Node{Scalar: "auto"}
	case len(c.List) == 0:
		return &config.Node{Scalar: "none"}
	}
	n := &config.Node{Kind: config.MapNode}
	for _, x := range c.List {
		v := &config.Node{Scalar: x.Type.Name()}
		if x.Path != x.Name {
			v = &config.Node{Kind: config.MapNode}
			v.Put("path", config.Encode(x.Path))
			v.Put("type", config.Encode(x.Type.Name()))
		}
		n.Put(x.Name, v)
	}
	return n
}
