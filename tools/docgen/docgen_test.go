package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/pipelines"
)

const root = "../.."

// The generated files are as the comments, tags and defaults are now.
func TestFresh(t *testing.T) {
	files, err := generate(root)
	if err != nil {
		t.Fatal(err) // also where a setting has no comment or no yaml tag
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: go generate", name)
		}
	}
	if old, err := stale(root, files); err != nil || len(old) > 0 {
		t.Errorf("pages of nothing: %v, %v", old, err)
	}
}

// Every part has an example that a pipeline can have, and stands in the index.
func TestExamples(t *testing.T) {
	parts, err := collect(root)
	if err != nil {
		t.Fatal(err)
	}
	listed := string(index(docsOf(parts)))
	used := map[string]bool{}
	for _, p := range parts {
		text := p.doc.Example + "\n"
		used[p.doc.Kind+" "+p.doc.Name] = true
		for _, block := range []string{"source: { jsonl: { name: web, paths: [a.jsonl] } }\n", "sink: { parquet: {} }\n"} {
			if key, _, _ := strings.Cut(block, ":"); !strings.HasPrefix(text, key+":") {
				text += strings.Replace(block, "{ jsonl: { name: web, ", "{ name: web, jsonl: { ", 1)
			}
		}
		if _, err := corpusmill.App().Parse("example.yaml", []byte(text), nil); err != nil {
			t.Errorf("%s %s: %v in\n%s", p.doc.Kind, p.doc.Name, err, text)
		}
		if !strings.Contains(text, p.doc.Name+":") || !strings.Contains(listed, "<a id=\""+anchor(p.doc)+"\"></a>["+p.doc.Name+"](stages/"+p.doc.Name+".md)") {
			t.Errorf("%s %s: not in its example, or not in the index", p.doc.Kind, p.doc.Name)
		}
		for line := range strings.SplitSeq(p.doc.Example, "\n") {
			if len(line) > 78 {
				t.Errorf("%s %s: a line of %d columns: %s", p.doc.Kind, p.doc.Name, len(line), line)
			}
		}
		if (p.doc.Kind == "source" || p.doc.Kind == "stage" && p.doc.Step != "flow") && len(p.doc.Sets)+len(p.doc.Reads)+len(p.doc.Rules) == 0 {
			t.Errorf("%s %s: no columns", p.doc.Kind, p.doc.Name)
		}
	}
	for name := range examples {
		if !used[name] {
			t.Errorf("an example of %s, which is nothing", name)
		}
	}
}

func TestUndocumented(t *testing.T) {
	type settings struct {
		// Tagged is documented.
		Tagged int `yaml:"tagged"`
		Bare   int
	}
	c := &comments{root: root, types: map[string]map[string]structDoc{}}
	for _, x := range []any{settings{}, struct{ X int }{}} {
		if _, err := c.fields(reflect.ValueOf(x)); err == nil {
			t.Errorf("%T: no error", x)
		}
	}
}

// The keys of the documentation and the schema are those of the engine.
func TestPipelineKeys(t *testing.T) {
	for typ, want := range map[string][]key{"header": pipelineKeys} {
		got := yamlTags(t, filepath.Join(root, "run", "pipeline.go"), typ)
		var names []string
		for _, k := range want {
			names = append(names, k.name)
		}
		slices.Sort(names)
		slices.Sort(got)
		if !slices.Equal(got, names) {
			t.Errorf("%s has the keys %v, the documentation %v", typ, got, names)
		}
	}
}

// yamlTags reads the keys of a struct from its source.
func yamlTags(t *testing.T, file, typ string) (tags []string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		ts, ok := n.(*ast.TypeSpec)
		if !ok || ts.Name.Name != typ {
			return true
		}
		for _, field := range ts.Type.(*ast.StructType).Fields.List {
			tag, err := strconv.Unquote(field.Tag.Value)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(reflect.StructTag(tag).Get("yaml"), ",")
			tags = append(tags, name)
		}
		return false
	})
	return tags
}

func TestProse(t *testing.T) {
	for _, c := range []struct{ comment, want string }{
		{"Thing does\nthis.\n", "thing does this."},
		{"Other does it.\n\nSecond, see [Thing] and [x.Y].\n", "Other does it.\n\nSecond, see Thing and x.Y."},
		{"Thing is:\n\n\ta: 1\n\tb: 2\n\nand more\nwords.\n", "thing is:\n\n\ta: 1\n\tb: 2\n\nand more words."},
		{"", ""},
	} {
		if got := prose(c.comment, "Thing", "thing"); got != c.want {
			t.Errorf("prose(%q) = %q, want %q", c.comment, got, c.want)
		}
	}
	if got := summary("Raffel et al. 2020 say so. More.\nX"); got != "Raffel et al. 2020 say so." {
		t.Error(got)
	}
}

type probed struct {
	Mode string `yaml:"mode" default:"fast"`
	Free string `yaml:"free"`
	N    int    `yaml:"n"`
	Name string `yaml:"name"`
	List string `yaml:"list" default:"off"`
}

var probedName = regexp.MustCompile(`^[A-Za-z_]*$`)

func (p *probed) Validate() error {
	if p.N < 1 || p.Mode != "fast" && p.Mode != "slow-ish" || !probedName.MatchString(p.Name) {
		return os.ErrInvalid
	}
	for word := range strings.SplitSeq(p.List, ",") {
		if len(word) != 2 && p.List != "off" {
			return os.ErrInvalid
		}
	}
	return nil
}

func TestValues(t *testing.T) {
	v := reflect.ValueOf(config.Defaults[probed]())
	if got := valuesOf(v, []int{0}, `Mode is "fast", or slow-ish; never medium.`); !slices.Equal(got, []string{"fast", "slow-ish"}) {
		t.Error(got)
	}
	for index, comment := range map[int]string{1: "Free is fast.", 3: "Name is the name of a variable.", 4: "List is of codes of two letters: cn, us; off none."} {
		if got := valuesOf(v, []int{index}, comment); got != nil {
			t.Errorf("%s %q", comment, got)
		}
	}
}

// Every embedded recipe fits the schema, and mistakes do not.
func TestSchema(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "pipelines", "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema object
	if err := json.Unmarshal(b, &schema); err != nil {
		t.Fatal(err)
	}
	fits := func(src string) bool {
		n, err := config.ParseYAML("x", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		return valid(schema, schema, plain(n))
	}
	for _, name := range pipelines.Names() {
		src, _ := pipelines.Recipe(name)
		if !fits(string(src)) {
			t.Errorf("recipe %s does not fit the schema", name)
		}
	}
	const head, tail = "source: { jsonl: { paths: [x] } }\n", "sink: parquet\n"
	for src, want := range map[string]bool{
		head + tail:                        true,
		head:                               false,
		head + tail + "sede: 3\n":          false,
		head + tail + "seed: ${SEED:-3}\n": true,
		head + tail + "seed: three\n":      false,
		head + tail + "stages: [ exact_dedup ]\n":                                           true,
		head + tail + "stages: [ exact_dedubb ]\n":                                          false,
		head + tail + "carry: some\n":                                                       false,
		head + tail + "record_bytes_max: 12 MiB\n":                                          true,
		head + tail + "record_bytes_max: 12 pots\n":                                         false,
		"extends: fineweb\nstages: [ { minhash: off } ]\n":                                  true,
		head + tail + "stages: [ { gopher_quality: { min_words: off, as: a } } ]\n":         true,
		head + tail + "stages: [ { gopher_quality: { min_words: few } } ]\n":                false,
		head + tail + "stages: [ { gopher_quality: { min_wrds: 3 } } ]\n":                   false,
		head + tail + "stages: [ { exact_dedup: { by: url, keep: { max: tokens } } } ]\n":   true,
		head + tail + "stages: [ { exact_dedup: { by: sound } } ]\n":                        false,
		head + tail + "stages: [ { exact_dedup: { keep: { most: tokens } } } ]\n":           false,
		"source: [ { name: a, jsonl: { paths: [x] } }, { warc: { paths: [y] } } ]\n" + tail: true,
		"source: [ { nome: a, jsonl: { paths: [x] } } ]\n" + tail:                           false,
		head + tail + "sizing: { cluster: { gpu: h20, gpus: 8, precision: fp8 } }\n":        true,
		head + tail + "sizing: { cluster: { gpu: h20, gpus: 8, precision: fp4 } }\n":        false,
		head + tail + "stages: [ { switch: { by: lang, as: s, cases: { zh: [ { pii: {} } ], en: [] }, default: [ { switch: { by: source, cases: { web: [ pii ] } } } ] } } ]\n": true,
		head + tail + "stages: [ { switch: { by: lang, when: { lang: [zh] }, cases: { zh: [] } } } ]\n":                                                                         false,
		head + tail + "stages: [ { switch: { by: lang, cases: { zh: [ { piii: {} } ] } } } ]\n":                                                                                 false,
		head + "sink: { parquet: { level: better } }\n":                                                                                                                         true,
		head + "sink: { parquet: { level: best } }\n":                                                                                                                           false,
		head + tail + "rejects: { jsonl: {}, text_sample: 0.5 }\n":                                                                                                              true,
		head + tail + "rejects: { jsonl: {}, text_sample: 5 }\n":                                                                                                                false,
	} {
		if fits(src) != want {
			t.Errorf("fits = %v, want %v:\n%s", !want, want, src)
		}
	}
}

// plain turns YAML into what a JSON schema speaks of.
func plain(n *config.Node) any {
	switch n.Kind {
	case config.MapNode:
		m := object{}
		for _, f := range n.Fields {
			m[f.Key] = plain(f.Value)
		}
		return m
	case config.ListNode:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, plain(item))
		}
		return list
	}
	if n.Quoted {
		return n.Scalar
	}
	if x, err := strconv.ParseFloat(n.Scalar, 64); err == nil {
		return x
	}
	switch n.Scalar {
	case "":
		return nil
	case "true", "false":
		return n.Scalar == "true"
	}
	return n.Scalar
}

// valid checks a value against the keywords of JSON schema that schemaOf writes.
func valid(root, s object, v any) bool {
	if r, ok := s["$ref"].(string); ok {
		if !valid(root, root["$defs"].(object)[strings.TrimPrefix(r, "#/$defs/")].(object), v) {
			return false
		}
	}
	if any, ok := s["anyOf"].([]any); ok && !slices.ContainsFunc(any, func(x interface{}) bool { return valid(root, x.(object), v) }) {
		return false
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, v) {
		return false
	}
	if c, ok := s["const"]; ok && c != v {
		return false
	}
	if t, ok := s["type"].(string); ok && !typeIs(t, v) {
		return false
	}
	if ts, ok := s["type"].([]any); ok && !slices.ContainsFunc(ts, func(t any) bool { return typeIs(t.(string), v) }) {
		return false
	}
	switch v := v.(type) {
	case string:
		p, ok := s["pattern"].(string)
		return !ok || regexp.MustCompile(p).MatchString(v)
	case float64:
		low, isLow := s["minimum"].(float64)
		high, isHigh := s["maximum"].(float64)
		return (!isLow || v >= low) && (!isHigh || v <= high)
	case []any:
		if items, ok := s["items"].(object); ok {
			return !slices.ContainsFunc(v, func(x any) bool { return !valid(root, items, x) })
		}
	case object:
		return validObject(root, s, v)
	}
	return true
}

func validObject(root, s, v object) bool {
	if n, ok := s["minProperties"].(float64); ok && len(v) < int(n) {
		return false
	}
	if n, ok := s["maxProperties"].(float64); ok && len(v) > int(n) {
		return false
	}
	required, _ := s["required"].([]any)
	for _, k := range required {
		if _, ok := v[k.(string)]; !ok {
			return false
		}
	}
	properties, _ := s["properties"].(object)
	for k, x := range v {
		sub, ok := properties[k].(object)
		if !ok {
			if more, is := s["additionalProperties"].(object); is {
				sub, ok = more, true
			} else if s["additionalProperties"] == false {
				return false
			}
		}
		if ok && !valid(root, sub, x) {
			return false
		}
	}
	return true
}

func typeIs(t string, v any) bool {
	switch t {
	case "null":
		return v == nil
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "number":
		_, ok := v.(float64)
		return ok
	case "integer":
		x, ok := v.(float64)
		return ok && x == float64(int64(x))
	case "string":
		_, ok := v.(string)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	}
	_, ok := v.(object)
	return ok
}
