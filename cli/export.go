package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/config"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/output"
	"github.com/corpusmill/corpusmill/report"
	"github.com/corpusmill/corpusmill/stage"
	"github.com/corpusmill/corpusmill/store"
)

func (p *program) exportCommand() *cobra.Command {
	var f folderFlags
	var o planFlags
	var out, from string
	c := &cobra.Command{
		Use:   "export RUN SINK",
		Short: "Write the parts of a run once more, in another format",
		Long: `Writes the documents of a finished run through another sink, such as megatron,
nanotron, arrow or jsonl: the hand-off to training. It is a run of its own, with
the parts as input, no stages, and its folder at RUN/exports/SINK: it resumes
where it stopped, and corpusmill verify checks it. Rows have all columns that
the parts have, under the documents' own names. A tokenizer that --set does not
name is the one by which the run counted. The run's own parts must be Parquet,
Arrow or JSONL.`,
		Example: "  corpusmill export runs/x megatron\n" +
			"  corpusmill export runs/x nanotron --out s3://bucket/tokens --set shuffle=on",
		Args: exactArgs(2),
	}
	f.add(c, p)
	fl := c.Flags()
	fl.StringVar(&out, "out", "", "folder or s3:// location of the new parts (default RUN/exports/SINK/parts)")
	fl.StringVar(&from, "from", "", "the sink of the run whose parts are read; needed where it has several")
	fl.StringArrayVar(&o.sets, "set", nil, "a setting of the sink: key=value, such as tokenizer=gpt2 (repeatable)")
	fl.IntVar(&o.workers, "workers", defaultWorkers(), "parts worked on at once")
	fl.StringVar(&o.memory, "memory", "", "memory budget, such as 4GiB (default 80 % of the machine or its cgroup)")
	o.world = 1
	c.RunE = func(c *cobra.Command, args []string) error {
		o.dir = strings.TrimSuffix(args[0], "/") + "/exports/" + args[1]
		opts, err := p.options(&o)
		if err != nil {
			return usageError{err}
		}
		folder, err := f.open(c.Context(), args[0])
		if err != nil {
			return err
		}
		p.warnUnfinished(c, folder)
		src, err := p.exportPipeline(c, folder, from, args[1])
		if err != nil {
			return orUnderWay(c.Context(), folder, err)
		}
		pl, err := p.app.Parse("export of "+args[0], src, p.exportSets(folder, args[1], out, &f, o.sets))
		if err != nil {
			return usageError{err}
		}
		opts.InputMoves = true // the parts of a run have other names after each change of it
		useMemory(opts.Memory)
		s, err := p.app.Run(c.Context(), pl, opts)
		if err != nil {
			return err
		}
		where := ""
		if out != "" {
			where = " of " + store.HideUser(out)
		}
		fmt.Fprintf(p.stderr, "%s: %s in %s%s; %s run, %d resumed\n", s.Run, plural(s.Documents, "document"), plural(int64(s.Parts), "part"), where, plural(int64(s.TasksRun), "task"), s.TasksKept)
		return nil
	}
	return c
}

// exportPipeline is the pipeline that reads the parts of a sink of the run, in order, none
// of which may be unreadable, and writes them to another.
func (p *program) exportPipeline(c *cobra.Command, folder *report.Folder, from, to string) ([]byte, error) {
	sink, err := exportedSink(folder, from)
	if err != nil {
		return nil, err
	}
	if !p.readable(sink.Def) {
		return nil, usageError{fmt.Errorf("the parts of %s are %s: only parquet, arrow and jsonl can be read again", folder.Dir, sink.Def)}
	}
	if sink.InParts("text") == "" {
		return nil, usageError{fmt.Errorf("the parts of %s have no text (drop): there is nothing to export", folder.Dir)}
	}
	parts, err := folder.PartLocations(c.Context(), sink.Name)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, usageError{fmt.Errorf("%s has no parts", folder.Dir)}
	}
	columns, err := folder.Columns(c.Context(), sink.Name)
	if err != nil {
		return nil, err
	}
	source := map[string]any{"paths": parts}
	pipeline := map[string]any{"name": "export", "errors_max": 0, "source": map[string]any{sink.Def: source}, "stages": []any{}, "sink": map[string]any{to: map[string]any{}}}
	key := "_column"
	if sink.Def == "jsonl" {
		key = "_field"
	}
	for _, c := range []string{"id", "text", "url"} {
		source[c+key] = sink.InParts(c) // "" is none
	}
	if columns != nil { // parts of before folders named them are known by their lineage
		if source["columns"], err = declared(sink, columns); err != nil {
			return nil, err
		}
		pipeline["carry"] = "drop" // nothing is left
	}
	if lost := sink.Dropped(); len(lost) > 0 && p.readable(to) { // others have no columns
		pipeline["sink"].(map[string]any)["drop"] = lost
	}
	return json.Marshal(pipeline)
}

// declared are the columns of the parts as a source takes them, in their order.
func declared(sink report.Part, columns []output.Column) (json.RawMessage, error) {
	b := []byte{'{'}
	for _, c := range columns {
		if c.Name == "id" || c.Name == "text" || c.Name == "url" {
			continue
		}
		name, err := json.Marshal(c.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(map[string]string{"path": sink.InParts(c.Name), "type": c.Type})
		if err != nil {
			return nil, err
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// readable reports whether what a sink writes is a format with columns that a source reads.
func (p *program) readable(sink string) bool {
	return slices.ContainsFunc(p.app.Sources, func(d stage.Def) bool { return d.Name == sink })
}

// exportedSink is the sink of the run whose parts are read.
func exportedSink(folder *report.Folder, name string) (report.Part, error) {
	var names []string
	for _, s := range folder.Pipeline.Sinks {
		if s.Name == name || name == "" && len(folder.Pipeline.Sinks) == 1 {
			return s, nil
		}
		names = append(names, s.Name)
	}
	if name == "" {
		return report.Part{}, usageError{fmt.Errorf("%s has several sinks: say which with --from: %s", folder.Dir, strings.Join(names, ", "))}
	}
	return report.Part{}, usageError{fmt.Errorf("--from: %s has no sink %q; it has: %s", folder.Dir, name, strings.Join(names, ", "))}
}

// exportSets turns the sink's settings into those of the pipeline.
func (p *program) exportSets(folder *report.Folder, sink, out string, f *folderFlags, own []string) []string {
	path := "sink." + sink + "."
	var sets []string
	for _, def := range p.app.Sinks {
		if tok := folder.Setting("token_count", "tokenizer"); def.Name == sink && tok != "" && config.Encode(def.New()).Get("tokenizer") != nil {
			sets = append(sets, path+"tokenizer="+tok, path+"pattern="+folder.Setting("token_count", "pattern"))
		}
	}
	if out != "" {
		sets = append(sets, path+"dir="+out)
	}
	for _, set := range own {
		sets = append(sets, path+set)
	}
	if f.server.Endpoint != "" {
		sets = append(sets, "s3.endpoint="+f.server.Endpoint, "s3.region="+f.server.Region,
			"s3.path_style="+strconv.FormatBool(f.server.PathStyle), "s3.insecure="+strconv.FormatBool(f.server.Insecure))
	}
	return sets
}
