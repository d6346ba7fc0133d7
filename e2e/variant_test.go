package e2e_test

import (
	"fmt"
	"testing"
)

// TestLangVariant: the column has its own name, whatever the stage's, and comes back out of
// Parquet as it went in; lang stays.
func TestLangVariant(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir+"/in/a.jsonl", []byte(`{"id":"hans","text":"今天学校举行了开学典礼，老师和学生们都来了，大家说说笑笑，很热闹。"}
{"id":"tw","text":"台北捷運今天公布新的計程車轉乘規定，民眾可以透過網路查詢，軟體下週更新。"}
{"id":"hk","text":"港鐵今日公布新安排，市民可以乘搭的士或巴士前往九龍，網絡及軟件已更新。"}
{"id":"yue","text":"佢哋話聽日唔返工，我哋係咪去飲茶呀？冇嘢做嘅話就一齊去啦。"}
{"id":"en","text":"The bridge in the village was mended, and the children no longer walk around."}
`))
	file := writeFile(t, dir+"/p.yaml", fmt.Appendf(nil, `name: p
source: { jsonl: { paths: [%q] } }
stages:
  - language: { as: first, keep: { zh: 0, en: 0 }, lang_variant: true, variant: true, script: true }
sink: { parquet: {} }
`, dir+"/in/*.jsonl"))
	output(t, program(t, "run", file, "--run", dir+"/run", "--workers", "1"))
	output(t, program(t, "export", dir+"/run", "jsonl", "--out", dir+"/out"))
	docs := readParts(t, dir+"/out")
	if len(docs) != 5 {
		t.Fatalf("%d documents", len(docs))
	}
	for id, d := range docs {
		want := map[string]any{"hans": "zh-Hans", "tw": "zh-Hant-TW", "hk": "zh-Hant-HK", "yue": "yue", "en": nil}[id]
		if d["lang_variant"] != want || d["first_variant"] != want || d["lang"] != map[bool]string{true: "en", false: "zh"}[id == "en"] {
			t.Errorf("%s: %v, %v, %v; want %v", id, d["lang"], d["lang_variant"], d["first_variant"], want)
		}
		if script := map[bool]string{true: "Latn", false: "Hani"}[id == "en"]; d["first_script"] != script {
			t.Errorf("%s: script %v", id, d["first_script"])
		}
	}
}
