package cli_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

// A file of many bad lines names the first of them and counts the others.
func TestBadDocumentsShown(t *testing.T) {
	for _, c := range []struct {
		lines int
		last  string
	}{{19, "-#19: "}, {20, "only counted"}, {500, "only counted"}} {
		var out, errs bytes.Buffer
		in := strings.NewReader(`{"text":"one"}` + "\n" + strings.Repeat("{bad\n", c.lines))
		code := cli.Run(t.Context(), corpusmill.App(), []string{"tokens", "-"}, in, &out, &errs)
		lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
		if code != 1 || len(lines) > 22 || !strings.Contains(lines[len(lines)-2], c.last) {
			t.Errorf("%d bad lines: exit code %d, %d lines of errors, %q before the last", c.lines, code, len(lines), lines[max(0, len(lines)-2)])
		}
	}
}
