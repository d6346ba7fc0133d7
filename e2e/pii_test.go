package e2e_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/stage"
)

// What is masked or dropped stands in no file of the run, nor does the key, and show and
// try print neither.
func TestMaskedDataLeakNowhere(t *testing.T) {
	const key = "a-key-that-nobody-knows"
	secrets := []string{key, "jane.doe@corp.org", "13912345678", "139-1234-5678", "11010519491231002X", "4111111111111111"}
	dir := t.TempDir()
	writeFile(t, dir+"/in/a.jsonl", []byte(`{"id":"kept","text":"Write to jane.doe@corp.org or 13912345678, card 4111111111111111."}
{"id":"again","text":"电话：139-1234-5678。"}
{"id":"dropped","text":"身份证 11010519491231002X, jane.doe@corp.org"}
{"id":"later","text":"jane.doe@corp.org"}
{"id":"plain","text":"Nothing of anybody, and words enough that no rule behind it minds."}
`))
	file := writeFile(t, dir+"/p.yaml", fmt.Appendf(nil, `name: p
source: { jsonl: { paths: [%q] } }
stages:
  - pii: { actions: { all: mask, cn_id: drop }, phones: cn, mask_key_env: PII_KEY, counts: true }
  - chinese_quality: { min_chars: 5, where: "id == 'later'" }
  - exact_dedup: {}
rejects: { text_sample: 1, jsonl: {} }
sink: { jsonl: {} }
`, dir+"/in/*.jsonl"))
	call := func(args ...string) string {
		c := program(t, args...)
		c.Env = append(c.Env, "PII_KEY="+key)
		return string(output(t, c))
	}
	printed := call("run", file, "--run", dir+"/run", "--workers", "1")
	for _, args := range [][]string{{"show", dir + "/run"}, {"show", dir + "/run", "--rejects", "cn_id"}, {"check", file}} {
		printed += call(args...)
	}
	docs := readParts(t, dir+"/run/parts")
	text, _ := docs["kept"]["text"].(string)
	phone, _, _ := strings.Cut(text[strings.Index(text, "<phone:")+1:], ">")
	if again := fmt.Sprint(docs["again"]["text"]); phone == "" || !strings.Contains(again, phone) {
		t.Errorf("one number, two masks: %q, %q", text, again)
	}
	if n := docs["kept"]["sig_pii_payment_card"]; fmt.Sprint(n) != "1" || fmt.Sprint(docs["plain"]["sig_pii_payment_card"]) != "0" {
		t.Errorf("cards counted: %v; columns %v", n, docs["kept"])
	}
	rejects := readParts(t, dir+"/run/rejects")
	if d := rejects["dropped"]; d["rule"] != "cn_id" || fmt.Sprint(d["value"]) != "1" || !strings.Contains(fmt.Sprint(d["text"]), "<cn_id") {
		t.Errorf("the reject is %v", d)
	}
	files := 0
	err := filepath.WalkDir(dir+"/run", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // read only
		in, err := format.Decompress(t.Context(), f, stage.NewEnv())
		if err != nil {
			return err
		}
		var b bytes.Buffer
		_, _ = b.ReadFrom(in) // a file that is no stream ends in an error, with what was read
		files++
		for _, secret := range secrets {
			if bytes.Contains(b.Bytes(), []byte(secret)) {
				t.Errorf("%s holds %s", path, secret)
			}
		}
		return nil
	})
	if err != nil || files < 10 {
		t.Errorf("%d files, %v", files, err)
	}
	for _, secret := range secrets {
		if strings.Contains(printed, secret) {
			t.Errorf("%s is printed", secret)
		}
	}
	c := program(t, "run", file, "--run", dir+"/other")
	if code, stderr := exit(t, c); code != 2 && code != 1 || !strings.Contains(stderr, "the variable PII_KEY is not set") {
		t.Errorf("without the key: %d, %s", code, stderr)
	}
}
