package run

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/corpus/where"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
)

// Sink is one place that a pipeline's parts go to, with the keys that stand beside its
// settings.
type Sink struct {
	Part
	// Name is "" of a sink that is the only one and has none.
	Name string
	// Append is the name of the set that the parts are, beside others in the folder; ""
	// where the run has the folder to itself.
	Append string
	// Where is the condition on columns that documents fulfil, "" for all.
	Where string
	// PartitionBy are the columns by whose values the parts lie in folders.
	PartitionBy []string
	// Rename gives columns of the parts, and of their folders, other names, by their own.
	Rename map[string]string
	// Drop are the columns that the parts lack.
	Drop []string
	// Carry is "drop" where the parts lack the column extra, else "extra" or "".
	Carry string

	keys map[string]*config.Node // as they are written
}

// sinksMax is the number of sinks of a pipeline: a document's way has a bit for each.
const sinksMax = 64

// sinks decodes one sink or a list of named ones.
func (a *App) sinks(p *Pipeline, n *config.Node) error {
	if n.Kind != config.ListNode {
		s, err := a.sink(n)
		p.Sinks = []Sink{s}
		return err
	}
	var errs []error
	for _, item := range n.Items {
		s, err := a.sink(item)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if s.Name == "" {
			s.Name = s.Def.Name
		}
		if slices.ContainsFunc(p.Sinks, func(o Sink) bool { return o.Name == s.Name }) {
			errs = append(errs, item.Errorf("two sinks are called %q: give them a name", s.Name))
		}
		p.Sinks = append(p.Sinks, s)
	}
	if len(n.Items) == 0 || len(n.Items) > sinksMax {
		errs = append(errs, n.Errorf("sink: want 1 to %d sinks", sinksMax))
	}
	return config.Together(errs...)
}

// sinkKeys are the keys of every sink. Those behind the name may also stand among its
// settings.
var sinkKeys = []string{"name", "append", "where", "partition_by", "rename", "drop", "carry"}

// sink decodes { name: NAME, append: NAME, where: '...', partition_by: [...], ...,
// parquet: {...} }.
func (a *App) sink(n *config.Node) (Sink, error) {
	n = n.Clone()
	s := Sink{keys: map[string]*config.Node{}}
	take := func(key string, from *config.Node) {
		if v := from.Take(key); v != nil {
			s.keys[key] = v
		}
	}
	for _, key := range sinkKeys {
		take(key, n)
	}
	if len(n.Fields) == 1 {
		for _, key := range sinkKeys[1:] {
			take(key, n.Fields[0].Value)
		}
	}
	var err error
	if s.Part, err = a.part("sink", a.Sinks, n); err != nil {
		return s, err
	}
	for key, dst := range map[string]any{"name": &s.Name, "append": &s.Append, "where": &s.Where, "partition_by": &s.PartitionBy,
		"rename": &s.Rename, "drop": &s.Drop, "carry": &s.Carry} {
		if v := s.keys[key]; v != nil {
			if err := config.Decode(v, dst); err != nil {
				return s, err
			}
		}
	}
	if v := s.keys["append"]; v != nil {
		if err := output.CheckSet(s.Append); err != nil {
			return s, v.Errorf("append: %v", err)
		}
	}
	if v := s.keys["carry"]; v != nil && s.Carry != "extra" && s.Carry != "drop" {
		return s, v.Errorf("carry: %q: want extra or drop", s.Carry)
	}
	if v := s.keys["name"]; v != nil && !validName(s.Name) {
		return s, v.Errorf("sink name %s", badName(s.Name))
	}
	return s, nil
}

// encode is the inverse of sink.
func (s Sink) encode() *config.Node {
	m := s.Part.encode()
	for key, text := range map[string]string{"name": s.Name, "append": s.Append, "where": s.Where, "carry": s.Carry} {
		if text != "" {
			m.Put(key, &config.Node{Scalar: text, Quoted: true})
		}
	}
	if len(s.PartitionBy) > 0 {
		m.Put("partition_by", config.Encode(s.PartitionBy))
	}
	if len(s.Rename) > 0 {
		m.Put("rename", config.Encode(s.Rename))
	}
	if len(s.Drop) > 0 {
		m.Put("drop", config.Encode(s.Drop))
	}
	slices.SortFunc(m.Fields, func(a, b config.Field) int { return strings.Compare(a.Key, b.Key) })
	return m
}

// encode is { name: settings }.
func (p Part) encode() *config.Node {
	m := &config.Node{Kind: config.MapNode}
	m.Put(p.Def.Name, config.Encode(p.Settings))
	return m
}

// openSink is a sink with all that it takes to write its parts.
type openSink struct {
	Sink
	sink   stage.Sink
	schema corpus.Schema               // of its files
	by     []corpus.Column             // of its folders
	names  [][2]string                 // of all these, in the documents and in the parts
	shapes []string                    // what of these is part of the key
	match  func(*corpus.Document) bool // nil takes all documents
}

// folderTypes are the types whose values name a folder.
var folderTypes = []corpus.Type{corpus.String, corpus.Int, corpus.Uint, corpus.Bool, corpus.Date}

// bind fixes what the sink writes of the plan's columns, and of which documents. Conditions
// and partitions go by the columns of the documents, whatever their names in the parts.
// note says of which columns nothing is known.
func (s *openSink) bind(columns corpus.Schema, note string) error {
	if v := s.keys["where"]; v != nil {
		x, err := where.Parse(s.Where)
		if err == nil {
			s.match, err = bindWhere(x, columns)
		}
		if err != nil {
			return v.Errorf("where: %v%s", err, note)
		}
	}
	for i, name := range s.PartitionBy {
		at := slices.IndexFunc(columns, func(c corpus.Column) bool { return c.Name == name })
		fail := s.keys["partition_by"].Errorf
		switch {
		case at < 0:
			return fail("partition_by: %s%s", unknownColumn(name, columns.Names()), note)
		case columns[at].Long:
			return fail("partition_by: %s is a column of long texts: want one of short texts, whole numbers or days", name)
		case !slices.Contains(folderTypes, columns[at].Type):
			return fail("partition_by: %s is a column of type %s: want one of short texts, whole numbers or days", name, columns[at].Type)
		case slices.Contains(s.PartitionBy[:i], name):
			return fail("partition_by: %s is named twice", name)
		}
		s.by = append(s.by, columns[at])
	}
	if err := s.shape(columns, note); err != nil {
		return err
	}
	s.shapes = shapeKey(s.names, len(columns))
	return nil
}

// key is what of the sink shapes its parts.
func (s *openSink) key() []string {
	return append([]string{partKey(s.Part, s.sink), s.Append, s.Where, strings.Join(s.PartitionBy, "\n")}, s.shapes...)
}

// called is the sink in messages.
func (s *openSink) called() string {
	if s.Name == "" {
		return "sink"
	}
	return "sink " + s.Name
}

// of are the parts of a commit that are the sink's.
func (s *openSink) of(c *ledger.Commit) (parts []stage.Part) {
	for _, p := range c.Parts {
		if p.Sink == s.Name {
			parts = append(parts, p)
		}
	}
	return parts
}

// sample is the name, without extension, of a part that it could write.
func (s *openSink) sample() string {
	var dir string
	for _, c := range s.by {
		dir = path.Join(dir, c.Name+"=x")
	}
	return path.Join(dir, output.PartName(s.Append, 0, 0, sampleKey))
}

// route says which sinks take a document, a bit each.
func (pl *Plan) route(d *corpus.Document) (sinks uint64) {
	for i, s := range pl.sinks {
		if s.match == nil || s.match(d) {
			sinks |= 1 << i
		}
	}
	return sinks
}

// openSinkParts opens the sinks of the parts and that of the rejects.
func (pl *Plan) openSinkParts(ctx context.Context, env *stage.Env) error {
	open := func(part *Part, dir string) (stage.Sink, error) {
		part.Settings = cloned(part.Settings) // the plan names no folder that the pipeline does not
		if d, ok := part.Settings.(stage.Placer); ok {
			d.DefaultDir(joinLocation(pl.Options.Dir, dir))
		}
		obj, err := pl.openPart(ctx, *part, env, part.Def.Name)
		if err != nil {
			return nil, err
		}
		sink, ok := obj.(stage.Sink)
		if !ok {
			return nil, fmt.Errorf("sink %s: %T is no sink", part.Def.Name, obj)
		}
		return sink, nil
	}
	columns := corpus.PartSchema(pl.Input, pl.Signals)
	for _, s := range pl.Pipeline.Sinks {
		o := &openSink{Sink: s}
		part := s.Part
		var err error
		if o.sink, err = open(&part, path.Join("parts", s.Name)); err != nil {
			return err
		}
		if err := o.bind(columns, pl.unseenNote()); err != nil {
			return err
		}
		pl.sinks = append(pl.sinks, o)
	}
	rejects := pl.Pipeline.Rejects
	var err error
	pl.rejects, err = open(&rejects, "rejects")
	return err
}
