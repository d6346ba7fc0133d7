package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/corpusmill/corpusmill/internal/completion/completiontest"
	"github.com/corpusmill/corpusmill/pipelines"
)

// The recipe on its demo files: pairs of every file that has some, in three sinks, and the
// form that fine-tuning tools read.
func TestFileQARecipe(t *testing.T) {
	recipe, ok := pipelines.Recipe("fileqa")
	if !ok {
		t.Fatal("no recipe")
	}
	s, dir, err := inProcess(t, string(recipe))
	if err != nil || s.Documents != 21 || s.Quarantined != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	byFile := map[string]int{}
	for _, d := range readParts(t, dir+"/parts/messages") {
		byFile[d["src_shard"].(string)]++
		messages, _ := d["messages"].([]any)
		if len(messages) != 2 || messages[0].(map[string]any)["role"] != "user" || messages[1].(map[string]any)["content"] == "" {
			t.Errorf("messages %v", d["messages"])
		}
		if d["text"] != nil || d["kind"] == nil {
			t.Errorf("columns of %v", d)
		}
	}
	for file, n := range map[string]int{"berths.xlsx": 2, "exam.txt": 5, "ferry_zh.txt": 2, "moorings.html": 3, "office.pdf": 1, "quiz.docx": 3, "tides.md": 3, "waves.tex": 2} {
		if byFile[file] != n {
			t.Errorf("%s: %d pairs, want %d", file, byFile[file], n)
		}
	}
	loadSFT(t, dir, 21)
}

// loadSFT has datasets and TRL read the sinks messages and chat, where there is a Python
// with them.
func loadSFT(t *testing.T, dir string, rows int) {
	t.Helper()
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" || exec.Command(python, "-c", "import datasets, zstandard").Run() != nil {
		t.Skip("CORPUSMILL_TEST_PYTHON names no Python with datasets and zstandard")
	}
	chat, _ := filepath.Glob(dir + "/parts/chat/*.parquet")
	lines, _ := filepath.Glob(dir + "/parts/messages/*.jsonl.zst")
	cmd := exec.Command(python, "-c", sftScript, chat[0], lines[0])
	cmd.Env = append(os.Environ(), "HF_HOME="+t.TempDir(), "HF_DATASETS_OFFLINE=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("loaded %d\n", rows)) {
		t.Fatalf("%s\n%v", out, err)
	}
	if strings.Contains(string(out), "no trl") {
		t.Skip("CORPUSMILL_TEST_PYTHON has no trl: its formatter is not asked")
	}
}

// The recipe that has a model ask: what quotes the text becomes a text and messages, with the
// bytes of the quotation; what does not is rejected.
func TestFileQAModelRecipe(t *testing.T) {
	recipe, ok := pipelines.Recipe("fileqa-model")
	if !ok {
		t.Fatal("no recipe")
	}
	var passages atomic.Int64
	s := &completiontest.Server{Answer: func(q completiontest.Request) completiontest.Answer {
		passage := completiontest.Last(q.Prompt)
		words := strings.Fields(passage)
		quote := strings.ToUpper(strings.Join(words[len(words)/2:len(words)/2+5], "\n ")) // blanks and case do not count
		b, err := json.Marshal(map[string]any{"pairs": []map[string]string{
			{"question": "What stands in the middle?", "answer": "It is <" + words[len(words)/2] + ">.", "quote": quote},
			{"question": "What stands nowhere?", "answer": "Nothing does.", "quote": "words that no file of them has"},
		}})
		if err != nil {
			t.Error(err)
		}
		passages.Add(1)
		return completiontest.Answer{Text: string(b)}
	}}
	s.Start(t)
	yaml := strings.NewReplacer("${SERVER:-http://localhost:8000}", s.URL, "${MODEL}", "m", "${LICENSE}", "none",
		"generate_span]\n    parquet", "generate_span]\n    jsonl", "prompt: grounded_qa", "prompt: grounded_qa\n      judge: { max_language: off, min_script: off }").Replace(string(recipe))
	sum, dir, err := inProcess(t, yaml)
	if err != nil || sum.Quarantined != 0 {
		t.Fatalf("%+v, %v", sum, err)
	}
	asked := int(passages.Load())
	texts, messages := readParts(t, dir+"/parts/text"), readParts(t, dir+"/parts/messages")
	if asked < 4 || len(texts) != asked || len(messages) != asked {
		t.Errorf("%d passages: %d texts, %d messages", asked, len(texts), len(messages))
	}
	for id, d := range messages {
		list, _ := d["messages"].([]any)
		if len(list) != 2 {
			t.Fatalf("%s: messages %v", id, d["messages"])
		}
		question, answer := list[0].(map[string]any), list[1].(map[string]any)
		if question["role"] != "user" || answer["role"] != "assistant" || question["content"] != d["question"] || answer["content"] != d["answer"] ||
			texts[id]["text"] != fmt.Sprintf("%s\n%s", d["question"], d["answer"]) || d["question"] != "What stands in the middle?" {
			t.Errorf("%s: %v and %v", id, d, texts[id]["text"])
		}
		span, _ := d["span"].(map[string]any)
		start, _ := span["start"].(float64)
		end, _ := span["end"].(float64)
		if end <= start || d["text"] != nil || texts[id]["generate_messages"] != nil {
			t.Errorf("%s: span %v", id, d)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "stats.json"))
	if err != nil {
		t.Fatal(err)
	}
	var stats struct {
		Stages []struct{ Rejected map[string]int64 }
	}
	if err := json.Unmarshal(b, &stats); err != nil {
		t.Fatal(err)
	}
	rejected := map[string]int64{}
	for _, st := range stats.Stages {
		for rule, n := range st.Rejected {
			rejected[rule] += n
		}
	}
	if rejected["ungrounded"] != int64(asked) {
		t.Errorf("rejected %v of %d passages", rejected, asked)
	}
	loadSFT(t, dir, asked)
}

// sftScript loads both files with datasets, and has TRL's formatter take them.
const sftScript = `
import sys
from datasets import load_dataset
d = load_dataset("parquet", data_files=sys.argv[1], split="train")
j = load_dataset("json", data_files=sys.argv[2], split="train")
assert list(j["messages"]) == list(d["messages"]), (j[0], d[0])
print("loaded", d.num_rows)
try:
    from trl.data_utils import is_conversational, maybe_apply_chat_template
except ImportError as e:
    print("no trl:", e)
    sys.exit(0)
class Tokenizer:
    eos_token = ""
    def apply_chat_template(self, messages, tokenize=False, **more):
        return "".join("<%s>%s" % (m["role"], m["content"]) for m in messages)
assert is_conversational(d[0])
text = maybe_apply_chat_template({"messages": d[0]["messages"]}, Tokenizer())["text"]
assert text.startswith("<user>") and "<assistant>" in text, text
print("formatted")
`

// Files behind a password end no run: what can be read is.
func TestEncryptedOfficeFiles(t *testing.T) {
	var name strings.Builder
	for _, c := range "EncryptedPackage" {
		name.WriteRune(c)
		name.WriteByte(0)
	}
	in := t.TempDir()
	for _, file := range []string{"a.docx", "b.pptx", "c.xlsx"} {
		writeFile(t, filepath.Join(in, file), []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 1016)+name.String()))
	}
	writeFile(t, filepath.Join(in, "d.md"), []byte("# Mill\n\nThe wheel turns in the river.\n"))
	s, dir, err := inProcess(t, "source: { documents: { paths: ['"+in+"/*'] } }\nstages: [ office_text: {}, markdown_text: {} ]\nsink: { jsonl: {} }\n")
	if err != nil || s.Documents != 1 || s.Quarantined != 3 {
		t.Fatalf("%+v, %v", s, err)
	}
	lines, _ := filepath.Glob(dir + "/quarantine/*")
	var all strings.Builder
	for _, file := range lines {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	for _, want := range []string{"documents/a.docx", "documents/b.pptx", "documents/c.xlsx", "behind a password"} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("no %s in the quarantine: %s", want, all.String())
		}
	}
}
