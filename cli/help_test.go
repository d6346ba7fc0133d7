package cli_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

// Help and stage documentation are read in terminals of 80 columns.
func TestHelpFitsEightyColumns(t *testing.T) {
	app := corpusmill.App()
	lines := [][]string{{"--help"}, {"stages"}, {"train", "quality", "--help"}}
	for _, c := range []string{"run", "check", "try", "show", "evidence", "verify", "size", "stages", "export", "train", "extract", "tokens", "lang", "tasks", "task", "init", "recipes", "schema", "gc", "launch", "demo", "crawl"} {
		lines = append(lines, []string{c, "--help"})
	}
	for _, d := range app.Stages {
		lines = append(lines, []string{"stages", d.Name})
	}
	for _, args := range lines {
		var out bytes.Buffer
		if code := cli.Run(t.Context(), app, args, strings.NewReader(""), &out, &out); code != 0 || out.Len() == 0 {
			t.Errorf("%v: exit code %d: %s", args, code, out.String())
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%v: %d columns: %s", args, n, line)
			}
		}
	}
}
