package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/internal/completion/completiontest"
)

// gradedWords are words by the grade that the stand-in server gives to texts with them.
var gradedWords = [6]string{"buy deal cheap sale", "menu click login cookie", "rumour chat gossip drama", "notes outline fact summary", "lesson chapter exercise theorem", "proof lemma corollary axiom"}

var gradedChinese = [6]string{"促销 打折", "登录 菜单", "谣言 八卦", "提纲 笔记", "习题 课程", "引理 证明"}

var (
	fillerWords   = strings.Fields("river mill corn bread water wheel spring autumn miller sack evening stone bridge valley farmer market road cart horse winter flour oven village church bell meadow")
	fillerChinese = strings.Fields("河流 磨坊 玉米 面包 清水 车轮 春天 秋天 磨工 麻袋 傍晚 石头 桥梁 山谷 农夫 集市 道路 马车 冬天 面粉")
)

// gradeInput writes texts of every grade on several hosts, in Latin and in Chinese letters.
func gradeInput(t *testing.T, documents int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	var files [4]bytes.Buffer
	for i := range documents {
		grade := i % 6
		words, fillers, form := strings.Fields(gradedWords[grade]), fillerWords, " the %s of %s%d and %s%d"
		if i%4 == 0 {
			words, fillers, form = strings.Fields(gradedChinese[grade]), fillerChinese, "这%s和%s%d，%s%d。"
		}
		var b strings.Builder
		for k := range 12 + 12*(i%7/6) { // some are longer than the strict rules want
			fmt.Fprintf(&b, form, words[k%len(words)], fillers[(i+k*k)%len(fillers)], (i*7+k*13)%89, fillers[(i*3+k*7)%len(fillers)], (i+k*k*5)%97)
		}
		text := b.String()
		fmt.Fprintf(&files[i%len(files)], "{\"id\":\"d%05d\",\"url\":\"https://host%d.example/%d\",\"text\":%q}\n", i, i%53, i, text)
	}
	for i := range files {
		writeFile(t, filepath.Join(dir, fmt.Sprintf("%d.jsonl", i)), files[i].Bytes())
	}
	return dir
}

// gradeOf is the grade of the words of a text.
func gradeOf(text string) int {
	for grade := range gradedWords {
		if strings.Contains(text, strings.Fields(gradedWords[grade])[1]) || strings.Contains(text, strings.Fields(gradedChinese[grade])[0]) {
			return grade
		}
	}
	return 0
}

// docPipelines are the YAML blocks of a page of the documentation that name a file.
func docPipelines(t *testing.T, page string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for i, part := range strings.Split(string(b), "\n```") {
		if body, ok := strings.CutPrefix(part, "yaml\n# file: "); ok && i%2 == 1 {
			name, rest, _ := strings.Cut(body, "\n")
			list[name] = rest
		}
	}
	return list
}

// The pipelines of the documentation: a language model grades a sample, the parts of that run
// are input of train quality as they are, and the model's classes say which rules documents
// meet. Bytes are the same at any number of workers.
func TestGradesDistilled(t *testing.T) {
	s := &completiontest.Server{Answer: func(q completiontest.Request) completiontest.Answer {
		content := q.Messages[len(q.Messages)-1].Content
		grade := gradeOf(content[strings.LastIndex(content, ":\n"):]) // behind the words of the prompt
		if len(content)%9 == 0 {                                      // nobody grades without mistakes
			grade = min(grade+1, 5)
		}
		return completiontest.Answer{Text: fmt.Sprintf("{\"reason\": \"so\", \"grade\": %d}", grade)}
	}}
	s.Start(t)
	in := gradeInput(t, 2400)
	pages := docPipelines(t, "../docs/datagen.md")
	dir := t.TempDir()
	pipeline := func(name, sink string) string {
		if pages[name] == "" {
			t.Fatalf("the page has no %s", name)
		}
		return writeFile(t, filepath.Join(dir, name), []byte(strings.NewReplacer("texts/*.jsonl", in+"/*", "http://localhost:8000", s.URL, "sink: { parquet: {} }", "sink: { "+sink+": {} }", "grades.bin", filepath.Join(dir, "grades.bin")).Replace(pages[name])))
	}
	grade, fine := pipeline("grade.yaml", "parquet"), pipeline("fine.yaml", "jsonl")
	output(t, program(t, "run", grade, "--run", filepath.Join(dir, "graded"), "--memory", "1GiB"))
	parts, _ := filepath.Glob(filepath.Join(dir, "graded", "parts", "*.parquet"))
	if len(parts) == 0 {
		t.Fatal("no parts")
	}
	if asked, _, _ := s.Counts(); asked < 700 || asked > 1300 {
		t.Errorf("%d of 2400 documents are graded", asked)
	}

	args := []string{"train", "quality", "--label-column", "generate_value", "--good", "3", "--split-by", "host", "--held-out", "0.4", "--json",
		"--out", filepath.Join(dir, "grades.bin"), "--dim", "16", "--buckets", "20000", "--epoch", "20", "--lr", "0.5"}
	for _, p := range parts {
		args = append(args, "--labelled", p)
	}
	var r struct {
		Labels []struct {
			Label     string
			Documents int
		}
		Training struct{ Unlabelled int }
		Graded   struct {
			Documents     int
			AUC           float64
			Kappa, F1     struct{ Value, Low, High float64 }
			Cuts          []float64
			At            struct{ Threshold float64 }
			Good          string
			Accuracy, Top struct{ Value float64 }
		}
	}
	if err := json.Unmarshal(output(t, program(t, args...)), &r); err != nil {
		t.Fatal(err)
	}
	g := r.Graded
	if len(r.Labels) != 6 || r.Labels[5].Label != "5" || r.Training.Unlabelled < 1100 || g.Documents < 100 || g.Good != "3" || len(g.Cuts) != 5 ||
		g.Kappa.Value < 0.85 || !(g.Kappa.Low < g.Kappa.Value) || g.AUC < 0.9 || g.Accuracy.Value < 0.7 {
		t.Errorf("%+v", r)
	}
	t.Logf("%d documents held out: accuracy %.3f, kappa %.3f (%.3f to %.3f), AUC %.3f", g.Documents, g.Accuracy.Value, g.Kappa.Value, g.Kappa.Low, g.Kappa.High, g.AUC)

	// The limits of the page stand for those that were printed.
	yaml, err := os.ReadFile(fine)
	if err != nil {
		t.Fatal(err)
	}
	limits := strings.NewReplacer("high: { min_score: 0.7 }", "high: { min_score: "+exactly(g.Cuts[3])+" }", "middle: { min_score: 0.5 }", "middle: { min_score: "+exactly(g.Cuts[2])+" }").Replace(string(yaml))
	if limits == string(yaml) {
		t.Error("the page has other classes")
	}
	writeFile(t, fine, []byte(limits))
	var first map[string]string
	for _, workers := range []string{"1", "3"} {
		f := golden{dir: filepath.Join(dir, "fine"+workers), pipeline: fine}
		f.run(t, "--workers", workers)
		got := f.bytes(t)
		if first == nil {
			first = got
			checkFine(t, f)
			continue
		}
		same(t, workers+" workers", got, first)
	}
}

func exactly(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// checkFine looks at the classes, and that only low ones met the stricter rules.
func checkFine(t *testing.T, g golden) {
	t.Helper()
	right, all, classes := 0, 0, map[string]int{}
	for _, d := range readParts(t, filepath.Join(g.dir, "run", "parts")) {
		class, _ := d["quality_class_class"].(string)
		classes[class]++
		want := "low"
		if grade := gradeOf(d["text"].(string)); grade >= 4 {
			want = "high"
		} else if grade == 3 {
			want = "middle"
		}
		if all++; class == want {
			right++
		}
	}
	names := make([]string, 0, 3)
	for c := range classes {
		names = append(names, c)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"high", "low", "middle"}) || float64(right) < 0.8*float64(all) {
		t.Errorf("%d of %d documents are of the right class: %v", right, all, classes)
	}
	cases := stageOf(t, g.stats(t), "switch").Switch.Cases
	strict := stageOf(t, g.stats(t), "strict")
	if cases["low"] == 0 || cases["low"]+cases["middle"] >= 2400 || strict.In != cases["low"] || strict.Rejected["gopher_short_doc"] == 0 {
		t.Errorf("cases %v, the strict rules %+v", cases, strict)
	}
	t.Logf("classes %v, %d of %d right; of the strict rules %v", classes, right, all, strict.Rejected)
}
