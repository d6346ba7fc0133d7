package cli_test

import (
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

// TestSecrets puts secrets wherever a pipeline and the environment can have them: no
// command prints one and no file has one, and the plan runs by itself where they are set.
func TestSecrets(t *testing.T) {
	t.Chdir(t.TempDir())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[[{"label":"x","score":4}]]`)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for name, value := range map[string]string{"PW": "pw-s3cret", "KEY": "key-s3cret", "ADDRESS": "http://u:address-s3cret@" + host,
		"AWS_ACCESS_KEY_ID": "id-s3cret", "AWS_SECRET_ACCESS_KEY": "aws-s3cret", "AWS_SESSION_TOKEN": "session-s3cret"} {
		t.Setenv(name, value)
	}
	classifier := func(server string) string {
		return "vars: { MINE: '${PW}' }\nsource: { jsonl: { paths: [in.jsonl] } }\nstages: [embedding_classifier: { server: '" + server + "', api: predict, label: x }]\nsink: { jsonl: { dir: out } }\n"
	}
	for name, text := range map[string]string{
		"in.jsonl":      `{"id":"1","text":"a river of words"}`,
		"url.yaml":      classifier("http://u:${PW}@" + host + "/p?key=${KEY}"),
		"vars.yaml":     classifier("http://u:${MINE}@" + host),
		"whole.yaml":    classifier("${ADDRESS}"),
		"wrong.yaml":    classifier("u:${PW}@127.0.0.1"),
		"source.yaml":   "source: { jsonl: { paths: ['http://u:${PW}@h/x'] } }\nsink: { jsonl: { dir: out } }\n",
		"bucket.yaml":   "source: { jsonl: { paths: ['s3://u:${PW}@b/x'] } }\nsink: { jsonl: { dir: out } }\n",
		"endpoint.yaml": "source: { jsonl: { paths: ['s3://b/x'] } }\ns3: { endpoint: 'http://u:${PW}@h/?key=${KEY}' }\nsink: { jsonl: { dir: out } }\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	call := func(code int, line string) {
		var out, errs bytes.Buffer
		got := cli.Run(t.Context(), corpusmill.App(), strings.Fields(line), strings.NewReader(""), &out, &errs)
		if got != code {
			t.Errorf("%s: exit code %d, want %d: %s", line, got, code, errs.String())
		}
		if text := out.String() + errs.String(); strings.Contains(text, "s3cret") {
			t.Errorf("%s prints a secret: %s", line, text)
		}
	}
	for _, name := range []string{"url", "vars", "whole"} {
		call(0, "check "+name+".yaml")
		call(0, "run "+name+".yaml --replace --json --run r-"+name)
		call(0, "run r-"+name+"/plan.yaml --run r-"+name)
		call(0, "show r-"+name)
		call(0, "verify r-"+name)
		call(0, "try "+name+".yaml --id 1")
	}
	call(2, "check wrong.yaml")
	for _, name := range []string{"source", "bucket", "endpoint"} {
		call(1, "run "+name+".yaml --run r-"+name)
		call(1, "check "+name+".yaml --access")
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("s3cret")) {
			t.Errorf("%s holds a secret: %s", path, b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
