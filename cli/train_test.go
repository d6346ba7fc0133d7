package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/corpusmill/corpusmill/purify/fasttext"
	"github.com/corpusmill/corpusmill/run"
)

// trains runs one command line of train and returns what Run would.
func trains(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{app: &run.App{Version: "test"}, stdin: strings.NewReader(stdin), stdout: &out, stderr: &terminal{w: &errs}}
	root := p.root()
	if c, _, err := root.Find([]string{"train"}); err != nil || c == root {
		root.AddCommand(p.trainCommand())
	}
	root.SetArgs(append([]string{"train"}, args...))
	root.SetOut(&out)
	root.SetErr(&errs)
	err := root.ExecuteContext(t.Context())
	if err != nil {
		fmt.Fprintf(&errs, "corpusmill: %v\n", err)
		if code = exitUsage; p.started {
			code = exitCode(t.Context(), err)
		}
	}
	return code, out.String(), errs.String()
}

// qualityFiles writes texts of both kinds: JSON lines, and JSON lines with gzip.
func qualityFiles(t *testing.T, n int) (dir string, args []string) {
	t.Helper()
	dir = t.TempDir()
	var good, bad bytes.Buffer
	z := gzip.NewWriter(&bad)
	for i := range n {
		fmt.Fprintf(&good, "{\"id\":\"g%d\",\"url\":\"https://site%d.example/%d\",\"text\":\"the lemma %d follows\\nfrom theorem w%d and its proof\"}\n", i, i%9, i, i, i%13)
		fmt.Fprintf(z, "{\"id\":\"b%d\",\"url\":\"https://www.shop%d.example/%d\",\"text\":\"buy the %d best deals\\nnow w%d and save __label__hq\"}\n", i, i%9, i, i, i%13)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	g, b := filepath.Join(dir, "good.jsonl"), filepath.Join(dir, "bad.jsonl.gz")
	write(t, g, good.Bytes())
	write(t, b, bad.Bytes())
	return dir, []string{"quality", "--positive", g, "--negative", b, "--out", filepath.Join(dir, "m.bin"), "--dim", "8", "--buckets", "2000", "--epoch", "10", "--lr", "0.5"}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTrainQuality(t *testing.T) {
	dir, args := qualityFiles(t, 300)
	report := filepath.Join(dir, "r.html")
	code, out, errs := trains(t, "", append(args, "--held-out", "0.3", "--report", report, "--json")...)
	if code != 0 {
		t.Fatal(code, errs)
	}
	var r qualityResult
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	tr := r.Training
	if tr.Positives.Documents != 300 || tr.Negatives.Documents != 300 || tr.SkippedTokens != int64(300-tr.Negatives.HeldOut) || tr.Empty != 0 {
		t.Errorf("%+v", tr)
	}
	if n := tr.Positives.HeldOut + tr.Negatives.HeldOut; n < 130 || n > 230 || r.HeldOut.Positives+r.HeldOut.Negatives != n {
		t.Errorf("%d held out, %+v", n, r.HeldOut)
	}
	if r.HeldOut.AUC < 0.99 || r.HeldOut.At.F1 < 0.99 || r.Recommended.Operating.KeptOthersRatio > 0.1 || r.Recommended.Share != 0.1 {
		t.Errorf("%+v %+v", r.HeldOut, r.Recommended)
	}
	m, err := fasttext.Open(r.Model.Path)
	if err != nil {
		t.Fatal(err)
	}
	if sum := m.Digest(); fmt.Sprintf("%x", sum) != r.Model.SHA256 || m.Info().Bytes != r.Model.Bytes {
		t.Errorf("%+v is not what lies there", r.Model)
	}
	if labels := strings.Join(m.Labels(), " "); !strings.Contains(labels, "__label__hq") || !strings.Contains(labels, "__label__cc") || len(m.Labels()) != 2 {
		t.Errorf("labels %s", labels)
	}
	html, err := os.ReadFile(report)
	if err != nil || bytes.Count(html, []byte("<svg")) != 4 || bytes.Contains(html, []byte("<script")) || bytes.Contains(html, []byte("NaN")) || bytes.Contains(html, []byte("href")) {
		t.Errorf("the report is not as it should be: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTrainQualityIsRepeatable(t *testing.T) {
	digest := func(change ...string) string {
		_, args := qualityFiles(t, 60)
		code, out, errs := trains(t, "", append(append(args, "--json"), change...)...)
		var r qualityResult
		if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
			t.Fatal(code, errs, err)
		}
		return r.Model.SHA256
	}
	one := digest("--threads", "1")
	if digest("--threads", "3") != one {
		t.Error("the model depends on the threads")
	}
	if digest("--seed", "2") == one || digest("--split-by", "host") == one {
		t.Error("seed or split change nothing")
	}
}

func TestTrainQualityPrints(t *testing.T) {
	_, args := qualityFiles(t, 200)
	code, out, errs := trains(t, "", append(args, "--preset", "datatrove", "--label", "good", "--other-label", "bad", "--split-by", "host", "--held-out", "0.4", "--keep-top-of", "all", "--keep-top", "0.2")...)
	if code != 0 {
		t.Fatal(errs)
	}
	for _, want := range []string{"positives   200 documents", "(__label__good)", "AUC         1.0000", "(by host)", "best 20 % of the texts", "preset: datatrove, label: good, min_score: "} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	if !strings.Contains(errs, "training 100 %") {
		t.Errorf("no progress in %q", errs)
	}
	if code, out, errs := trains(t, "", append(args, "--held-out", "0")...); code != 0 || strings.Contains(out, "AUC") {
		t.Error(code, out, errs)
	}
}

func TestTrainQualityUsage(t *testing.T) {
	dir, args := qualityFiles(t, 5)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":       {nil, "name what to train"},
		"no files":      {[]string{"quality"}, "--positive and --negative"},
		"no model":      {args[:5], "--out: name"},
		"unknown flag":  {[]string{"quality", "--nope"}, "unknown flag"},
		"argument":      {append(args, "x"), "unknown command"},
		"preset":        {append(args, "--preset", "x"), "want one of plain, dclm"},
		"held out":      {append(args, "--held-out", "0.91"), "want 0 to 0.9"},
		"report of 0":   {append(args, "--held-out", "0", "--report", dir+"/r"), "nothing is held out"},
		"split":         {append(args, "--split-by", "day"), "want text, id or host"},
		"threshold":     {append(args, "--threshold", "1.1"), "want 0 to 1"},
		"share":         {append(args, "--keep-top", "1"), "between 0 and 1"},
		"share of":      {append(args, "--keep-top-of", "some"), "negatives or all"},
		"errors":        {append(args, "--errors-max", "-1"), "must not be negative"},
		"label":         {append(args, "--label", "a b"), "without spaces"},
		"other label":   {append(args, "--other-label", "bad"), "wants cc"},
		"same labels":   {append(args, "--label", "cc"), "are both cc"},
		"loss":          {append(args, "--loss", "ns"), "want softmax, hs or ova"},
		"memory":        {append(args, "--memory", "much"), "--memory"},
		"columns":       {append(args, "--dim", "0"), "Dim is 0"},
		"missing file":  {append(args, "--positive", dir+"/none"), "no such file"},
		"folder":        {append(args, "--negative", dir), "is a folder"},
		"stdin twice":   {append(args, "--negative", "-", "--positive", "-"), "once only"},
		"out nowhere":   {append(args, "--out", dir+"/none/m.bin"), "--out"},
		"out a folder":  {append(args, "--out", dir), "is a folder"},
		"out an input":  {append(args, "--out", args[2]), "is one of the inputs"},
		"report input":  {append(args, "--report", args[4]), "is one of the inputs"},
		"report on out": {append(args, "--report", dir+"/./m.bin"), "is the model"},
		"report in air": {append(args, "--report", dir+"/none/r"), "--report"},
	} {
		if code, _, errs := trains(t, "", c.args...); code != exitUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit code %d: %s", name, code, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "m.bin")); err == nil {
		t.Error("a model was written")
	}
}

func TestTrainQualityDamage(t *testing.T) {
	dir, args := qualityFiles(t, 40)
	broken := filepath.Join(dir, "broken.jsonl")
	write(t, broken, []byte("{\"id\":\"a\",\"text\":\"lemma one\"}\n{\"id\":\"b\",\"text\":\n{\"id\":\"c\",\"text\":\"\"}\n[1]\n"))
	damaged := append(args, "--positive", broken)
	code, _, errs := trains(t, "", damaged...)
	if code != exitFailed || !strings.Contains(errs, "broken.jsonl#1") || !strings.Contains(errs, "broken.jsonl#3") || !strings.Contains(errs, "2 documents could not be read; --errors-max 2") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "m.bin")); err == nil {
		t.Error("a model was written")
	}
	if code, out, errs := trains(t, "", append(damaged, "--errors-max", "2")...); code != 0 || !strings.Contains(out, "1 empty, 2 damaged documents") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	cut := filepath.Join(dir, "cut.jsonl.gz")
	src, err := os.ReadFile(filepath.Join(dir, "bad.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, cut, src[:len(src)/2])
	if code, _, errs := trains(t, "", append(args, "--negative", cut)...); code != exitFailed || !strings.Contains(errs, "cut.jsonl.gz") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	none := filepath.Join(dir, "none.jsonl")
	write(t, none, nil)
	if code, _, errs := trains(t, "", "quality", "--positive", none, "--negative", broken, "--out", filepath.Join(dir, "x.bin")); code != exitFailed || !strings.Contains(errs, "no text is left") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if code, _, errs := trains(t, "", append(args, "--memory", "64KiB")...); code != exitFailed || !strings.Contains(errs, "are allowed") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestTrainQualityReadsStandardInput(t *testing.T) {
	dir, args := qualityFiles(t, 30)
	src, err := os.ReadFile(filepath.Join(dir, "good.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	args[2] = "-"
	if code, out, errs := trains(t, string(src), append(args, "--held-out", "0.2")...); code != 0 || !strings.Contains(out, "30 documents") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

func TestHoldsOut(t *testing.T) {
	q := &qualityTraining{heldOut: 0.25, splitBy: "host"}
	n := 0
	for i := range 4000 {
		text, host := fmt.Sprint("text ", i), fmt.Sprintf("https://www.Site%d.example/%d", i%1000, i)
		on := q.holdsOut(text, host)
		if on != q.holdsOut("other", fmt.Sprintf("http://site%d.example/", i%1000)) {
			t.Fatal("two texts of a site are parted")
		}
		if q.holdsOut(text, "") {
			n++
		}
	}
	if math.Abs(float64(n)/4000-0.25) > 0.03 {
		t.Errorf("%d of 4000 are held out", n)
	}
	if q.heldOut = 0; q.holdsOut("x", "") {
		t.Error("a text is held out of 0")
	}
}

func TestTrainHelpFitsEightyColumns(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"quality", "--help"}} {
		code, out, errs := trains(t, "", args...)
		if code != 0 || out == "" {
			t.Error(code, errs)
		}
		for line := range strings.Lines(out) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
	}
}
