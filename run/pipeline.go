// Package run is the engine: it turns a pipeline into a plan, a plan into tasks,
// and runs tasks with workers, commits and resume. It knows no family of stages;
// the program hands it their definitions.
package run

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

// App is the set of parts that a program offers to pipelines.
type App struct {
	Version string
	Sources []stage.Def
	Stages  []stage.Def
	Sinks   []stage.Def
	// Rejects is the sink that takes the rejects where a pipeline names none. Without it
	// every pipeline has to.
	Rejects stage.Def
	// Setters names the stages that set a column where nothing did, for messages.
	Setters map[string][]string
	// Sizing defines the sizing block; what it opens implements Sizer. Optional.
	Sizing *stage.Def
	// Crawl defines the crawl block; what it opens implements Gatherer. Optional.
	Crawl *stage.Def
	// Stores are the stores beside local folders, object stores reached at a pipeline's
	// server; nil for none.
	Stores func(store.Server) store.Schemes
	// Recipe returns an embedded recipe by name, for `extends`. Optional.
	Recipe func(name string) ([]byte, bool)
	// Recipes are the names of the embedded recipes, for messages. Optional.
	Recipes []string
	// Languages opens what names the language of texts, for stages that judge them. Optional.
	Languages func(context.Context, *stage.Env) (stage.Linguist, error)
	// Lookup finds the variables of ${NAME}; nil knows none but vars.
	Lookup func(name string) (string, bool)
}

// Sizer sets the token count of a run against a cluster.
type Sizer interface {
	// Size returns what goes to sizing.json and the lines for people.
	Size(tokens int64) (verdict any, lines []string, err error)
}

// header is the shape of a pipeline file.
type header struct {
	Name            string                 `yaml:"name"`
	Extends         string                 `yaml:"extends"`
	Seed            uint64                 `yaml:"seed" default:"1"`
	Vars            *config.Node           `yaml:"vars"`
	Models          map[string]stage.Model `yaml:"models"`
	S3              store.Server           `yaml:"s3"`
	Crawl           *config.Node           `yaml:"crawl"`
	Source          *config.Node           `yaml:"source"`
	Stages          *config.Node           `yaml:"stages"`
	Sink            *config.Node           `yaml:"sink"`
	Rejects         *config.Node           `yaml:"rejects"`
	Sizing          *config.Node           `yaml:"sizing"`
	ErrorsMax       stage.Limit            `yaml:"errors_max"`
	ShardsLostMax   stage.Limit            `yaml:"shards_lost_max"`
	ShardsFailedMax stage.Limit            `yaml:"shards_failed_max"`
	RecordBytesMax  config.Bytes           `yaml:"record_bytes_max" default:"64MiB"`
	Carry           string                 `yaml:"carry" default:"extra"`
	Calibration     Calibration            `yaml:"calibration"`
	Fit             *config.Node           `yaml:"fit"`
	Packs           Packs                  `yaml:"packs"`
	Segments        string                 `yaml:"segments" default:"keep"`
	FailIf          Gates                  `yaml:"fail_if"`
}

// Pipeline is a checked pipeline file: every key known, every setting decoded on
// top of its defaults.
type Pipeline struct {
	File    string
	Name    string
	Seed    uint64
	Sources []Source
	Stages  []Stage
	// Sinks take the parts; most pipelines have one.
	Sinks []Sink
	// Rejects is the sink of rejected documents.
	Rejects Part
	// TextSample is the share of rejects that keep their text, 0..1.
	TextSample float64
	// TextPerRule is how many rejects of each rule of each task keep their text at least,
	// the first in reading order of up to 1 MiB; none where TextSample is 0.
	TextPerRule int
	// Crawl is nil without a crawl block.
	Crawl any
	// Sizing is nil without a sizing block.
	Sizing any
	// ErrorsMax is the number of quarantined records above which a pass fails; the
	// default is max(100, 1 % of the documents).
	ErrorsMax stage.Limit
	// ShardsLostMax is the number of shards that may be cut short or lost; by default
	// none may be lost whole, and the larger of 10 and 1 % of them cut short.
	ShardsLostMax stage.Limit
	// ShardsFailedMax is the number of shards that are set aside because their task fails;
	// by default none are, and the first ends the run.
	ShardsFailedMax stage.Limit
	// RecordBytesMax is the largest record that is read.
	RecordBytesMax int64
	// Carry is "extra" or "drop".
	Carry string
	// Segments says what stays in the run folder for the next run: keep, checkpoints
	// (what a checkpoint stored), or delete.
	Segments string
	// Calibration says how much of the input settles limits that are shares.
	Calibration Calibration
	// Fit is nil without a token budget.
	Fit *Fit
	// Packs says which small files share a task.
	Packs Packs
	// FailIf are bounds of what the run gives.
	FailIf Gates

	s3      store.Server
	models  map[string]stage.Model
	secrets *secrets // nil for none
}

// Server is that of the pipeline's s3:// locations.
func (p *Pipeline) Server() store.Server { return p.s3 }

// Part is a source, stage or sink with its decoded settings.
type Part struct {
	Def      stage.Def
	Settings any
	node     *config.Node
}

// Source is a named source of a pipeline.
type Source struct {
	Name string
	Part

	columns []stage.InputColumn // found when it was opened; nil if the source has no such
}

// Packs is how many small files of a source share a task and a segment. It changes no
// document; part groups end where packs do.
type Packs struct {
	// Files is about how many files a pack has: four times as many at most. 1 gives
	// every file a task of its own.
	Files int `yaml:"files" default:"256"`
	// Bytes is about how much a pack has, as it lies in the store. A file of that size or
	// more is alone.
	Bytes config.Bytes `yaml:"bytes" default:"8MiB"`
	// Cut is how many bytes of a large file a task reads, where the format can be cut:
	// Parquet, at row groups; WARC, at records, one task after the other, so that a killed
	// run goes on inside the file. 0 cuts none.
	Cut config.Bytes `yaml:"cut" default:"128MiB"`
}

// Calibration is how much of the input settles limits that are shares of it: the
// shards with the lowest hashes, and of those the documents with the lowest.
type Calibration struct {
	// Shards is the number of shards of each source; a pack of small files counts as one.
	Shards int `yaml:"shards" default:"64"`
	// Bytes is about how much of them is worked on, as it lies in the store.
	Bytes config.Bytes `yaml:"bytes" default:"1GiB"`
	// Exact takes every document, at the price of running the stages before twice.
	Exact bool `yaml:"exact"`
}

// Parse reads a pipeline. Sets are path=value pairs that change the file before
// anything is decoded.
func (a *App) Parse(file string, src []byte, sets []string) (*Pipeline, error) {
	if err := a.distinct(); err != nil {
		return nil, err
	}
	root, err := config.ParseYAML(file, src)
	if err != nil {
		return nil, err
	}
	if root, err = a.extend(root, 0); err != nil {
		return nil, err
	}
	for _, set := range sets {
		if err := applySet(root, set); err != nil {
			return nil, err
		}
	}
	secrets, err := a.expandVars(root)
	if err != nil {
		return nil, secrets.err(err)
	}
	h := config.Defaults[header]()
	err = config.Decode(root, &h)
	err = config.Together(err, h.check(root, err == nil))
	p := &Pipeline{File: file, Name: cmp.Or(h.Name, "run"), Seed: h.Seed, ErrorsMax: h.ErrorsMax, ShardsLostMax: h.ShardsLostMax, ShardsFailedMax: h.ShardsFailedMax,
		RecordBytesMax: int64(h.RecordBytesMax), Carry: h.Carry, Segments: h.Segments, Calibration: h.Calibration, Packs: h.Packs, FailIf: h.FailIf, s3: h.S3, models: h.Models,
		secrets: secrets}
	if err = config.Together(append(a.parts(p, root, h), err)...); err != nil {
		return nil, secrets.err(err)
	}
	return p, nil
}

// partName is how sources, stages and sinks are called.
var partName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// distinct refuses names that are none, and two parts of one name: the second would never be reached.
func (a *App) distinct() error {
	for what, defs := range map[string][]stage.Def{"sources": a.Sources, "stages": a.Stages, "sinks": a.Sinks} {
		seen := map[string]bool{}
		for _, d := range defs {
			if !partName.MatchString(d.Name) || d.Settings == nil {
				return fmt.Errorf("the program defines one of the %s with the name %q: want lower-case letters, digits and _, and stage.Define or DefineOpen", what, d.Name)
			}
			if seen[d.Name] {
				return fmt.Errorf("the program defines two %s called %s: give one of its own another name", what, d.Name)
			}
			seen[d.Name] = true
		}
	}
	return nil
}

// check looks at what a header says of the run as a whole. What is missing may be there under
// a name that is unknown, unless all are known.
func (h *header) check(root *config.Node, known bool) error {
	var errs []error
	for _, check := range []struct {
		bad bool
		key string
		msg string
	}{
		{known && h.Source == nil, "source", "a pipeline needs a source"},
		{known && h.Sink == nil, "sink", "a pipeline needs a sink"},
		{negative(h.ErrorsMax), "errors_max", "want a number of records, 0 or more, or off"},
		{negative(h.ShardsLostMax), "shards_lost_max", "want a number of files, 0 or more, or off"},
		{negative(h.ShardsFailedMax), "shards_failed_max", "want a number of files, 0 or more, or off"},
		{h.Carry != "extra" && h.Carry != "drop", "carry", "want extra or drop"},
		{!slices.Contains([]string{"keep", "checkpoints", "delete"}, h.Segments), "segments", "want keep, checkpoints or delete"},
		{h.RecordBytesMax < 1, "record_bytes_max", "must be positive"},
		{h.Packs.Files < 1 || h.Packs.Bytes < 1 || h.Packs.Cut < 0, "packs", "files and bytes must be positive; files: 1 packs nothing"},
		{h.Calibration.Shards < 1 || h.Calibration.Bytes < 1, "calibration", "shards and bytes must be positive"},
	} {
		if check.bad {
			n := root.Get(check.key)
			if n == nil {
				n = root
			}
			errs = append(errs, n.Errorf("%s: %s", check.key, check.msg))
		}
	}
	if err := h.FailIf.check(); err != nil {
		errs = append(errs, root.Get("fail_if").Errorf("fail_if: %v", err))
	}
	if h.Name != "" {
		if err := checkRunName(h.Name); err != nil {
			errs = append(errs, root.Get("name").Errorf("%v", err))
		}
	}
	return config.Together(errs...)
}

// parts decodes the blocks of a pipeline, those that are there.
func (a *App) parts(p *Pipeline, root *config.Node, h header) (errs []error) {
	if h.Source != nil {
		errs = append(errs, a.sources(p, h.Source))
	}
	errs = append(errs, a.stages(p, h.Stages, nil))
	if h.Fit != nil {
		errs = append(errs, p.fit(h.Fit))
	}
	if h.Sink != nil {
		errs = append(errs, a.sinks(p, h.Sink))
	}
	errs = append(errs, a.rejects(p, root, h.Rejects))
	var err error
	if h.Crawl != nil {
		p.Crawl, err = optional(a.Crawl, h.Crawl, "crawler")
		errs = append(errs, err)
	}
	if h.Sizing != nil {
		p.Sizing, err = optional(a.Sizing, h.Sizing, "sizing")
		errs = append(errs, err)
	}
	return errs
}

// optional decodes a block that not every program has.
func optional(def *stage.Def, n *config.Node, name string) (any, error) {
	if def == nil {
		return nil, n.Errorf("this program has no %s", name)
	}
	return def.Decode(n)
}

func (p *Pipeline) fit(n *config.Node) error {
	p.Fit = &Fit{}
	if err := config.Decode(n, p.Fit); err != nil {
		return err
	}
	if err := p.Fit.check(); err != nil {
		return n.Errorf("%v", err)
	}
	return nil
}

func (a *App) sources(p *Pipeline, n *config.Node) error {
	list := []*config.Node{n}
	if n.Kind == config.ListNode {
		list = n.Items
	}
	var errs []error
	for _, item := range list {
		errs = append(errs, a.source(p, item.Clone()))
	}
	if len(list) == 0 {
		errs = append(errs, n.Errorf("a pipeline needs a source"))
	}
	return config.Together(errs...)
}

func (a *App) source(p *Pipeline, item *config.Node) error {
	name := item.Take("name")
	part, err := a.part("source", a.Sources, item)
	if err != nil {
		return err
	}
	s := Source{Name: part.Def.Name, Part: part}
	if name != nil {
		if s.Name = name.Scalar; !validName(s.Name) {
			return name.Errorf("source name %s", badName(s.Name))
		}
	}
	if slices.ContainsFunc(p.Sources, func(o Source) bool { return o.Name == s.Name }) {
		return item.Errorf("two sources are called %q: give them a name", s.Name)
	}
	p.Sources = append(p.Sources, s)
	return nil
}

// nameMax is the length of the name of a source, stage, sink or pipeline: files are called
// by it, with more before and behind, and no file system has names of more than 255 bytes.
const nameMax = 100

func badName(s string) string {
	if len(s) > nameMax {
		return fmt.Sprintf("%.20q...: %d characters, want at most %d", s, len(s), nameMax)
	}
	return fmt.Sprintf("%q: use letters, digits, - and _", s)
}

// checkRunName refuses what cannot be the name of a run folder.
func checkRunName(s string) error {
	if len(s) > nameMax {
		return fmt.Errorf("name %.20q...: %d bytes, want at most %d", s, len(s), nameMax)
	}
	bad := func(r rune) bool { return r == '/' || r == '\\' || r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.ContainsFunc(s, bad) || strings.HasPrefix(s, ".") || strings.TrimSpace(s) != s {
		return fmt.Errorf("name %q: the run folder is called by it: no slash, no control character, no dot or space at its ends", s)
	}
	return nil
}

func validName(s string) bool {
	if len(s) > nameMax {
		return false
	}
	for _, r := range s {
		if !(r == '_' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return s != ""
}

// textPerRuleMax bounds the texts that a batch holds beside its sample.
const textPerRuleMax = 1000

// rejects decodes { parquet: {...}, text_sample: 0.01, text_per_rule: 5 }, or a bare name; without,
// rejects go to RUN/rejects by the sink that the program has for them.
func (a *App) rejects(p *Pipeline, root, n *config.Node) error {
	p.TextSample, p.TextPerRule = 0.01, 5
	if n != nil {
		n = n.Clone()
		if v := n.Take("text_sample"); v != nil {
			if err := config.Decode(v, &p.TextSample); err != nil {
				return err
			}
			if !(p.TextSample >= 0 && p.TextSample <= 1) {
				return v.Errorf("text_sample is a share, 0..1")
			}
		}
		if v := n.Take("text_per_rule"); v != nil {
			if err := config.Decode(v, &p.TextPerRule); err != nil {
				return err
			}
			if p.TextPerRule < 0 || p.TextPerRule > textPerRuleMax {
				return v.Errorf("text_per_rule is a number of texts, 0 to %d", textPerRuleMax)
			}
		}
		if len(n.Fields) > 0 || len(n.Items) > 0 || n.Scalar != "" {
			var err error
			p.Rejects, err = a.part("rejects", a.Sinks, n)
			return err
		}
	}
	if a.Rejects.Name == "" {
		return root.Errorf("rejects: the program has no sink of its own for them: name one")
	}
	p.Rejects = Part{Def: a.Rejects, Settings: a.Rejects.New()}
	return nil
}

func (a *App) part(what string, defs []stage.Def, n *config.Node) (Part, error) {
	def, settings, err := entry(what, defs, n)
	if err != nil {
		return Part{}, err
	}
	return decodePart(def, settings)
}

// entry splits {name: {settings}} or a bare name.
func entry(what string, defs []stage.Def, n *config.Node) (stage.Def, *config.Node, error) {
	name, settings := n.Scalar, &config.Node{File: n.File, Line: n.Line, Column: n.Column}
	switch {
	case n.Kind == config.MapNode && len(n.Fields) == 1:
		name, settings = n.Fields[0].Key, n.Fields[0].Value
	case n.Kind == config.MapNode && len(n.Fields) > 1:
		return stage.Def{}, nil, several(what, defs, n)
	case n.Kind != config.ScalarNode || n.Scalar == "":
		return stage.Def{}, nil, n.Errorf("want one %s here, as { name: { settings } }", what)
	}
	var names []string
	for _, d := range defs {
		if d.Name == name {
			return d, settings, nil
		}
		names = append(names, d.Name)
	}
	if near := config.Nearest(name, names); near != "" {
		return stage.Def{}, nil, n.Errorf("unknown %s %q; did you mean %q?", what, name, near)
	}
	return stage.Def{}, nil, n.Errorf("unknown %s %q; known: %s", what, name, strings.Join(names, ", "))
}

// several is the error of two parts, or what is none, in one mapping.
func several(what string, defs []stage.Def, n *config.Node) error {
	var names, keys []string
	for _, d := range defs {
		names = append(names, d.Name)
	}
	for _, f := range n.Fields {
		if !slices.Contains(names, f.Key) {
			at := *f.Value
			at.Line, at.Column = f.Line, f.Col
			if near := config.Nearest(f.Key, names); near != "" {
				return at.Errorf("unknown %s %q; did you mean %q?", what, f.Key, near)
			}
			if near := config.Nearest(f.Key, sinkKeys); near != "" && what == "sink" {
				return at.Errorf("unknown key %q; did you mean %q?", f.Key, near)
			}
			return at.Errorf("unknown %s %q: settings of a %[1]s stand below its name, as { name: { settings } }", what, f.Key)
		}
		keys = append(keys, f.Key)
	}
	if what == "rejects" {
		return n.Errorf("rejects go to one sink, here are %s", strings.Join(keys, " and "))
	}
	return n.Errorf("here are %s in one %s: more than one is a list, with a dash before each: - %s: { ... }", strings.Join(keys, " and "), what, keys[0])
}

// nearRecipe says which recipes there are, or which has a name like it.
func (a *App) nearRecipe(name string) string {
	if len(a.Recipes) == 0 {
		return ""
	}
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if near := config.Nearest(base, a.Recipes); near != "" {
		return fmt.Sprintf("; did you mean the recipe %s?", near)
	}
	return "; recipes are " + strings.Join(a.Recipes, ", ")
}

// NoFile is the error of a pipeline that is neither a file nor a recipe.
func (a *App) NoFile(name string) error {
	return fmt.Errorf("%s: no such file, and no such recipe%s", name, a.nearRecipe(name))
}

func decodePart(def stage.Def, n *config.Node) (Part, error) {
	settings, err := def.Decode(n)
	if err != nil {
		return Part{}, err
	}
	return Part{Def: def, Settings: settings, node: n}, nil
}

// stores are those of the program; without any, local folders alone.
func (a *App) stores(s store.Server) store.Schemes {
	if a.Stores == nil {
		return nil
	}
	return a.Stores(s)
}

// env makes what the parts of the pipeline may use of the world.
func (a *App) env(p *Pipeline, o Options) *stage.Env {
	env := stage.NewEnv()
	env.Seed, env.Memory, env.Workers = p.Seed, o.Memory, o.Workers
	env.RecordBytesMax, env.Carry, env.Stores, env.Models = p.RecordBytesMax, p.Carry, a.stores(p.s3), p.models
	env.Lookup = a.Lookup
	if a.Languages != nil {
		env.Languages = func(ctx context.Context) (stage.Linguist, error) { return a.Languages(ctx, env) }
	}
	if o.Log != nil {
		env.Log = slog.New(concealedLog{o.Log.Handler(), p.secrets})
	}
	return env
}

// YAML writes the plan: the pipeline with every default spelled out. Values that may be
// secret are the variables that they came from.
func (p *Pipeline) YAML() string {
	n := &config.Node{Kind: config.MapNode}
	put := func(key string, v any) { n.Put(key, config.Encode(v)) }
	put("name", p.Name)
	put("seed", p.Seed)
	put("record_bytes_max", config.Bytes(p.RecordBytesMax))
	put("carry", p.Carry)
	put("errors_max", p.ErrorsMax)
	put("shards_lost_max", p.ShardsLostMax)
	put("shards_failed_max", p.ShardsFailedMax)
	put("segments", p.Segments)
	put("calibration", p.Calibration)
	put("packs", p.Packs)
	if p.FailIf != (Gates{}) {
		put("fail_if", p.FailIf)
	}
	if p.Fit != nil {
		put("fit", p.Fit)
	}
	put("s3", p.s3)
	if len(p.models) > 0 {
		put("models", p.models)
	}
	list := &config.Node{Kind: config.ListNode}
	for _, s := range p.Sources {
		item := &config.Node{Kind: config.MapNode}
		item.Put("name", &config.Node{Scalar: s.Name})
		settings := config.Encode(s.Settings)
		if s.columns != nil {
			settings.Put("columns", config.Encode(stage.Columns{List: s.columns}))
		}
		item.Put(s.Def.Name, settings)
		list.Items = append(list.Items, item)
	}
	n.Put("source", list)
	n.Put("stages", p.encode(nil))
	if len(p.Sinks) == 1 {
		n.Put("sink", p.Sinks[0].encode())
	} else {
		list = &config.Node{Kind: config.ListNode}
		for _, s := range p.Sinks {
			list.Items = append(list.Items, s.encode())
		}
		n.Put("sink", list)
	}
	rejects := p.Rejects.encode()
	rejects.Put("text_sample", config.Encode(p.TextSample))
	rejects.Put("text_per_rule", config.Encode(p.TextPerRule))
	n.Put("rejects", rejects)
	if p.Crawl != nil {
		put("crawl", p.Crawl)
	}
	if p.Sizing != nil {
		put("sizing", p.Sizing)
	}
	p.secrets.hide(n)
	return n.YAML()
}
