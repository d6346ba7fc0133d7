package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/stage"
)

// shape fixes which of the columns the files and folders of a sink have, and under which
// names: drop, carry and rename. note says of which columns nothing is known.
func (s *openSink) shape(columns corpus.Schema, note string) error {
	if err := s.shaped(); err != nil {
		return err
	}
	names := columns.Names()
	for i, name := range s.Drop {
		fail := s.at("drop", i).Errorf
		switch {
		case !slices.Contains(names, name):
			return fail("drop: %s%s", unknownColumn(name, names), note)
		case slices.Contains(s.Drop[:i], name):
			return fail("drop: %s is named twice", name)
		case slices.Contains(s.PartitionBy, name):
			return fail("drop: %s is a column of the folders (partition_by), which no file has: take it out of one of the two", name)
		}
	}
	dropped := s.dropped()
	for i, name := range s.renamed() {
		fail := s.at("rename", i).Errorf
		switch {
		case !slices.Contains(names, name):
			return fail("rename: %s%s", unknownColumn(name, names), note)
		case s.Rename[name] == "":
			return fail("rename: %s: a column has a name: to leave it out, use drop", name)
		case slices.Contains(dropped, name):
			return fail("rename: %s is dropped too: take it out of one of the two", name)
		}
	}
	s.schema, s.names = nil, nil
	for _, c := range columns {
		if slices.Contains(dropped, c.Name) {
			continue
		}
		old := c.Name
		if to, ok := s.Rename[old]; ok {
			c.Name = to
		}
		if i := slices.IndexFunc(s.names, func(n [2]string) bool { return n[1] == c.Name }); i >= 0 {
			return s.clash(s.names[i][0], old, c.Name)
		}
		s.names = append(s.names, [2]string{old, c.Name})
		if at := slices.Index(s.PartitionBy, old); at < 0 {
			s.schema = append(s.schema, c)
		} else if s.by[at].Name = c.Name; strings.ContainsAny(c.Name, "/=") || strings.HasPrefix(c.Name, ".") || strings.HasPrefix(c.Name, "_") {
			return s.at("rename", slices.Index(s.renamed(), old)).Errorf("rename: %s is a column of the folders (partition_by), whose names hold no / and =, and where _ or . in front hides them: %q", old, c.Name)
		}
	}
	if len(s.schema) == 0 {
		return s.at("drop", 0).Errorf("no column is left for the files: drop fewer, or partition by fewer")
	}
	return nil
}

// extraColumn is the column that carry is about.
const extraColumn = "extra"

// dropped are the columns that the parts lack.
func (s *openSink) dropped() []string {
	if s.Carry == "drop" && !slices.Contains(s.Drop, extraColumn) {
		return append(slices.Clone(s.Drop), extraColumn)
	}
	return s.Drop
}

// shaped refuses to rename or drop columns of a sink whose files have none.
func (s *openSink) shaped() error {
	r, ok := s.sink.(stage.ColumnReader)
	if !ok {
		return nil
	}
	for _, key := range []string{"rename", "drop", "carry"} {
		if v := s.keys[key]; v != nil {
			return v.Errorf("%s: the files of the sink %s have no columns: it reads %s of the documents, under their own names; remove %s",
				key, s.Def.Name, strings.Join(r.Reads(), ", "), key)
		}
	}
	return nil
}

// clash refuses two columns of one name: the second of them, or else the first, has it by
// rename.
func (s *openSink) clash(first, second, name string) error {
	renamed := s.renamed()
	i, j := slices.Index(renamed, first), slices.Index(renamed, second)
	switch {
	case i >= 0 && j >= 0:
		return s.at("rename", max(i, j)).Errorf("rename: %s and %s would both be called %s", first, second, name)
	case i < 0:
		first, i = second, j
	}
	return s.at("rename", i).Errorf("rename: %s: there is a column %s, which stays: rename or drop it too", first, name)
}

// renamed are the columns that get another name, in the order in which they are written.
func (s *openSink) renamed() (names []string) {
	if v := s.keys["rename"]; v != nil {
		for _, f := range v.Fields {
			names = append(names, f.Key)
		}
	}
	return names
}

// at is the place of the i-th element of a key, or that of the key or the sink.
func (s *openSink) at(key string, i int) *config.Node {
	n := s.keys[key]
	switch {
	case n == nil:
		return s.node
	case i < len(n.Fields):
		return n.Fields[i].Value
	case i < len(n.Items):
		return n.Items[i]
	}
	return n
}

// unknownColumn says that there is no such column, and what may be meant.
func unknownColumn(name string, known []string) string {
	text := fmt.Sprintf("there is no column %q", name)
	if near := config.Nearest(name, known); near != "" {
		return text + fmt.Sprintf("; did you mean %q?", near)
	}
	return text + "; known: " + strings.Join(known, ", ")
}

// shapeKey is what of the names in documents and parts shapes the files; nothing where they
// are those of all columns, and the same.
func shapeKey(names [][2]string, columns int) []string {
	key := []string{"columns"}
	same := len(names) == columns
	for _, n := range names {
		same = same && n[0] == n[1]
		key = append(key, n[0], n[1])
	}
	if same {
		return nil
	}
	return key
}

// columns are those of the parts for the manifest of the folder; none of a sink whose
// files have no columns.
func (s *openSink) columns() (list []output.Column) {
	if _, ok := s.sink.(stage.ColumnReader); ok {
		return nil
	}
	list = columnsOf(s.schema)
	for _, c := range s.by {
		list = append(list, output.Column{Name: c.Name, Type: c.Type.Name(), Partition: true})
	}
	return list
}

func columnsOf(s corpus.Schema) (list []output.Column) {
	for _, c := range s {
		list = append(list, output.Column{Name: c.Name, Type: c.Type.Name()})
	}
	return list
}
