package main

import "testing"

func TestSiteHash(t *testing.T) {
	for _, c := range [][2]string{
		{"https://news.163.com/a.html", "https://money.163.com/b"},
		{"https://news.163.com/a.html", "https://money.163.com.wwwxmu.example/wangyi/35.html"},
		{"https://www.ttv.com.tw/x", "https://www.ttv.com.tw.daniel.example/20120112_x"},
		{"https://cwced.example/a", "https://cwced.example/b"},
	} {
		if siteHash(c[0]) != siteHash(c[1]) {
			t.Errorf("%s and %s are two sites", c[0], c[1])
		}
	}
	for _, c := range [][2]string{
		{"https://news.163.com.set.example/a", "https://news.qq.com.set.example/a"},
		{"https://a.com.tw/", "https://b.com.tw/"},
		{"https://one.example/", "https://two.example/"},
	} {
		if siteHash(c[0]) == siteHash(c[1]) {
			t.Errorf("%s and %s are one site", c[0], c[1])
		}
	}
}

func TestWeigh(t *testing.T) {
	var docs []*doc
	for range 4 * siteMost {
		docs = append(docs, &doc{siteHash: 1, gold: "x"})
	}
	docs = append(docs, &doc{siteHash: 2, gold: "x"}, &doc{siteHash: 1})
	for range siteMost {
		docs = append(docs, &doc{siteHash: 3, gold: "x"})
	}
	weigh(docs)
	for i, want := range map[int]float32{0: 0.25, 4 * siteMost: 1, len(docs) - 1: 1} {
		if docs[i].share != want {
			t.Errorf("page %d weighs %v, want %v", i, docs[i].share, want)
		}
	}
}

func TestHanPairs(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  []string
	}{
		{"蜜蜂飞", 10, []string{"蜜蜂", "蜂飞"}},
		{"蜜蜂飞", 2, []string{"蜜蜂"}},
		{"蜜 bee 蜂蜜", 10, []string{"蜂蜜"}},
		{"one two", 10, nil},
	} {
		got := hanPairs(c.text, c.limit)
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.text, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.text, got, c.want)
			}
		}
	}
}
