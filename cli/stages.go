package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/stage"

	"github.com/spf13/cobra"
)

func (p *program) stagesCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "stages [NAME]",
		Short: "Documentation of every source, stage and sink",
		Long: `Lists every source, stage and sink, or documents those of a name: what it does,
each setting with its type and default, the rules by which it drops documents,
the values that it measures.`,
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{fmt.Errorf("want one name at most; usage: %s", c.UseLine())}
		}
		return nil
	}
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		docs, _ := partDocs(p.app) // no completion rather than an error
		var names []string
		for _, d := range docs {
			names = append(names, d.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(_ *cobra.Command, args []string) error {
		docs, err := partDocs(p.app)
		if err != nil {
			return err
		}
		if len(args) == 1 {
			all := docs
			docs = slices.DeleteFunc(slices.Clone(docs), func(d PartDoc) bool { return d.Name != args[0] })
			if len(docs) == 0 {
				return usageError{unknownPart(args[0], all)}
			}
		}
		switch {
		case asJSON:
			enc := json.NewEncoder(p.stdout)
			enc.SetEscapeHTML(false)
			return enc.Encode(docs)
		case len(args) == 0:
			listParts(p.stdout, docs)
			return nil
		}
		for i, d := range docs {
			if i > 0 {
				fmt.Fprintln(p.stdout)
			}
			printPart(p.stdout, d)
		}
		return nil
	}
	return c
}

func unknownPart(name string, docs []PartDoc) error {
	var names []string
	for _, d := range docs {
		names = append(names, d.Name)
	}
	if near := config.Nearest(name, names); near != "" {
		return fmt.Errorf("nothing is called %q; did you mean %q?", name, near)
	}
	return fmt.Errorf("nothing is called %q; known: %s", name, strings.Join(names, ", "))
}

// columns is the width of plain text.
const columns = 80

func listParts(w io.Writer, docs []PartDoc) {
	kind := ""
	for _, d := range docs {
		if d.Kind != kind {
			if kind != "" {
				fmt.Fprintln(w)
			}
			kind = d.Kind
			fmt.Fprintln(w, map[string]string{"source": "Sources", "stage": "Stages", "sink": "Sinks", "sizing": "Sizing", "crawl": "Crawl"}[kind])
		}
		text := strings.TrimPrefix(d.Summary, d.Name+" ")
		const indent = 22
		lines := wrapped(text, columns-indent)
		if len(lines) == 0 {
			lines = []string{""}
		}
		fmt.Fprintf(w, "  %-19s %s\n", d.Name, lines[0])
		for _, l := range lines[1:] {
			fmt.Fprintf(w, "%*s%s\n", indent, "", l)
		}
	}
	fmt.Fprintln(w, "\ncorpusmill stages NAME tells more.")
}

func printPart(w io.Writer, d PartDoc) {
	head := fmt.Sprintf("%s (%s", d.Name, d.Kind)
	if d.Does != "" {
		head += ", " + d.Does
	}
	fmt.Fprintf(w, "%s; revision %d)\n\n", head, d.Revision)
	printDoc(w, d.Doc, 0)
	if len(d.Settings) > 0 {
		fmt.Fprintln(w, "\nSettings")
		printSettings(w, d.Settings, 2)
	}
	if keys := besides(d); keys != "" {
		fmt.Fprintln(w)
		printWrapped(w, "Beside them: "+keys+".", 0)
	}
	if len(d.Reads) > 0 {
		fmt.Fprintln(w, "\nColumns that it reads")
		printWrapped(w, strings.Join(d.Reads, ", "), 2)
	}
	if len(d.Sets) > 0 {
		fmt.Fprintln(w, "\nColumns that it sets or changes")
		printWrapped(w, strings.Join(d.Sets, ", "), 2)
	}
	if len(d.Rules) > 0 {
		fmt.Fprintln(w, "\nRules that drop a document")
		printWrapped(w, strings.Join(d.Rules, ", "), 2)
	}
	if len(d.Columns) > 0 {
		fmt.Fprintln(w, "\nValues")
		for _, c := range d.Columns {
			fmt.Fprintf(w, "  %s\n", c.Name)
			printWrapped(w, c.Doc, 6)
		}
	}
	if d.Example != "" {
		fmt.Fprintln(w, "\nExample")
		for line := range strings.SplitSeq(d.Example, "\n") {
			fmt.Fprintf(w, "  %s\n", line)
		}
	}
	for _, line := range CountsOf(d) {
		fmt.Fprintln(w)
		printWrapped(w, line, 0)
	}
}

// besides are the keys that a part takes beside its settings.
func besides(d PartDoc) string {
	switch {
	case d.Kind == "sink":
		return "name, where (a condition), partition_by (columns), rename (column: name), drop (columns), carry, append (name of a set)"
	case d.Kind != "stage":
		return ""
	case d.Name == stage.SwitchDef.Name:
		return "as (a name)"
	case strings.HasPrefix(d.Does, "works across documents"):
		return "as (a name), within (columns)"
	case strings.HasPrefix(d.Does, "measures"):
		return "as (a name), when (lang, source), where (a condition), annotate, per (lang, source)"
	case strings.HasPrefix(d.Does, "adds columns and decides"):
		return "as (a name), when (lang, source), where (a condition), per (lang, source)"
	}
	return "as (a name), when (lang, source), where (a condition)"
}

// CountsOf says where a run has what became of documents at a part.
func CountsOf(d PartDoc) (lines []string) {
	switch {
	case d.Kind == "source":
		return []string{"`corpusmill show RUN` has what it read: documents, records that it skipped, by reason, and those in quarantine."}
	case d.Kind != "stage" || d.Name == stage.SwitchDef.Name || d.Name == stage.CheckpointDef.Name:
		return nil
	}
	if len(d.Rules) > 0 || strings.Contains(d.Does, "decides") || strings.HasPrefix(d.Does, "works across documents") {
		lines = append(lines, "`corpusmill show RUN` has how many documents each rule dropped, `corpusmill show RUN --rejects "+d.Name+"` some of them with rule, value and limit.")
	}
	if strings.HasPrefix(d.Does, "measures") {
		lines = append(lines, "With `annotate: true` its values are columns of the parts, sig_"+d.Name+"_VALUE, and nothing is dropped.")
	}
	return lines
}

func printSettings(w io.Writer, settings []SettingDoc, indent int) {
	for _, s := range settings {
		head := s.Name
		if s.Type != "" { // nothing more is known of a third party's
			head += ": " + s.Type
		}
		switch {
		case len(s.Settings) > 0 || s.Default == "default":
		case s.Default == "":
			head += ", no default"
		default:
			head += ", default " + s.Default
		}
		printWrapped(w, head, indent)
		printDoc(w, s.Doc, indent+4)
		if len(s.Values) > 0 {
			printWrapped(w, "Values: "+strings.Join(s.Values, ", "), indent+4)
		}
		printSettings(w, s.Settings, indent+4)
	}
}

// printDoc prints paragraphs, wrapped; lines that begin with a tab as they are.
func printDoc(w io.Writer, doc string, indent int) {
	for i, line := range strings.Split(strings.TrimRight(doc, "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, "\t"); ok {
			fmt.Fprintf(w, "%*s%s\n", indent+2, "", rest)
			continue
		}
		if line == "" && i > 0 {
			fmt.Fprintln(w)
		}
		printWrapped(w, line, indent)
	}
}

func printWrapped(w io.Writer, text string, indent int) {
	for _, l := range wrapped(text, columns-indent) {
		fmt.Fprintf(w, "%*s%s\n", indent, "", l)
	}
}

// wrapped cuts a text at spaces into lines of at most width code points; a longer
// word stands alone.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
