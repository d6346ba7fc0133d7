package e2e_test

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/format/warc"
)

// consentArchive is a crawl as an archive: pages whose sites say different things, what the
// crawler knew of them, and in a file of its own what robots.txt said later.
func consentArchive(t *testing.T, dir string) {
	t.Helper()
	var out bytes.Buffer
	w := warc.NewWriter(&out, warc.WriterOptions{Compression: warc.Gzip})
	date := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	put := func(url, header, body, known string) {
		fields := []warc.Field{{Name: "Content-Type", Value: "text/html"}}
		if name, value, ok := strings.Cut(header, ": "); ok {
			fields = append(fields, warc.Field{Name: name, Value: value})
		}
		h, block, err := warc.NewResponse(url, date, 200, "OK", fields, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		h.ID = warc.RecordID(h.Type, url, date, block)
		if _, _, err := w.WriteRecord(h, block); err != nil {
			t.Fatal(err)
		}
		if known != "" {
			about := warc.RecordHeader{Type: warc.TypeMetadata, TargetURI: url, Date: date, ContentType: "application/warc-fields",
				Extra: []warc.Field{{Name: "WARC-Concurrent-To", Value: "<" + h.ID + ">"}}}
			if _, _, err := w.WriteRecord(about, []byte(known+"\r\n")); err != nil {
				t.Fatal(err)
			}
		}
	}
	page := func(n int, head string) string {
		return fmt.Sprintf("<html><head><title>t</title>%s</head><body><article><p>Page number %d of a test has a sentence of its own, and this is another one of it.</p></article>", head, n)
	}
	put("https://a.test/plain", "", page(0, ""), "consent: robots.txt allow: no rule")
	put("https://a.test/header", "X-Robots-Tag: noai", page(1, ""), "")
	put("https://a.test/meta", "", page(2, `<meta name="tdm-reservation" content="1">`), "")
	put("https://a.test/noindex", "", page(3, `<meta name="robots" content="noindex">`), "")
	put("https://a.test/licence", "Content-Usage: train-ai=y", page(4, `<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">`), "")
	put("https://a.test/file", "", page(5, ""), "consent: ai.txt ai-txt: disallow: / (*)")
	put("https://later.test/closed/x", "", page(6, ""), "consent: robots.txt allow: no rule")
	put("https://later.test/open", "", page(7, ""), "")
	writeFile(t, filepath.Join(dir, "pages.warc.gz"), out.Bytes())
	out.Reset()
	put("https://later.test/robots.txt", "", "User-agent: examplebot\nDisallow: /closed\n", "")
	writeFile(t, filepath.Join(dir, "robots.warc.gz"), out.Bytes())
}

const consentPipeline = `name: consent
source: { warc: { paths: [IN/pages.warc.gz] } }
stages:
- consent: { SETTINGS }
- html_text: {}
- exact_dedup: { keep: { max: text_bytes } }
sink:
- { name: all, jsonl: {} }
- { name: trained, where: "consent_train_ai = true and consent_license = 'CC-BY-4.0'", jsonl: {} }
rejects: { jsonl: {} }
`

// Each policy drops what it obeys, with the rule and the words of the site; the columns are
// in the parts and lead conditions, whatever passes are between.
func TestConsent(t *testing.T) {
	in := t.TempDir()
	consentArchive(t, in)
	const robots, agents = "robots: [IN/robots.warc.gz]", "agents: [ExampleBot]"
	standard := map[string]string{"/header": "noai", "/meta": "tdm_reserved", "/file": "ai_txt"}
	later := maps.Clone(standard)
	later["/closed/x"] = "robots"
	strict := maps.Clone(later)
	strict["/noindex"] = "noindex"
	strict["/licence"] = "robots_unknown" // neither crawler nor archive know of the site's
	for _, c := range []struct {
		settings string
		dropped  map[string]string
	}{
		{"policy: record", nil},
		{"policy: standard", standard},
		{"policy: standard, " + robots, standard}, // binds another agent
		{"policy: standard, " + agents + ", " + robots, later},
		{"policy: strict, " + agents + ", " + robots, strict},
	} {
		t.Run(c.settings, func(t *testing.T) {
			yaml := strings.ReplaceAll(strings.Replace(consentPipeline, "SETTINGS", c.settings, 1), "IN", in)
			_, dir, err := inProcess(t, yaml)
			if err != nil {
				t.Fatal(err)
			}
			docs := readParts(t, dir+"/parts/all")
			got := map[string]string{}
			for _, r := range readRejects(t, dir) {
				path := r["url"].(string)
				path = path[strings.Index(path, ".test")+5:]
				if r["stage"] != "consent" || r["detail"] == "" {
					t.Errorf("%v", r)
				}
				got[path] = r["rule"].(string)
			}
			if !maps.Equal(got, c.dropped) || len(docs) != 8-len(got) {
				t.Errorf("%d documents, dropped %v, want %v", len(docs), got, c.dropped)
			}
			_, behind, err := inProcess(t, strings.Replace(yaml, "- consent", "- checkpoint: {}\n- consent", 1))
			if err != nil {
				t.Fatal(err)
			}
			if again := readParts(t, behind+"/parts/all"); fmt.Sprint(again) != fmt.Sprint(docs) {
				t.Errorf("behind a checkpoint\n%v\nwithout\n%v", again, docs)
			}
			trained := readParts(t, dir+"/parts/trained")
			if want := c.dropped["/licence"] == ""; (len(trained) == 1) != want {
				t.Errorf("%d documents are under a licence", len(trained))
			}
			for _, d := range trained {
				if d["consent_license"] != "CC-BY-4.0" || d["consent_train_ai"] != true || d["consent_noai"] != false || d["consent_tdm_reserved"] != nil ||
					d["consent_signals"] == nil {
					t.Errorf("%v", d)
				}
			}
		})
	}
}

// readRejects reads the dropped documents of a run.
func readRejects(t *testing.T, dir string) []map[string]any {
	t.Helper()
	return slices.Collect(maps.Values(readParts(t, dir+"/rejects")))
}

// The stage stands where pages are as they came, and its columns are nobody else's.
func TestConsentPlace(t *testing.T) {
	in := t.TempDir()
	consentArchive(t, in)
	for stages, want := range map[string]string{
		"[html_text, consent]": "html_text before it takes them: put consent before html_text",
		"[consent, html_text, { minhash: { keep: { max: consent_noai } } }]":                  "",
		"[{ switch: { by: media, cases: { text/html: [html_text] } } }, consent]":             "put consent before html_text",
		"[{ switch: { by: media, cases: { text/html: [html_text] }, default: [consent] } }]":  "",
		"[consent, { switch: { by: consent_license, cases: { CC-BY-4.0: [] } } }, html_text]": "",
		"[{ switch: { by: consent_license, cases: { CC-BY-4.0: [] } } }, consent, html_text]": "consent_license",
		"[{ exact_dedup: { by: url, keep: { max: consent_noai } } }, consent, html_text]":     `no numeric column "consent_noai"`,
		"[consent, { consent: { as: again, agents: [CCBot] } }, html_text]":                   "",
	} {
		code, stderr := exit(t, program(t, "check", writeFile(t, filepath.Join(t.TempDir(), "p.yaml"),
			[]byte("source: { warc: { paths: ["+in+"/pages.warc.gz] } }\nstages: "+stages+"\nsink: { jsonl: {} }\n"))))
		if (code != 0) != (want != "") || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit %d, want %q:\n%s", stages, code, want, stderr)
		}
	}
}
