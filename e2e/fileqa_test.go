package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
	if err != nil || s.Documents != 20 || s.Quarantined != 0 {
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
	for file, n := range map[string]int{"berths.xlsx": 2, "exam.txt": 5, "ferry_zh.txt": 2, "moorings.html": 3, "quiz.docx": 3, "tides.md": 3, "waves.tex": 2} {
		if byFile[file] != n {
			t.Errorf("%s: %d pairs, want %d", file, byFile[file], n)
		}
	}
	python := os.Getenv("CORPUSMILL_TEST_PYTHON")
	if python == "" || exec.Command(python, "-c", "import datasets, zstandard").Run() != nil {
		t.Skip("CORPUSMILL_TEST_PYTHON names no Python with datasets and zstandard")
	}
	chat, _ := filepath.Glob(dir + "/parts/chat/*.parquet")
	lines, _ := filepath.Glob(dir + "/parts/messages/*.jsonl.zst")
	cmd := exec.Command(python, "-c", sftScript, chat[0], lines[0])
	cmd.Env = append(os.Environ(), "HF_HOME="+t.TempDir(), "HF_DATASETS_OFFLINE=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "loaded 20") {
		t.Fatalf("%s\n%v", out, err)
	}
	if strings.Contains(string(out), "no trl") {
		t.Skip("CORPUSMILL_TEST_PYTHON has no trl: its formatter is not asked")
	}
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
