package pii

import (
	"strings"
	"testing"
	"time"
)

// example is a text in which <4> and <E> stand for what is replaced.
type example struct{ in, want string }

func testPIICases(t *testing.T, kept []string, cases []example) {
	t.Helper()
	s := openPII(t, markers, 1)
	for _, in := range kept {
		cases = append(cases, example{in, in})
	}
	for _, c := range cases {
		if got := s.Replace(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// TestPIIHeadings: a number at the start of a line is a heading's if the other numbers
// of the text do not speak against it.
func TestHeadings(t *testing.T) {
	testPIICases(t, []string{
		"8.8.4.3 Scope\n8.8.4.4 Terms", "8.8.4.4 Terms\ntext\n8.8.4.5 Symbols", "8.8.4 General\n8.8.4.4 Terms", "1.1.1 One\n1.1.1.1 First", "# 1.1.1\n\n## 1.1.1.1 First\n", "Section 8.8.8.8 Heading",
		"* 8.4.2.1 General", "- 8.4.2.1 General", "•\t8.4.2.1 General", "+ **8.4.2.1** General", "20.4.2.1 General", "30.1.2.3 One\n30.1.2.4 Two", "41.7.2 Above\n41.7.2.3 General", "41.7 Above\n41.7.2.3 General",
		"7.7.7 Above\n7.7.7.7 General", "7.7 Above\n7.7.7.7 General", "7.7.7.6 Before\n7.7.7.7 General",
		"4.3.2.9 Last\n4.3.3.1 First\n4.4.1.1 Next\n5.1.1.1 Other", "4.3.2.1 One\n4.3.2.4 Skipped", "93.184.2 Up\n4.3.2.1 Title",
		"4.3.2 Up\n4.3.2.1 Title\n6.4.1 Up\n6.4.1.7 Title", "6.4. Up\n6.4.1.7 Title\n4.3. Up\n4.3.2.1 Title",
	}, []example{
		{"8.8.8.8 Google DNS", "<4> Google DNS"}, {"1.1.1.1 Cloudflare", "<4> Cloudflare"}, {"8.8.4.4 Heading", "<4> Heading"}, {"9.9.9.9 Quad", "<4> Quad"}, {"- 8.8.8.8 Google", "- <4> Google"},
		{"8.8.8.8 Google DNS\n8.8.4.4 Google DNS\n1.1.1.1 Cloudflare\n1.0.0.1 Cloudflare", "<4> Google DNS\n<4> Google DNS\n<4> Cloudflare\n<4> Cloudflare"},
		{"8.8 Above\n8.8.8.8 Google", "8.8 Above\n<4> Google"}, {"8.8.8.80 Host\n8.8.8.8 Google", "8.8.8.80 Host\n<4> Google"}, {"7.7.7.7 General", "<4> General"},
		{"212.58.244.70 Paper\n8.26.56.26 Shop\n9.9.9.11 Quad", "<4> Paper\n<4> Shop\n<4> Quad"}, {"192.168.1.1 Router\n4.2.2.2 Level\n4.2.2.3 Level", "192.168.1.1 Router\n<4> Level\n<4> Level"},
		{"5.9.12.3 Alpha\n8.26.56.26 Beta\n", "<4> Alpha\n<4> Beta\n"}, {"- 5.9.12.3 Alpha\n\n- 8.26.56.26 Beta", "- <4> Alpha\n\n- <4> Beta"},
		{"21.4.2.1 General", "<4> General"}, {"31.1.2.3 One\n31.1.2.4 Two", "<4> One\n<4> Two"}, {"41.7.20 Above\n41.7.2.3 General", "41.7.20 Above\n<4> General"}, {"41.7% Above\n41.7.2.3 General", "41.7% Above\n<4> General"},
		{"4.3.2.1 Title\n93.184.216.34 Berlin", "<4> Title\n<4> Berlin"}, {"4.3.2 Up\n4.3.2.1 Title\n93.184.216.34 Berlin", "4.3.2 Up\n4.3.2.1 Title\n<4> Berlin"},
		{"-8.4.2.1 General", "-<4> General"}, {"at\t8.4.2.1 General", "at\t<4> General"}, {strings.Repeat(" ", 40) + "8.4.2.1 General", strings.Repeat(" ", 40) + "<4> General"},
	})
}

// TestPIIReleases: the table of label.
func TestReleases(t *testing.T) {
	var cases []example
	both := func(label string, kept bool, numbers ...string) {
		for _, n := range numbers {
			c := example{strings.ReplaceAll(label, "%s", n), strings.ReplaceAll(label, "%s", "<4>")}
			if kept {
				c.want = c.in
			}
			cases = append(cases, c)
		}
	}
	low, flat, host := []string{"1.2.3.4", "4.5.6.7", "11.2.202.228", "30.0.0.134"}, []string{"31.0.15.36", "58.0.31.35"}, []string{"93.184.216.34", "100.1.2.3", "31.13.200.1"}
	for _, label := range []string{"version: %s", "Version = %s", "version (%s)", "ver=%s", "v: %s", "version >= %s", "version ≥ %s", "version <= %s", "version number: %s", "version=\"%s\"", "版本：%s"} {
		both(label, true, low...)
		both(label, true, flat...)
		both(label, true, host...)
	}
	for _, label := range []string{"the version %s came", "Ver %s", "Version %s", "v %s", "версия %s", "versión %s", "版本 %s", "新版本%s"} {
		both(label, true, low...)
		both(label, true, flat...)
		both(label, false, host...)
	}
	for _, label := range []string{"After the build %s connected again.", "Build %s failed", "Our update %s log", "versions: %s", "versions %s", "firmware %s", "kernel %s", "driver %s", "BIOS %s", "patch %s", "rev. %s",
		"release %s", "build: %s", "(build: %s)", "Firmware: %s", "* **Build:** %s", "x86, kernel: %s", "\"build\": \"%s\"", "build=%s", "kernel >= %s", "the %s version", "a new %s release", "the **%s** version", "versions 1.2.3.4, 2.3.4.5 and %s", "%s 版本"} {
		both(label, true, low...)
		both(label, false, flat...)
		both(label, false, host...)
	}
	for _, label := range []string{"last version.%s", "It has a version.%s answered", "after the release.%s"} {
		both(label, true, low...)
		both(label, false, flat...)
		both(label, false, host...)
	}
	for _, label := range []string{"ver.%s", "v.%s", "libmill.so.%s", "mill-1.%s", "mill_x.%s", ".%s"} {
		both(label, true, low...)
		both(label, true, host...)
	}
	for _, label := range []string{"the build: %s", "New release: %s is down", "Update: %s", "latest update: %s failed", "patch: %s", "build (%s)", "in release. %s answered", "IP %s version 2", "the %s versioning host", "the host %s release", "the server %s updates",
		"version 1.2.3.4, 8.8.8.8 and 93.2.2.2, %s", "the colonel %s", "warehouse %s"} {
		text := strings.ReplaceAll(label, "8.8.8.8 and 93.2.2.2, ", "")
		both(text, false, host...)
		both(text, false, "5.9.12.3")
	}
	testPIICases(t, []string{"version 4.5.6.7, 4.5.6.8 and 4.6.0.1", "version 4.5.6.7 to 4.5.6.8"}, append(cases,
		example{"version 9.9.9.9, 9.9.9.9", "version 9.9.9.9, <4>"}, example{"Build: 8.8.8.8", "Build: <4>"}))
}

// TestPIIParts: the names of parts of documents, and enzymes.
func TestParts(t *testing.T) {
	var kept []string
	var cases []example
	for label := range strings.SplitSeq("Sec|sec.|SEC.|Section|par.|Par.|Part|part|Rule|Step|Clause|Item|Abschnitt|im Abschnitt|Abschn.|Kapitel|Kap.|Abs.|Absatz|§|§§|Ziffer|Tabelle|Tab.|Abbildung|Abb.|Anhang|Artikel|Art.|Teil|Punkt|Gleichung|"+
		"Chapitre|alinéa|Étape|Sección|sección|Capítulo|artículo|Sezione|раздел|Глава|п.|рис.|Equation|Eq.|Rules|Parts|Equations", "|") {
		kept = append(kept, label+" 4.3.2.1 gilt", label+" 4.3.2.1, 4.3.2.2 and 4.3.2.3.", label+" 4.3.2.1, 5.1.2.1 und 6.3.2.3", label+" 4.3.2.1-4.3.2.9", "("+label+" 4.3.2.1)", "a\n"+label+"\u00a04.3.2.1")
		cases = append(cases, example{label + " 93.184.216.34 gilt", label + " <4> gilt"}, example{label + ". 93.184.216.34", label + ". <4>"}, example{label + " 4.3.2.1, 93.184.216.34", label + " 4.3.2.1, <4>"})
	}
	kept = append(kept, "§ 4.3.2.1 und Abs. 5.4.3.2", "Equation (8.4.2.1)", "Eq. (8.4.2.1) and (8.4.2.2)", "Eqs. (8.4.2.1), (8.4.2.2)", "Gleichung (8.4.2.1)", "Section 4.3.2.1/4.3.2.2", "Section 4.3.2.1; 4.3.2.2",
		"EC 3.4.21.4 trypsin", "(EC 3.4.21.4)", "EC: 3.4.21.117", "EC number 1.1.1.27", "EC 7.1.1.1", "EC 3.4.21.4, 3.4.21.5 and 3.4.22.1", "E.C. 3.4.21.4", "EC3.4.21.4", "EC-3.4.21.4")
	testPIICases(t, kept, append(cases, []example{
		{"envoyé par 5.9.12.3", "envoyé par <4>"}, {"the counterpart 5.9.12.3", "the counterpart <4>"}, {"abs 5.9.12.3", "abs <4>"}, {"smart 5.9.12.3", "smart <4>"}, {"Überteil 5.9.12.3", "Überteil <4>"}, {"the rule: 5.9.12.3", "the rule: <4>"},
		{"the part (5.9.12.3)", "the part (<4>)"}, {"In section 4.3.2.1, 8.8.8.8 is named", "In section 4.3.2.1, <4> is named"}, {"section 4.3.2.1 (8.8.8.8)", "section 4.3.2.1 (<4>)"}, {"see the equation: 5.9.12.3", "see the equation: <4>"},
		{"EC 8.1.1.2", "EC <4>"}, {"EC2 3.4.21.4", "EC2 <4>"}, {"spec 3.4.21.4", "spec <4>"}, {"see 7.4.2.11 below", "see <4> below"}, {"[8.4.2.1]", "[<4>]"}, {"4.3.2.1 and 5.9.12.3", "<4> and <4>"},
	}...))
}

// TestPIIDomainDigits: no top-level domain ends in a digit.
func TestDomainDigits(t *testing.T) {
	testPIICases(t, []string{"x@y.z1", "user@host.rc1", "name@1.2.dev1", "song@2x.mp3", "a@host.local2"}, []example{
		{"joe@uni.edu1, ann@uni.edu2", "<E>1, <E>2"}, {"joe@example.co.uk3", "<E>3"}, {"joe@example.com1.example.org", "<E>"}, {"joe@h2.example.org", "<E>"}, {"joe@example.com.z1", "<E>.z1"}, {"joe@xn--80ak6aa92e.com", "<E>"},
	})
}

// Many numbers at the starts of lines cost no more than in proportion.
func TestHeadingsLinear(t *testing.T) {
	s := openPII(t, markers, 1)
	for _, line := range []string{"4.3.2.1 Title of it\n", "8.8.4.4 Title\n", "4.3.2.1 Title ", "section 4.3.2.1, ", "4.3.2.1, "} {
		text := strings.Repeat(line, 1<<20/len(line))
		start := time.Now()
		s.Replace(text)
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%q: %v for %d bytes", line, took, len(text))
		}
	}
}
