package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/config"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/report"
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
where it stopped, and corpusmill verify checks it. A tokenizer that --set does
not name is the one by which the run counted. The run's own parts must be
Parquet or JSONL.`,
		Example: "  corpusmill export runs/x megatron\n" +
			"  corpusmill export runs/x nanotron --out s3://bucket/tokens --set shuffle=on",
		Args: exactArgs(2),
	}
	f.add(c, p)
	fl := c.Flags()
	fl.StringVar(&out, "out", "", "folder or s3:// location of the new parts (default RUN/exports/SINK/parts)")
	fl.StringVar(&from, "from", "", "the sink of the run whose parts are read; needed where it has several")
	fl.StringArrayVar(&o.sets, "set", nil, "a setting of the sink: key=value, such as tokenizer=gpt2 (repeatable)")
	fl.IntVar(&o.workers, "workers", runtime.GOMAXPROCS(0), "parts worked on at once")
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
		src, err := exportSource(c, folder, from)
		if err != nil {
			return err
		}
		src += fmt.Sprintf("sink: { %s: {} }\n", strconv.Quote(args[1]))
		pl, err := p.app.Parse("export of "+args[0], []byte(src), p.exportSets(folder, args[1], out, &f, o.sets))
		if err != nil {
			return usageError{err}
		}
		opts.InputMoves = true // the parts of a run have other names after each change of it
		useMemory(opts.Memory)
		s, err := p.app.Run(c.Context(), pl, opts)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stderr, "%s: %d documents in %d parts; %d tasks run, %d resumed\n", s.Run, s.Documents, s.Parts, s.TasksRun, s.TasksKept)
		return nil
	}
	return c
}

// exportSource is the pipeline without its sink: the parts of the run, in order,
// none of which may be unreadable.
func exportSource(c *cobra.Command, folder *report.Folder, from string) (string, error) {
	sink, err := exportedSink(folder, from)
	if err != nil {
		return "", err
	}
	kind := sink.Def
	if kind != "parquet" && kind != "jsonl" {
		return "", usageError{fmt.Errorf("the parts of %s are %s: only parquet and jsonl can be read again", folder.Dir, kind)}
	}
	parts, err := folder.PartLocations(c.Context(), sink.Name)
	if err != nil {
		return "", err
	}
	if len(parts) == 0 {
		return "", usageError{fmt.Errorf("%s has no parts", folder.Dir)}
	}
	list, err := json.Marshal(parts)
	return fmt.Sprintf("name: export\ncarry: drop\nerrors_max: 0\nsource: { %s: { paths: %s } }\nstages: []\n", kind, list), err
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
