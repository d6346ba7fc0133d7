package cli_test

import (
	"strings"
	"testing"
)

// A condition measures nothing, and one thing is not many.
func TestConditionHasNoValue(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, map[string]string{
		"in.jsonl": `{"id":"a","text":"kept","n":1}` + "\n" + `{"id":"b","text":"dropped","n":3}` + "\n",
		"p.yaml":   "source: { jsonl: { paths: [in.jsonl], columns: { n: int } } }\nstages: [ { reject: { where: \"n > 2\", rule: many } } ]\nsink: { parquet: {} }\n",
	})
	for _, args := range []string{"run p.yaml --run one", "run p.yaml --run two --set seed=2"} {
		if code, out := command(t, strings.Fields(args)...); code != 0 {
			t.Fatal(code, out)
		}
	}
	for args, want := range map[string]string{
		"show one --why b":         "dropped  by reject: many\n",
		"show one --rejects many":  "dropped  by reject: many\n",
		"diff one two":             "\n1 setting differs:\n  seed: 1 -> 2\n",
		"export one jsonl":         "1 document in 1 part; 2 tasks run, 0 resumed\n",
		"export one arrow --out o": "one/exports/arrow: 1 document in 1 part of o; 2 tasks run, 0 resumed\n",
	} {
		if code, out := command(t, strings.Fields(args)...); code != 0 || !strings.Contains(out, want) || strings.Contains(out, "value ") {
			t.Errorf("%s: exit code %d: %s", args, code, out)
		}
	}
}
