package run

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/stage"
)

// extend merges a pipeline over the recipe that it extends: mappings key by key,
// stages by name, everything else replaced. A stage set to off leaves the recipe.
func (a *App) extend(n *config.Node, depth int) (*config.Node, error) {
	ext := n.Get("extends")
	if ext == nil {
		return n, nil
	}
	if depth > 8 {
		return nil, ext.Errorf("extends: more than 8 recipes deep")
	}
	src, ok := []byte(nil), false
	if a.Recipe != nil {
		src, ok = a.Recipe(ext.Scalar)
	}
	if !ok {
		var err error
		if src, err = config.ReadFile(ext.Scalar); errors.Is(err, fs.ErrNotExist) {
			return nil, ext.Errorf("extends %q: no such recipe, and no such file%s", ext.Scalar, a.nearRecipe(ext.Scalar))
		} else if err != nil {
			return nil, ext.Errorf("extends: %v", err)
		}
	}
	base, err := config.ParseYAML(ext.Scalar, src)
	if err != nil {
		return nil, err
	}
	if base, err = a.extend(base, depth+1); err != nil {
		return nil, err
	}
	for _, f := range n.Fields {
		old := base.Get(f.Key)
		switch {
		case f.Key == "extends":
		case f.Key == "stages" && old != nil && f.Value.Kind == config.ListNode:
			mergeStages(old, f.Value)
		default:
			base.Put(f.Key, merged(old, f.Value))
		}
	}
	return base, nil
}

func merged(old, over *config.Node) *config.Node {
	if old == nil || old.Kind != config.MapNode || over.Kind != config.MapNode {
		return over
	}
	for _, f := range over.Fields {
		old.Put(f.Key, merged(old.Get(f.Key), f.Value))
	}
	return old
}

func mergeStages(base, over *config.Node) {
	for _, item := range over.Items {
		name := entryName(item)
		list, i := findEntry(base, name)
		switch {
		case list == nil:
			base.Items = append(base.Items, item)
		case item.Kind == config.MapNode && item.Fields[0].Value.Scalar == "off":
			list.Items = slices.Delete(list.Items, i, i+1)
		case list.Items[i].Kind == config.MapNode && item.Kind == config.MapNode:
			list.Items[i].Fields[0].Value = merged(list.Items[i].Fields[0].Value, item.Fields[0].Value)
		default:
			list.Items[i] = item
		}
	}
}

// findEntry finds the entry of that name in a list or in the cases of its switches: the
// list that has it, nil if there is none, and its place there.
func findEntry(list *config.Node, name string) (in *config.Node, at int) {
	for i, item := range list.Items {
		if entryName(item) == name {
			return list, i
		}
	}
	for _, item := range list.Items {
		for _, inner := range casesWithin(item) {
			if in, at := findEntry(inner, name); in != nil {
				return in, at
			}
		}
	}
	return nil, 0
}

// casesWithin are the lists of an entry that is a switch.
func casesWithin(item *config.Node) (lists []*config.Node) {
	sw := item.Get(stage.SwitchDef.Name)
	if sw == nil {
		return nil
	}
	if cases := sw.Get("cases"); cases != nil {
		for _, f := range cases.Fields {
			lists = append(lists, f.Value)
		}
	}
	if others := sw.Get("default"); others != nil {
		lists = append(lists, others)
	}
	return lists
}

// entryName is the instance name of a stage or source entry.
func entryName(n *config.Node) string {
	if n.Kind != config.MapNode || len(n.Fields) == 0 {
		return n.Scalar
	}
	if name := n.Get("name"); name != nil {
		return name.Scalar
	}
	if as := n.Fields[0].Value.Get("as"); as != nil {
		return as.Scalar
	}
	return n.Fields[0].Key
}

// applySet sets a.b.c=value; list items are named by their instance name.
func applySet(root *config.Node, set string) error {
	path, value, ok := strings.Cut(set, "=")
	if !ok || path == "" {
		return &config.Error{File: "--set " + set, Msg: "want path=value, such as stages.minhash.bands=20"}
	}
	v, err := config.Set(path, value)
	if err != nil {
		return err
	}
	n, keys := root, strings.Split(path, ".")
	for i, key := range keys {
		if n.Kind == config.ListNode {
			if n, err = setItem(n, key, v); err != nil {
				return err
			}
			if i == len(keys)-1 {
				return v.Errorf("%s is a whole part: want a setting of it, %s.KEY=value", key, path)
			}
			continue
		}
		if n.Kind == config.ScalarNode {
			n.Kind, n.Scalar = config.MapNode, ""
		}
		if i == len(keys)-1 {
			n.Put(key, v)
			break
		}
		next := n.Get(key)
		if next == nil {
			next = &config.Node{Kind: config.MapNode, File: v.File}
			n.Put(key, next)
		}
		n = next
	}
	return nil
}

// setItem is the item of a list that a path of --set names, as a mapping of settings.
func setItem(list *config.Node, key string, v *config.Node) (*config.Node, error) {
	in, at := findEntry(list, key)
	if in == nil {
		names := entryNames(list, nil)
		if near := config.Nearest(key, names); near != "" {
			return nil, v.Errorf("nothing here is called %q; did you mean %q?", key, near)
		}
		return nil, v.Errorf("nothing here is called %q; there are %s", key, strings.Join(names, ", "))
	}
	item := in.Items[at]
	if item.Kind == config.ScalarNode {
		wrapped := &config.Node{Kind: config.MapNode, File: item.File, Line: item.Line, Column: item.Column}
		wrapped.Put(key, &config.Node{Kind: config.MapNode, File: item.File, Line: item.Line, Column: item.Column})
		in.Items[at], item = wrapped, wrapped
	}
	if entryIsStage(item) {
		item = item.Fields[0].Value
	}
	return item, nil
}

// entryNames are the names by which the entries of a list and of its switches are found.
func entryNames(list *config.Node, names []string) []string {
	for _, item := range list.Items {
		names = append(names, entryName(item))
		for _, inner := range casesWithin(item) {
			names = entryNames(inner, names)
		}
	}
	return names
}

// entryIsStage reports whether a list item is {stage: {settings}} and not a
// source with its name beside it.
func entryIsStage(n *config.Node) bool { return len(n.Fields) == 1 }
