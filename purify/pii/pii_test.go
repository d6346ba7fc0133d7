package pii

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
	"unsafe"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

var _ stage.Editor = (*Stage)(nil)

// markers replaces every kind by one plain mark.
var markers = PII{IPv6: true, Phones: "cn", IDs: "cn", EmailReplacements: []string{"<E>"}, IPReplacements: []string{"<4>"},
	IPv6Replacements: []string{"<6>"}, PhoneReplacements: []string{"<P>"}, IDReplacements: []string{"<I>"}}

func openPII(t testing.TB, p PII, seed uint64) *Stage {
	env := stage.NewEnv()
	env.Seed = seed
	s, err := Open(context.Background(), p, env)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMatches(t *testing.T) {
	s := openPII(t, markers, 1)
	for _, c := range []struct{ in, want string }{
		{"", ""}, {"@", "@"}, {".", "."}, {"a@", "a@"}, {"@b.com", "@b.com"}, {"no data here. None at all", "no data here. None at all"},
		// E-mail.
		{"write to joe@example.com.", "write to <E>."}, {"joe.m-x+y_z@mail.example.co.uk", "<E>"},
		{"'joe@a.org', <ann@a.org>; (bob@a.org)", "'<E>', <<E>>; (<E>)"},
		{"mailto:joe@a.org?subject=x", "mailto:<E>?subject=x"}, {"https://a.b/u/joe@a.org", "https://a.b/u/<E>"},
		{"https://medium.com/@some.one/x", "https://medium.com/@some.one/x"}, {"maps/@52.52,13.4", "maps/@52.52,13.4"},
		{"..joe@a.org", "..<E>"}, {"a..joe@a.org", "a..<E>"}, {"joe.@a.org", "joe.@a.org"}, {"joe@a", "joe@a"}, {"joe@a.b", "joe@a.b"},
		{"joe@a.bc", "<E>"}, {"joe@a..bc", "joe@a..bc"}, {"joe@-a.org", "joe@-a.org"}, {"joe@a-.org", "joe@a-.org"},
		{"joe@a.org-", "<E>-"}, {"joe@1.2", "joe@1.2"}, {"joe@a.org.5", "<E>.5"}, {"a@b@c.org", "a@<E>"}, {"a@b.org@c.org", "<E>@c.org"},
		{"jürgen@müller.de", "<E>"}, {"邮箱joe@a.org欢迎", "邮箱<E>欢迎"}, {"联系：joe@a.org。", "联系：<E>。"}, {"+@a.org", "+@a.org"},
		{"joe@[9.8.7.6]", "<E>"}, {"joe@[IPv6:2a00::1]", "<E>"}, {"joe@[x]", "joe@[x]"}, {"joe@[", "joe@["},
		{"ssh://joe@a.org/x", "ssh://joe@a.org/x"}, {"mailto://joe@a.org", "mailto://<E>"}, {"git@a.org:x/y", "git@a.org:x/y"}, {"git@a.org", "<E>"}, {"see !news@a.org", "see !news@a.org"},
		{"<Pine.4.58.0504071023190.28951@a.org>", "<Pine.4.58.0504071023190.28951@a.org>"}, {"j.13800138000@a.org", "<E>"}, {"13800138000@a.org", "<E>"},
		{"@joe@a.org", "@joe@a.org"}, {"see @joe@a.org.", "see @joe@a.org."}, {"joe@@a.org", "joe@@a.org"}, {"joe@lemmy.world", "joe@lemmy.world"}, {"joe@lemmyfan.org", "<E>"},
		{"joe@a.org:src/x", "joe@a.org:src/x"}, {"joe@a.org:/x", "joe@a.org:/x"}, {"joe@a.org: yes", "<E>: yes"}, {"joe@a.org:", "<E>:"}, {"joe@a.org:25", "<E>:25"},
		{"smtp://x:y@a.org/", "smtp://x:y@a.org/"}, {"https://lore.kernel.org/x.y@a.org", "https://lore.kernel.org/x.y@a.org"},
		{"Message-ID: <x.y@a.org>", "Message-ID: <x.y@a.org>"}, {"From: <x.y@a.org>", "From: <<E>>"}, {"lodash@4.17.21", "lodash@4.17.21"}, {"@babel/core@7.1", "@babel/core@7.1"},
		// IPv4: the whole of 8.8.8.8 and its neighbours at the edges of blocks.
		{"8.8.8.8", "<4>"}, {"at 8.8.8.8.", "at <4>."}, {"8.8.8.8:80, 8.8.8.8/24", "<4>:80, <4>/24"}, {"8.8.8.8-8.8.8.9", "<4>-<4>"},
		{"http://8.8.8.8/x", "http://<4>/x"}, {"地址8.8.8.8是", "地址<4>是"}, {"8.8.8.8...", "<4>..."}, {"root@8.8.8.8", "root@<4>"},
		{"8.8.8", "8.8.8"}, {"1.2.3.4.5", "1.2.3.4.5"}, {"1234.5.6.7", "1234.5.6.7"}, {"8.8.8.256", "8.8.8.256"}, {"8.8.8.255", "<4>"},
		{"8.8.8.08", "8.8.8.08"}, {".8.8.8.8", ".8.8.8.8"}, {"8.8..8.8", "8.8..8.8"}, {"v8.8.8.8", "v8.8.8.8"}, {"8.8.8.8a", "8.8.8.8a"},
		{"8.8.8.8-beta", "8.8.8.8-beta"}, {"Agent/8.8.8.8", "Agent/8.8.8.8"}, {"tool-8.8.8.8.zip", "tool-8.8.8.8.zip"}, {"x_8.8.8.8", "x_8.8.8.8"},
		{"version 8.8.8.8", "version 8.8.8.8"}, {"Ver. 8.8.8.8", "Ver. 8.8.8.8"}, {"conversion 8.8.8.8", "conversion <4>"}, {"版本：8.8.8.8", "版本：8.8.8.8"},
		{"9.255.255.255 10.0.0.0 10.255.255.255 11.0.0.0", "<4> 10.0.0.0 10.255.255.255 <4>"},
		{"100.63.255.255 100.64.0.0 100.127.255.255 100.128.0.0", "<4> 100.64.0.0 100.127.255.255 <4>"},
		{"126.255.255.255 127.0.0.1 128.0.0.0", "<4> 127.0.0.1 <4>"}, {"169.253.1.1 169.254.1.1 169.255.1.1", "<4> 169.254.1.1 <4>"},
		{"172.15.255.255 172.16.0.0 172.31.255.255 172.32.0.0", "<4> 172.16.0.0 172.31.255.255 <4>"},
		{"192.0.0.8 192.0.0.9 192.0.1.1 192.0.2.1 192.0.3.1", "192.0.0.8 <4> <4> 192.0.2.1 <4>"}, {"192.167.1.1 192.168.1.1 192.169.1.1", "<4> 192.168.1.1 <4>"},
		{"192.88.98.1 192.88.99.1 192.88.100.1", "<4> 192.88.99.1 <4>"},
		{"198.17.0.1 198.18.0.1 198.19.0.1 198.20.0.1 198.51.100.1 198.51.101.1", "<4> 198.18.0.1 198.19.0.1 <4> 198.51.100.1 <4>"},
		{"203.0.112.1 203.0.113.1 203.0.114.1", "<4> 203.0.113.1 <4>"}, {"0.1.2.3 1.0.0.0 223.255.255.255 224.0.0.1 255.255.255.255", "0.1.2.3 <4> <4> 224.0.0.1 255.255.255.255"},
		// IPv6.
		{"2a00:1450:4001:81b::200e", "<6>"}, {"[2a00::1]:80", "[<6>]:80"}, {"at 2a00::1.", "at <6>."}, {"2a00:: is", "<6> is"},
		{"12:30:45", "12:30:45"}, {"std::string a::b", "std::string a::b"}, {"fe80::1 fc00::1 ::1", "fe80::1 fc00::1 ::1"}, {"2001:db8::1 2001:db7::1", "2001:db8::1 <6>"},
		{"x2a00::1", "x2a00::1"}, {"2a00::1x", "2a00::1x"}, {"note: 2a00::1: yes", "note: <6>: yes"}, {"::", "::"}, {":", ":"}, {"2a00::12345", "2a00::12345"},
		// Phones.
		{"13800138000", "<P>"}, {"电话13800138000，", "电话<P>，"}, {"+8613800138000", "+86<P>"}, {"+86-13800138000", "+86-<P>"}, {"0086 138 0013 8000", "0086 <P>"},
		{"138-0013-8000", "<P>"}, {"138-0013 8000", "138-0013 8000"}, {"12800138000", "12800138000"}, {"1380013800", "1380013800"}, {"138001380000", "138001380000"},
		{"0.13800138000", "0.13800138000"}, {"13800138000.5", "13800138000.5"}, {"13800138000.", "<P>."}, {"x13800138000", "x13800138000"},
		// Identity numbers.
		{"11010519491231002X", "<I>"}, {"11010519491231002x", "<I>"}, {"110105194912310020", "110105194912310020"}, {"11010519491331002X", "11010519491331002X"},
		{"身份证440524188001010014。", "身份证440524188001010014。"}, {"111010519491231002X", "111010519491231002X"},
	} {
		if got := s.Replace(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// TestPIINumbering: four numbers that are called something else are no address, if
// the label is directly before them.
func TestNumbering(t *testing.T) {
	s := openPII(t, markers, 1)
	for _, in := range []string{
		// Versions.
		"version 8.8.8.8", "Version: 8.8.8.8", "VERSION=8.8.8.8", `version="8.8.8.8"`, "version (8.8.8.8)", "Version #8.8.8.8", "version no. 8.8.8.8", "version number: 8.8.8.8",
		"v 8.8.8.8", "V. 8.8.8.8", "ver 8.8.8.8", "Ver. 8.8.8.8", "rev. 8.8.8.8", "release 8.8.8.8", "build 8.8.8.8", "build=8.8.8.8", "build = 8.8.8.8", "Firmware 8.8.8.8", "update 8.8.8.8",
		"firmware version: 8.8.8.8", "versions 8.8.8.8, 8.8.8.9 and 8.8.9.0", "版本 8.8.8.8", "版本号：8.8.8.8", "版本（8.8.8.8）", "バージョン 8.8.8.8",
		// Parts of documents.
		"See section 4.3.2.1 of the manual.", "Sections 4.3.2.1 and 5.3.2.2, clauses 4.3.2.1-4.3.2.9", "in\u00a0clause\u00a04.3.2.1", "Table 4.3.2.1: sums", "Fig. 4.3.2.1", "figures 4.3.2.1, 4.3.2.2, and 4.3.2.3",
		"§4.3.2.1", "§ 4.3.2.1", "§§ 4.3.2.1, 4.3.2.2", "chapter 4.3.2.1", "subclause 4.3.2.1", "see section\n4.3.2.1 of", "see section\r\n  4.3.2.1 of", "Appendix 4.3.2.1", "Table No. 4.3.2.1", "sec. 99.3.2.1",
		"第4.3.2.1节", "第 4.3.2.1 条", "见4.3.2.1节", "4.3.2.1 章", "表4.3.2.1", "见表 4.3.2.1", "如图4.3.2.1所示", "条款4.3.2.1", "条款 4.3.2.1、4.3.2.2", "附录4.3.2.1", "第4.3.2.1至4.3.2.9款",
		// Object identifiers.
		"OID 2.5.4.3", "OID: 2.5.4.3", "oid=2.5.4.3", "urn:oid:2.5.4.3", "the attribute's OID 2.5.4.3", "OIDs 2.5.4.3 and 2.5.4.10", "OBJECT IDENTIFIER 2.5.4.3", "the object identifier 2.5.4.3", "1.3.6.1 is the arc", "1.3.6.1.4.1.311", ".1.3.6.1",
		// Headings.
		"8.7.4.4 Heading", "text\n8.7.4.4 Heading\ntext", "# 4.3.2.1 Scope", "  4.3.2.1. Scope", "4.3.2.1\tThe owner keeps the mill.", "4.3.2.1 GENERAL PROVISIONS", "4.3.2.1 A title", "4.3.2.1 总则\n", "4.3.2.1) Scope", "**4.3.2.1 Scope**", "## **4.3.2.1** Scope",
		// Markdown.
		"**Version:** 8.8.8.8", "version `8.8.8.8`", "release **8.8.8.8**", "build number 8.8.8.8", "section **4.3.2.1**", "OID `2.5.4.3`",
	} {
		if got := s.Replace(in); got != in {
			t.Errorf("%q: got %q, want it unchanged", in, got)
		}
	}
	for _, in := range []string{
		// The word is of another sentence, or no label.
		"after the release. %s answered", "latest update: %s tried to log in", "Update: %s", "They finished the build. %s is down", "the build: %s", "the new firmware (%s has it)", "the release, %s",
		"a new version. %s answered", "which version? %s", "the version; %s", "release\n%s", "the release (%s)", "\"build\" %s", "the revision! %s", "此版本。%s", "新版本，%s", "conversion %s", "rebuild %s",
		"no. %s", "number %s", "versions of %s", "version 1.2 of %s",
		"the section. %s", "in this chapter: %s", "see the table (%s)", "see the table: %s", "intersection %s", "the figure, %s", "for example %s", "access point %s", "列表 %s", "数据表 %s", "路由表%s", "地图 %s", "%s节点", "%s条目", "下表：%s", "章节。%s",
		"the oid. %s", "the host's identifier %s", "android %s", "the void %s",
		"%s", "%s\n", "%s is up", "%s - - [1/Jan]", "%s GET /index", "%s, Heading", "at %s Heading", "%s 是服务器", "%s 服务器，在", "%s\nHeading", "- %s Heading", "* %s Heading", "**Update:** %s", "(%s) Heading", "%s: Host unreachable", "%s POST /a", "%s IN PTR",
	} {
		for _, ip := range []string{"8.8.8.8", "93.184.216.34"} {
			text := strings.ReplaceAll(in, "%s", ip)
			if got, want := s.Replace(text), strings.ReplaceAll(in, "%s", "<4>"); got != want {
				t.Errorf("%q: got %q, want %q", text, got, want)
			}
		}
	}
	for _, c := range []struct{ in, want string }{
		{"section 93.184.216.34", "section <4>"}, {"section 99.1.2.100", "section <4>"}, {"93.184.216.34 Heading", "<4> Heading"}, {"第93.184.216.34节", "第<4>节"},
		{"1.0.0.1 Heading", "<4> Heading"}, {"section 4.3.2.1. 8.8.8.8 answered", "section 4.3.2.1. <4> answered"}, {"version 9.9.9.9, 8.8.8.8", "version 9.9.9.9, <4>"},
		{"OIDs 2.5.4.3. 8.8.8.8", "OIDs 2.5.4.3. <4>"}, {"1.3.6.2 is none", "<4> is none"}, {strings.Repeat("水", 50) + "8.8.8.8", strings.Repeat("水", 50) + "<4>"},
	} {
		if got := s.Replace(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// TestPIIFileNames: names of files and packages hold an @ as well.
func TestFileNames(t *testing.T) {
	s := openPII(t, markers, 1)
	for _, in := range []string{
		"![mill](img/icon@2x.png)", "logo@3x.jpg", "a@1.5x.webp", "a@2X.PNG", "a@2x-dark.svg", "a@2x.min.png", "a@2x.pro.png", "a@dark.min.png", "a@hi.gif?v=3", "bg@2x.tar.gz",
		"name@1.2.3.tgz", "name@v1.2.3.tgz", "@scope/name@1.2.3.tgz", "lodash@4.17.21.zip", "name@1.2.3-beta.1", "name@1.2.3-rc.beta", "name@1.2.3", "name@v1.2.dev", "checkout@v4.1.0", "name@1.2.3rc1", "a@index.html",
	} {
		if got := s.Replace(in); got != in {
			t.Errorf("%q: got %q, want it unchanged", in, got)
		}
	}
	for _, c := range []struct{ in, want string }{
		{"bob@2x.io", "<E>"}, {"bob@3x.com", "<E>"}, {"bob@163.com", "<E>"}, {"bob@vip.163.com", "<E>"}, {"bob@2x.design.io", "<E>"}, {"bob@21cn.com", "<E>"},
		{"bob@example.com.png", "<E>.png"}, {"bob@example.co.uk.tar.gz", "<E>.tar.gz"}, {"bob@1.2.3.4.example.org", "<E>"}, {"bob@v2.example.org", "<E>"}, {"bob@mail.corp", "<E>"}, {"bob@png.com", "<E>"},
	} {
		if got := s.Replace(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestSwitches(t *testing.T) {
	in := "joe@a.org 8.8.8.8 2a00::1 13800138000 11010519491231002X"
	for _, c := range []struct {
		p    PII
		kept string
	}{
		{PII{}, "2a00::1 13800138000 11010519491231002X"},
		{PII{KeepEmails: true}, "joe@a.org"},
		{PII{KeepIPs: true, IPv6: true}, "8.8.8.8 2a00::1"},
		{PII{Phones: "cn"}, "11010519491231002X"},
	} {
		if got := openPII(t, c.p, 1).Replace(in); !strings.Contains(got, c.kept) {
			t.Errorf("%+v: got %q, want %q kept", c.p, got, c.kept)
		}
	}
	for _, bad := range []PII{{Phones: "usa"}, {IDs: "x"}, {EmailReplacements: []string{""}}, {IPReplacements: make([]string, maxReplacements+1)}} {
		if _, err := Open(t.Context(), bad, stage.NewEnv()); err == nil {
			t.Errorf("%+v: accepted", bad)
		}
	}
}

// The replacement depends on match and seed alone, and is never replaced again.
func TestDeterministic(t *testing.T) {
	p := PII{IPv6: true, Phones: "cn", IDs: "cn"}
	a, b := openPII(t, p, 1), openPII(t, p, 2)
	seen, differ := map[string]bool{}, false
	for i := range 64 {
		match := fmt.Sprintf("user%d@host.org 9.9.9.%d", i, i)
		alone := a.Replace(match)
		if got := a.Replace("x@y.org 8.8.4.4 " + match); !strings.HasSuffix(got, " "+alone) {
			t.Errorf("%q: %q alone, %q behind others", match, alone, got)
		}
		if again := a.Replace(alone); again != alone {
			t.Errorf("replaced again: %q, %q", alone, again)
		}
		differ = differ || b.Replace(match) != alone
		for f := range strings.FieldsSeq(alone) {
			seen[f] = true
		}
	}
	if len(seen) != 8 || !differ {
		t.Errorf("%d of 8 replacements in use; another seed differs: %v", len(seen), differ)
	}
	for _, list := range [][]string{{"2a00::1", "2001:db8::1"}, {"13800138000", "12345678901"}, {"11010519491231002X", "110101190001010000"}} {
		if got := a.Replace(list[0]); !strings.HasPrefix(got, list[1][:4]) || a.Replace(got) != got {
			t.Errorf("%q became %q", list[0], got)
		}
	}
}

func TestKeepsString(t *testing.T) {
	s := openPII(t, PII{}, 1)
	d := &corpus.Document{Text: "Nothing at home. 10.0.0.1 is private, email@example.com an example."}
	before := unsafe.StringData(d.Text)
	if v, err := s.Apply(d); !v.Kept() || err != nil || unsafe.StringData(d.Text) != before {
		t.Errorf("text without a hit was copied: %v %v", v, err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if s.Replace("to joe@a.org now") == "to joe@a.org now" {
					t.Error("not replaced")
				}
			}
		})
	}
	wg.Wait()
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"0@1@1.CC", "joe@a.org", "a@b@c.de.", "8.8.8.8", "1.2.3.4.5", "2a00::1", "::::", "x@[1.2.3.4]", "13800138000", "11010519491231002X", "é@é.éé", "@.@.@", "joe@a.org1", "8.8.4\n8.8.4.4 Heading\n- 1.2.3.4 Host", "section 1.2.3.4, (5.6.7.8", "word.93.2.3.4", "the 1.2.3.4 version"} {
		f.Add(s)
	}
	stages := []*Stage{openPII(f, PII{IPv6: true, Phones: "cn", IDs: "cn"}, 1), openPII(f, markers, 1)}
	f.Fuzz(func(t *testing.T, in string) {
		for _, s := range stages {
			out := s.Replace(in)
			if utf8.ValidString(in) && !utf8.ValidString(out) {
				t.Errorf("%q: broke UTF-8: %q", in, out)
			}
			if again := s.Replace(out); again != out {
				t.Errorf("%q: %q, again %q", in, out, again)
			}
			scan := s.open()
			scan.find(in)
			last := 0
			for _, h := range resolved(scan.hits) {
				if h.start < last || h.end <= h.start || h.end > len(in) {
					t.Errorf("%q: match %d:%d after %d", in, h.start, h.end, last)
				}
				last = h.end
			}
			s.close(scan)
		}
	})
}

func ExampleOpen() {
	pii, err := Open(context.Background(), PII{EmailReplacements: []string{"email@example.com"}}, stage.NewEnv())
	if err != nil {
		panic(err)
	}
	fmt.Println(pii.Replace("Ask jane.doe@corp.org (host 10.0.0.7, version 1.2.3.4)."))
	// Output: Ask email@example.com (host 10.0.0.7, version 1.2.3.4).
}

func BenchmarkScan(b *testing.B) {
	s := openPII(b, PII{}, 1)
	text := strings.Repeat("A sentence of plain words, as most of them are. Another one follows. ", 100)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Replace(text)
	}
}

// everything looks for every kind.
var everything = PII{Actions: map[string]string{"all": actionReplace}, Phones: "world"}

func BenchmarkAll(b *testing.B) {
	s := openPII(b, everything, 1)
	for name, unit := range map[string]string{
		"english": "A sentence of plain words, as most of them are; it's from 2024, at 5 p.m. in well-known places. Another one follows: that of (few) words. ",
		"chinese": "这是一段普通的中文文本，其中没有任何个人信息；二〇二四年的某一天，“他们”在城里走了很久。后来，他们回家了！",
	} {
		text := strings.Repeat(unit, 1000)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				s.Replace(text)
			}
		})
	}
}

// A text without a match costs no allocation, whatever bytes it has.
func TestAllocates(t *testing.T) {
	s := openPII(t, everything, 1)
	text := strings.Repeat("Plain words, 12:30 on 2024-05-17, v1.2.3 of a well-known thing; 1,234,567 of them = all. 中文，“引号”。2001 2002 2003 (12) 5-6 x_y\n", 50)
	if n := testing.AllocsPerRun(20, func() { s.Replace(text) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}

// Work is linear in the text: what one byte costs does not grow with the bytes.
func TestLinear(t *testing.T) {
	s := openPII(t, everything, 1)
	for _, unit := range []string{"1", "1 ", "1-", "1.", "1.1", "1:", "a:", ":", "@", "a@", "a@a.", "-", "_", "ghp_", "sk-", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nMIIE\n",
		".eyJ", "eyJ.eyJ.", "://a:b@", "a://a:", "password=", "password=a1b2c3d4e5f6g7h8;", "13800138000 ", "13800138000", "(1", "+1", "Tel 1-", "020 7946 0958 ", "DE89", "DE89 3704 ", "aa:", "aa-", "aaaa.",
		"１", "＠", "\xff", "\xef\xbc", "😀", "שלום 1", "1.1.1.1 A\n", "section 1.1.1.1, ", "62220212345678 ", "身份证110101", "\u00a0", "1\u00a0"} {
		text := strings.Repeat(unit, (1<<17)/len(unit))
		out := s.Replace(text)
		if again := s.Replace(out); again != out {
			t.Errorf("%q: again another text", unit)
		}
	}
}

// maskEnv is an environment with a key for masks.
func maskEnv(key string) *stage.Env {
	env := stage.NewEnv()
	env.Lookup = func(name string) (string, bool) { return key, name == "PII_KEY" }
	return env
}

func openMask(t testing.TB, key string, p PII) *Stage {
	t.Helper()
	p.MaskKeyEnv = "PII_KEY"
	s, err := Open(t.Context(), p, maskEnv(key))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A mask is the same for the same datum however it is written, another for each other
// datum, kind and key, and no match itself.
func TestMask(t *testing.T) {
	p := PII{Actions: map[string]string{"all": actionMask}, Phones: "gb,cn"}
	s, other := openMask(t, "sixteen bytes ok", p), openMask(t, "another key of 25 bytes", p)
	for _, same := range [][]string{
		{"joe@a.org", "Joe@A.org", "ｊｏｅ＠ａ.org"}, {"13800138000", "138-0013-8000", "138 0013 8000", "１３８００１３８０００"}, {"11010519491231002X", "11010519491231002x"},
		{"Tel. 020 7946 0958", "Tel. +44 20 7946 0958", "Tel. +44 (0)20 7946 0958"}, {"card 4111 1111 1111 1111", "card 4111-1111-1111-1111", "card 4111111111111111"},
		{"DE89 3704 0044 0532 0130 00", "DE89370400440532013000"}, {"at aa:bb:cc:dd:ee:01", "at AA-BB-CC-DD-EE-01"}, {"2a00::1", "2a00:0:0:0:0:0:0:1"},
	} {
		want := s.Replace(same[0])
		if !strings.Contains(want, "<") || s.Replace(want) != want || other.Replace(same[0]) == want {
			t.Errorf("%q became %q, again %q, by another key %q", same[0], want, s.Replace(want), other.Replace(same[0]))
		}
		for _, in := range same[1:] {
			if got := s.Replace(in); got != want {
				t.Errorf("%q became %q, %q became %q", same[0], want, in, got)
			}
		}
	}
	if s.Replace("13800138000") == s.Replace("13800138001") || s.Replace("joe@a.org") == s.Replace("joe@b.org") {
		t.Error("two data have one mask")
	}
	if s.Digest() == "" || s.Digest() == other.Digest() || openPII(t, PII{}, 1).Digest() != "" {
		t.Error("the digest does not hang on the key")
	}
}

func TestActions(t *testing.T) {
	in := "joe@a.org 8.8.8.8 13800138000 11010519491231002X"
	for _, c := range []struct {
		p    PII
		want string
	}{
		{PII{Actions: map[string]string{"email": actionTag}}, "joe@a.org <4> 13800138000 11010519491231002X"},
		{PII{Actions: map[string]string{"all": actionTag, "phone": actionReplace}}, "joe@a.org 8.8.8.8 <P> 11010519491231002X"},
		{PII{Actions: map[string]string{"all": actionOff, "cn_id": actionReplace}}, "joe@a.org 8.8.8.8 13800138000 <I>"},
		{PII{Actions: map[string]string{"phone": actionOff}, Phones: "cn"}, "<E> <4> 13800138000 11010519491231002X"},
		{PII{KeepEmails: true, Actions: map[string]string{"all": actionReplace}}, "joe@a.org <4> <P> <I>"},
	} {
		c.p.EmailReplacements, c.p.IPReplacements, c.p.PhoneReplacements, c.p.IDReplacements = []string{"<E>"}, []string{"<4>"}, []string{"<P>"}, []string{"<I>"}
		if got := openPII(t, c.p, 1).Replace(in); got != c.want {
			t.Errorf("%v: got %q, want %q", c.p.Actions, got, c.want)
		}
	}
}

// A document is dropped by the kind and its number, at one more than the limit, and its
// text has nothing left of what was found.
func TestDrops(t *testing.T) {
	p := PII{Actions: map[string]string{"all": actionTag, "email": actionMask, "cn_id": actionDrop, "ipv4": actionReplace}, MaxCounts: map[string]int64{"phone": 2}, Counts: true, Phones: "cn"}
	s := openMask(t, "sixteen bytes ok", p)
	if got := strings.Join(s.Rules(), " "); got != "phone cn_id" {
		t.Errorf("rules: %s", got)
	}
	values := corpus.NewValues(len(s.Columns()))
	for _, c := range []struct {
		in, rule string
		n, limit float64
	}{
		{"13800138000 13800138001", "", 0, 0}, {"13800138000 13800138001 13800138002", "phone", 3, 2}, {"id 11010519491231002X", "cn_id", 1, 0}, {"id 110105194912310020", "", 0, 0},
		{"joe@a.org 8.8.8.8 11010519491231002X 13800138000", "cn_id", 1, 0},
	} {
		d := &corpus.Document{Text: c.in}
		v, err := s.Record(d, values)
		if err != nil || v.Rule != c.rule || v.Value != c.n || v.Limit != c.limit || v.Detail != "" {
			t.Errorf("%q: %v %v", c.in, v, err)
		}
		for _, secret := range []string{"joe@", "8.8.8.8", "13800138000", "11010519491231002X"} {
			if c.rule != "" && strings.Contains(d.Text, secret) {
				t.Errorf("%q: the rejected text has %s: %q", c.in, secret, d.Text)
			}
		}
		if c.rule == "" && values.Get(int(kindPhone)) != float64(strings.Count(c.in, "138001380")) {
			t.Errorf("%q: %v phones counted", c.in, values.Get(int(kindPhone)))
		}
	}
	tagged := openPII(t, PII{Actions: map[string]string{"phone": actionTag}}, 1)
	if got := tagged.Columns(); len(got) != 1 || got[0].Name != "phone" {
		t.Errorf("columns: %v", got)
	}
	if got := openPII(t, PII{}, 1).Columns(); len(got) != 0 {
		t.Errorf("columns without a word: %v", got)
	}
}

func TestSettings(t *testing.T) {
	for want, p := range map[string]PII{
		`actions: "mail" is no kind`: {Actions: map[string]string{"mail": actionMask}}, `actions: email: "hide"`: {Actions: map[string]string{"email": "hide"}},
		"mask_key_env: a mask needs a key": {Actions: map[string]string{"email": actionMask}}, "and not the key itself": {Actions: map[string]string{"email": actionMask}, MaskKeyEnv: "s3cret-key/of+mine"},
		"OTHER is not set": {Actions: map[string]string{"email": actionMask}, MaskKeyEnv: "OTHER"}, `max_counts: "x"`: {MaxCounts: map[string]int64{"x": 1}},
		"max_counts: iban is not looked for": {MaxCounts: map[string]int64{"iban": 1}}, "max_counts: email: -1": {MaxCounts: map[string]int64{"email": -1}}, `phones: "cn,usa"`: {Phones: "cn,usa"},
	} {
		if _, err := Open(t.Context(), p, maskEnv("sixteen bytes ok")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", p, err, want)
		}
	}
	if _, err := Open(t.Context(), PII{MaskKeyEnv: "PII_KEY"}, maskEnv("fifteen bytes k")); err == nil || strings.Contains(err.Error(), "fifteen") {
		t.Errorf("a short key: %v", err)
	}
}
