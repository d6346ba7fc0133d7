package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const pass = `{"Action":"output","Package":"m/a","Output":"ok  \tm/a\t0.1s\n"}` + "\n"
	const skip = `{"Action":"output","Package":"m/b","Test":"TestS3","Output":"=== RUN   TestS3\n"}
{"Action":"output","Package":"m/b","Test":"TestS3","Output":"    x_test.go:9: no S3 server\n"}
{"Action":"skip","Package":"m/b","Test":"TestS3"}
`
	const none = `{"Action":"output","Package":"m/c","Output":"?   \tm/c\t[no test files]\n"}` + "\n"
	const fail = `{"Action":"output","Package":"m/d","Test":"TestX","Output":"    x_test.go:3: got 1\n"}
{"Action":"fail","Package":"m/d","Test":"TestX"}
{"Action":"output","Package":"m/d","Output":"FAIL\tm/d\t0.1s\n"}
{"Action":"fail","Package":"m/d"}
`
	const build = `{"ImportPath":"m/e","Action":"build-output","Output":"e.go:1:1: syntax error\n"}` + "\n"
	for _, c := range []struct {
		name, in string
		ok       bool
		want     []string
		last     string
	}{
		{"pass", pass, true, nil, "ok  \tm/a\t0.1s"},
		{"a package without tests is not the last line", pass + none, true, nil, "ok  \tm/a\t0.1s"},
		{"skip", pass + skip, true, []string{"1 tests skipped", "m/b TestS3: no S3 server"}, "ok  \tm/a\t0.1s"},
		{"fail", fail + pass, false, []string{"x_test.go:3: got 1"}, "FAIL\tm/d\t0.1s"},
		{"does not build", pass + build, false, []string{"syntax error"}, "ok  \tm/a\t0.1s"},
		{"not an event", pass + "go: cannot find main module\n", false, []string{"cannot find"}, "ok  \tm/a\t0.1s"},
		{"nothing ran", "", false, nil, "== the test runner's own lines:"},
	} {
		var out strings.Builder
		ok, err := report(strings.NewReader(c.in), &out)
		if err != nil || ok != c.ok {
			t.Errorf("%s: ok %v, error %v, want ok %v", c.name, ok, err, c.ok)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, out.String())
			}
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if lines[len(lines)-1] != c.last {
			t.Errorf("%s: last line %q, want %q", c.name, lines[len(lines)-1], c.last)
		}
	}
}
