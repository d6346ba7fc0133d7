package stage

import (
	"cmp"
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
	// Document.Cells, in this order. An error says that files are at odds, an *UnseenError
	// that the input cannot be looked at. ColumnWriter is asked afterwards.
	Columns(ctx context.Context) ([]InputColumn, error)
}

// UnseenError says that the input could not be looked at; it may be there when it is read.
type UnseenError struct{ Err error }

// Error is the cause.
func (e *UnseenError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnseenError) Unwrap() error { return e.Err }

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
// documents; the others are carried as extra. In YAML it is auto, parts, none, or a map of
// names to types: { score: float, views: { path: stats.views, type: int }, "*": auto }.
type Columns struct {
	// Find says which columns are found in the input beside those of List: "auto" finds
	// all, "parts" those of files that a run wrote, "" and "none" none.
	Find string
	// List declares columns.
	List []InputColumn
}

// findings are the words of Columns.Find, and others the key of a map under which they
// stand.
var findings = []string{"auto", "parts", "none"}

const others = "*"

// UnmarshalText reads auto, parts and none.
func (c *Columns) UnmarshalText(b []byte) error {
	if !slices.Contains(findings, string(b)) {
		return fmt.Errorf("columns: %q: want auto, parts, none, or { NAME: TYPE }", b)
	}
	*c = Columns{Find: string(b)}
	return nil
}

// UnmarshalNode reads a word or the map.
func (c *Columns) UnmarshalNode(n *config.Node) error {
	if n.Kind != config.MapNode {
		return c.UnmarshalText([]byte(n.Scalar))
	}
	*c = Columns{Find: "none"}
	for _, f := range n.Fields {
		if f.Key == others {
			if !slices.Contains(findings, f.Value.Scalar) {
				return f.Value.Errorf("columns: %s: %q: want auto, parts or none", others, f.Value.Scalar)
			}
			c.Find = f.Value.Scalar
			continue
		}
		x, err := declared(f)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(c.List, func(o InputColumn) bool { return o.Name == x.Name }) {
			return f.Value.Errorf("columns: %s occurs twice", f.Key)
		}
		c.List = append(c.List, x)
	}
	return nil
}

// declared reads NAME: TYPE or NAME: { path: PATH, type: TYPE }.
func declared(f config.Field) (InputColumn, error) {
	x := struct {
		Path string `yaml:"path"`
		Type string `yaml:"type"`
	}{Path: f.Key}
	if f.Key == "" {
		return InputColumn{}, f.Value.Errorf("columns: a column has a name")
	}
	dst := any(&x)
	if f.Value.Kind == config.ScalarNode {
		dst = &x.Type
	}
	if err := config.Decode(f.Value, dst); err != nil {
		return InputColumn{}, err
	}
	t, err := corpus.ParseType(x.Type)
	if err != nil {
		if near := config.Nearest(x.Type, corpus.TypeNames()); near != "" && x.Type != "" {
			err = fmt.Errorf("no type is called %q; did you mean %q?", x.Type, near)
		}
		return InputColumn{}, f.Value.Errorf("columns: %s: %v", f.Key, err)
	}
	if own, ok := corpus.FieldType(f.Key); ok && own != t {
		return InputColumn{}, f.Value.Errorf("columns: %s: documents have a column of that name, of type %s", f.Key, own.Name())
	}
	return InputColumn{f.Key, x.Path, t}, nil
}

// MarshalNode is the inverse of UnmarshalNode.
func (c Columns) MarshalNode() *config.Node {
	find := cmp.Or(c.Find, "none")
	if len(c.List) == 0 {
		return &config.Node{Scalar: find}
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
	if find != "none" {
		n.Put(others, &config.Node{Scalar: find})
	}
	return n
}
