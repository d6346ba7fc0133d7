package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/purify"
)

// A model is fitted on columns of two files, examined on what was held out, and opened by
// the stage; mistakes are refused by name.
func TestTrainClass(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.jsonl"), filepath.Join(dir, "bad.jsonl")
	for i, name := range []string{good, bad} {
		var b strings.Builder
		for n := range 200 {
			genre := "news"
			if (n+i)%4 == 0 {
				genre = "shop"
			}
			fmt.Fprintf(&b, `{"id":"%d","url":"https://h%d.example/","text":"t","score":%g,"genre":%q,"same":1}`+"\n", n, n%50, float64(n%100)/100+0.6*float64(1-i), genre)
		}
		if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "class.json")
	args := []string{"class", "--positive", good, "--negative", bad, "--signal", "score", "--signal", "genre", "--out", out, "--split-by", "host", "--held-out", "0.3", "--json"}
	code, stdout, stderr := trains(t, "", args...)
	var r struct {
		AUC, Agreement float64
		SHA256         string
		Wanted, Others int
		HeldOut        int `json:"held_out"`
	}
	if err := json.Unmarshal([]byte(stdout), &r); code != 0 || err != nil || r.AUC < 0.85 || r.Agreement < 0.7 || r.Wanted != 200 || r.Others != 200 || r.HeldOut < 60 || r.HeldOut > 200 {
		t.Fatalf("exit %d, %v: %s %s", code, err, stdout, stderr)
	}
	if m, err := purify.OpenClassModel(out); err != nil || m.Digest() != r.SHA256 || len(m.Features) != 2 {
		t.Errorf("%v, %v", m, err)
	}
	if code, stdout, _ := trains(t, "", args[:len(args)-1]...); code != 0 || !strings.Contains(stdout, "agreement") || !strings.Contains(stdout, "quality_class: { by: model") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	for want, change := range map[string][2]string{"no column": {"score", "scores"}, "--split-by": {"host", "site"}, "--held-out": {"0.3", "1"}, "no file": {good, dir + "/none.jsonl"}} {
		other := append([]string{}, args...)
		for i := range other {
			if other[i] == change[0] {
				other[i] = change[1]
			}
		}
		if code, _, stderr := trains(t, "", other...); code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("want an error with %q: exit %d, %s", want, code, stderr)
		}
	}
}
