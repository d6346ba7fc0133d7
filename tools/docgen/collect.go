package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/config"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
	"github.com/corpusmill/corpusmill/stage"
)

// part is one source, stage, sink or the sizing block, with what the schema needs
// beside its documentation.
type part struct {
	doc    cli.PartDoc
	fields []field
}

// field is one key of a settings struct.
type field struct {
	doc    cli.SettingDoc
	typ    reflect.Type
	fields []field // of a struct, or of the structs in a list or map
}

// collect documents every part of the program.
func collect(root string) ([]part, error) {
	app := corpusmill.App()
	c := &comments{root: root, types: map[string]map[string]structDoc{}}
	var parts []part
	for _, list := range []struct {
		kind string
		defs []stage.Def
	}{{"source", app.Sources}, {"stage", app.Stages}, {"sink", app.Sinks}, {"sizing", []stage.Def{*app.Sizing}}, {"crawl", []stage.Def{*app.Crawl}}} {
		for _, d := range list.defs {
			p, err := c.part(list.kind, d)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", list.kind, d.Name, err)
			}
			parts = append(parts, p)
		}
	}
	return parts, nil
}

func docsOf(parts []part) []cli.PartDoc {
	docs := make([]cli.PartDoc, len(parts))
	for i, p := range parts {
		docs[i] = p.doc
	}
	return docs
}

func (c *comments) part(kind string, d stage.Def) (p part, err error) {
	s, err := c.of(d.Settings)
	if err != nil {
		return p, err
	}
	if strings.TrimSpace(s.doc) == "" {
		return p, fmt.Errorf("%s has no doc comment", d.Settings)
	}
	doc := keyNames(prose(s.doc, d.Settings.Name(), d.Name), d.Settings)
	p.doc = cli.PartDoc{Kind: kind, Name: d.Name, Family: path.Base(d.Settings.PkgPath()), Revision: d.Revision,
		Summary: summary(doc), Doc: doc, Settings: []cli.SettingDoc{}}
	settings := d.New()
	if p.fields, err = c.fields(reflect.ValueOf(settings).Elem()); err != nil {
		return p, err
	}
	for _, f := range p.fields {
		p.doc.Settings = append(p.doc.Settings, f.doc)
	}
	p.doc.Step, p.doc.Example = stepOf(kind, d.Settings), exampleOf(kind, d)
	obj := openExample(c.root, kind, d)
	if kind == "stage" {
		obj = describe(&p.doc, d, settings, obj)
	}
	columnsOf(&p.doc, obj)
	return p, nil
}

// describe tells what the opened stage does, and returns it: opened with its defaults, where
// these do not suffice as in its example.
func describe(doc *cli.PartDoc, d stage.Def, settings, example any) any {
	env := stage.NewEnv()
	env.Name = d.Name
	obj, err := d.Open(context.Background(), settings, env)
	switch {
	case err != nil && example != nil:
		obj = example
	case err != nil:
		obj = settings
	}
	cli.Describe(doc, obj)
	return obj
}

// fields documents the keys of a struct that holds its defaults.
func (c *comments) fields(v reflect.Value) ([]field, error) {
	var out []field
	for sf := range config.Fields(v.Type()) {
		if sf.Tag.Get("yaml") == "-" {
			continue
		}
		s, err := c.of(v.FieldByIndex(sf.Index[:len(sf.Index)-1]).Type()) // the struct that has it may be embedded
		if err != nil {
			return nil, err
		}
		name := config.YAMLName(sf)
		if name == "" {
			return nil, fmt.Errorf("%s.%s has no yaml tag", v.Type(), sf.Name)
		}
		doc := keyNames(prose(s.fields[sf.Name], sf.Name, name), v.Type())
		if doc == "" {
			return nil, fmt.Errorf("%s.%s has no doc comment", v.Type(), sf.Name)
		}
		f := field{typ: sf.Type, doc: cli.SettingDoc{Name: name, Type: cli.TypeName(sf.Type), Doc: doc,
			Default: cli.InYAML(config.Encode(v.FieldByIndex(sf.Index).Interface()))}}
		if block := blockOf(sf.Type); block != nil {
			inner := reflect.New(block)
			if err := config.SetDefaults(inner.Interface()); err != nil {
				return nil, err
			}
			if f.fields, err = c.fields(inner.Elem()); err != nil {
				return nil, err
			}
			for _, x := range f.fields {
				f.doc.Settings = append(f.doc.Settings, x.doc)
			}
		}
		if sf.Type.Kind() == reflect.String {
			f.doc.Values = valuesOf(v, sf.Index, s.fields[sf.Name])
		}
		out = append(out, f)
	}
	return out, nil
}

var (
	limitType       = reflect.TypeFor[stage.Limit]()
	bytesType       = reflect.TypeFor[config.Bytes]()
	keepType        = reflect.TypeFor[stage.Keep]()
	durationType    = reflect.TypeFor[time.Duration]()
	nodeUnmarshaler = reflect.TypeFor[config.NodeUnmarshaler]()
	stageType       = reflect.TypeFor[config.Node]() // a node of the file, which is a stage
)

// blockOf returns the struct type behind a field that is written as a mapping of
// keys, or as a list or map of such; nil for all others.
func blockOf(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		if reflect.PointerTo(t).Implements(nodeUnmarshaler) {
			return nil
		}
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == limitType || t == keepType || t == stageType {
		return nil
	}
	if p := reflect.PointerTo(t); p.Implements(nodeUnmarshaler) || p.Implements(textUnmarshaler) {
		return nil
	}
	return t
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(v)
	return b.Bytes(), err
}
