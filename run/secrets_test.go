package run

import (
	"strings"
	"testing"
)

func TestLiteral(t *testing.T) {
	for text, want := range map[string]string{
		"http://u:pw@h":                      "user",
		"http://pw@h/x":                      "user",
		"http://u:p/w@h":                     "user",
		"HTTPS://u:pw@h:80?x=1":              "user",
		"http://u:${PW}@h":                   "",
		"${WHOLE}":                           "",
		"${WHOLE:-http://u:pw@h}":            "user",
		"http://${U:-}:${PW}@h":              "",
		"http://h:8080/a@b":                  "",
		"http://h/x?page=1":                  "",
		"http://h/x?page=1&token=":           "",
		"http://h/x?page=1&token=a":          "token",
		"http://h/x?token=${T}":              "",
		"http://h/x?a=1;sig=abc":             "sig",
		"http://h/x#access_token=a":          "",
		"http://h/x?X-Amz-Signature=a":       "X-Amz-Signature",
		"s3://bucket/part-?.jsonl":           "",
		"s3://bucket/a@b/c.jsonl":            "",
		"url like 'http://u:pw@h?token=1'":   "",
		"mail@host":                          "",
		"file:///data/a@b":                   "",
		"data/run?key=1/part-00000.jsonl":    "",
		"http://u:pw@h/${NAME}?token=${KEY}": "user",
	} {
		if got := literal(text); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestConceal(t *testing.T) {
	s := &secrets{texts: map[string]string{}}
	s.note("http://u:p%2Fw-long@h/?key=a%20secret", "http://u:${PW}@h/?key=${KEY}", func(string) (string, bool) { return "", false })
	s.note("short", "${A_KEY}", func(string) (string, bool) { return "short", true })
	s.note("no secret", "${NAME}", func(string) (string, bool) { return "no secret", true })
	s.addAmbient("HTTPS_PROXY", "ann:proxy-word@h:3128")
	s.close()
	for text, want := range map[string]string{
		"at http://u:p%2Fw-long@h/?key=a%20secret now": "at *** now",
		"p/w-long":                       "***",
		`"p/w-long"`:                     `"***"`,
		"a%20secret, a secret, a+secret": "***, ***, ***",
		"Basic dTpwL3ctbG9uZw==":         "Basic ***",
		"short and no secret":            "short and no secret",
		"proxy-word at h:3128":           "*** at h:3128",
	} {
		if got := s.conceal(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := (*secrets)(nil).conceal("x"); got != "x" {
		t.Error(got)
	}
}
