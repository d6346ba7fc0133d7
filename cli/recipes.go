package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/pipelines"
)

func (p *program) recipesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "recipes [NAME]",
		Short: "List the recipes, or print one",
		Long: `Lists the recipes that are in the program, or prints one: run it by its name,
take it into a pipeline with extends: NAME, or make a file of it.`,
		Example: "  corpusmill recipes fineweb > mine.yaml",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("want one name at most; usage: %s", c.UseLine())}
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return p.app.Recipes, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				p.listRecipes()
				return nil
			}
			if p.app.Recipe != nil {
				if text, ok := p.app.Recipe(args[0]); ok {
					_, err := p.stdout.Write(text)
					return err
				}
			}
			if near := config.Nearest(args[0], p.app.Recipes); near != "" {
				return usageError{fmt.Errorf("no recipe is called %q; did you mean %q?", args[0], near)}
			}
			return usageError{fmt.Errorf("no recipe is called %q; there are %s", args[0], strings.Join(p.app.Recipes, ", "))}
		},
	}
}

// listRecipes prints each recipe with the first sentence of its comment.
func (p *program) listRecipes() {
	const indent = 16
	for _, name := range p.app.Recipes {
		text, _ := p.app.Recipe(name)
		lines := wrapped(firstSentence(text), columns-indent)
		if len(lines) == 0 {
			lines = []string{""}
		}
		for i, l := range lines {
			fmt.Fprintf(p.stdout, "%-*s%s\n", indent, first(i, name), l)
		}
	}
	fmt.Fprintln(p.stdout, "\ncorpusmill recipes NAME prints one, corpusmill run NAME runs it.")
}

// firstSentence is what the comment at the head of a recipe begins with.
func firstSentence(recipe []byte) string {
	var words []string
	for line := range strings.Lines(string(recipe)) {
		text, comment := strings.CutPrefix(strings.TrimSpace(line), "#")
		switch {
		case !comment:
			return strings.Join(words, " ")
		case strings.HasPrefix(text, " yaml-language-server"):
			continue
		}
		for w := range strings.FieldsSeq(text) {
			words = append(words, w)
			if strings.HasSuffix(w, ".") {
				return strings.Join(words, " ")
			}
		}
	}
	return strings.Join(words, " ")
}

func (p *program) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON schema of pipelines",
		Long: `Prints the JSON schema of pipelines, for editors that complete and check YAML:
recipes and what init writes name it as schema.json beside them. It has the
parts of corpusmill itself; of stages that a program adds, it allows none.`,
		Example: "  corpusmill schema > schema.json",
		Args:    exactArgs(0),
		RunE: func(*cobra.Command, []string) error {
			_, err := p.stdout.Write(pipelines.Schema)
			return err
		},
	}
}
