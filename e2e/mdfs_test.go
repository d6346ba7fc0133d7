package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/run"
)

// The recipe in four phases on the demo corpus and a page with spam in it: every document
// has a class and a genre, phases are told by their stages, counts add up, and a run that
// goes on with some of its work done gives the same.
func TestMDFS(t *testing.T) {
	dir, in := t.TempDir(), t.TempDir()
	article := "<p>村里的桥修好了，孩子们上学再也不用绕远路，老人们每天傍晚都到桥头坐一坐，看看河水，说说往事。</p>\n" +
		"<p>县里的工程队用了三个月，把旧桥墩加固，铺上新的桥面，两边装了栏杆和路灯，夜里走路也放心。</p>\n" +
		"<p>桥头立了一块石碑，上面刻着捐款人的名字，最多的一位捐了两万元，最少的只有五元，名字却一样大。</p>\n" +
		"<p>村支书说，下一步要修通往镇上的公路，让山里的茶叶和板栗早一天运出去，卖个好价钱，大家都有奔头。</p>\n" +
		"<p>通车那天，摆渡三十年的老周把船拴在岸边的柳树下，沿着新桥走了两个来回，回到家里喝了一碗米酒，睡得很香。</p>"
	page := "<html><body><article><h1>桥修好了</h1>" + article + "<p>代开发票，税点低，电话13812345678</p></article></body></html>"
	if err := os.WriteFile(filepath.Join(in, "page.html"), []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "../pipelines/mdfs-zh.yaml", "--run", dir, "--json", "--set", "sink={jsonl: {}}",
		"--set", `source=[{ name: demo, warc: { paths: ["embedded:demo/*.warc.gz"] } }, { name: page, html: { paths: ["` + in + `/*.html"] } }]`}
	var s run.Summary
	if err := json.Unmarshal(output(t, program(t, args...)), &s); err != nil {
		t.Fatal(err)
	}
	docs, injected := readParts(t, filepath.Join(dir, "parts")), 0
	if int64(len(docs)) != s.Documents || len(docs) < 30 {
		t.Fatalf("%d documents, %+v", len(docs), s)
	}
	for id, d := range docs {
		if !slices.Contains([]string{"high", "middle", "low"}, d["classify_grade_class"].(string)) || d["classify_genre_name"] == "" || d["lang"] != "zh" {
			t.Errorf("%s: class %v, genre %v, language %v", id, d["classify_grade_class"], d["classify_genre_name"], d["lang"])
		}
		if d["source"] == "page" {
			injected++
			if strings.Contains(d["text"].(string), "发票") || !strings.Contains(d["text"].(string), "石碑") || d["coarse_spam_kind"] != "invoice" {
				t.Errorf("the page with an advertisement is %v", d)
			}
		}
	}
	if injected != 1 {
		t.Errorf("%d pages with an advertisement came through", injected)
	}
	shown := string(output(t, program(t, "show", dir)))
	for _, phase := range []string{"collect_text", "coarse_spam", "classify_grade", "fine_filter", "fine_personal_data"} {
		if !strings.Contains(shown, phase) {
			t.Errorf("show has no %s:\n%s", phase, shown)
		}
	}
	if out := string(output(t, program(t, "verify", dir))); !strings.Contains(out, "every document accounted for") {
		t.Error(out)
	}
	want, err := os.ReadFile(filepath.Join(dir, "stats.json"))
	if err != nil {
		t.Fatal(err)
	}
	commits, _ := filepath.Glob(filepath.Join(dir, "commits", "assemble", "*")) // as if the end of the run had not come
	for _, c := range commits {
		if err := os.Remove(c); err != nil {
			t.Fatal(err)
		}
	}
	var again run.Summary
	if err := json.Unmarshal(output(t, program(t, args...)), &again); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "stats.json")); string(got) != string(want) || again.TasksKept == 0 || again.TasksRun == 0 {
		t.Errorf("gone on with %d tasks kept and %d run it has other statistics", again.TasksKept, again.TasksRun)
	}
}
