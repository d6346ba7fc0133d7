package cli_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
	"github.com/corpusmill/corpusmill/store/s3/s3test"
)

// secretMark is in every secret of these tests.
const secretMark = "s3cret"

// secretive calls commands and looks for secrets in what they print.
func secretive(t *testing.T) func(code int, line string) string {
	return func(code int, line string) string {
		t.Helper()
		return secretiveContext(t.Context(), t, code, line)
	}
}

func secretiveContext(ctx context.Context, t *testing.T, code int, line string) string {
	t.Helper()
	var out, errs bytes.Buffer
	got := cli.Run(ctx, corpusmill.App(), strings.Fields(line), strings.NewReader(""), &out, &errs)
	text := out.String() + errs.String()
	if got != code {
		t.Errorf("%s: exit code %d, want %d: %s", line, got, code, errs.String())
	}
	if at := strings.Index(text, secretMark); at >= 0 {
		t.Errorf("%s prints a secret: ...%s", line, text[max(0, at-80):min(len(text), at+40)])
	}
	return text
}

// secretFiles looks for secrets in all files below a folder, but in those that a test put
// there, and for files that others may read.
func secretFiles(t *testing.T, dir string, own map[string]bool) {
	t.Helper()
	private := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || own[path] {
			return err
		}
		b, readErr := os.ReadFile(path)
		if bytes.Contains(b, []byte(secretMark)) {
			t.Errorf("%s holds a secret: %s", path, b)
		}
		if filepath.Base(path) == "plan.yaml" || strings.Contains(path, "/quarantine/") {
			private++
			fi, err := d.Info()
			if err != nil {
				return err
			}
			if runtime.GOOS != "windows" && fi.Mode().Perm() != 0o600 {
				t.Errorf("%s: mode %v, want 0600", path, fi.Mode())
			}
		}
		return readErr
	})
	if err != nil || private == 0 {
		t.Errorf("%d private files, %v", private, err)
	}
}

func putFiles(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func classifierAt(server string) string {
	return "vars: { MINE: '${PW}' }\nsource: { jsonl: { paths: [in.jsonl] } }\nstages: [embedding_classifier: { server: '" + server + "', api: predict, label: x }]\nsink: { jsonl: { dir: out } }\n"
}

// TestSecrets puts secrets wherever a pipeline and the environment can have them: no
// command prints one and no file has one, and the plan runs by itself where they are set.
func TestSecrets(t *testing.T) {
	t.Chdir(t.TempDir())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[[{"label":"x","score":4}]]`)
	}))
	defer server.Close()
	// This one says again what it was asked with, as some do.
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, r.URL.String()+" "+user+" "+password+" "+r.Header.Get("Authorization"))
	}))
	defer echo.Close()
	host, bad := strings.TrimPrefix(server.URL, "http://"), strings.TrimPrefix(echo.URL, "http://")
	for name, value := range map[string]string{"PW": "pw-s3cret", "KEY": "key-s3cret", "ADDRESS": "http://u:address-s3cret@" + host,
		"SIGNED": "https://h/x?X-Amz-Signature=signed-s3cret&X-Amz-Credential=s3cret-id", "COUNT_KEY": "number-s3cret",
		"AWS_ACCESS_KEY_ID": "id-s3cret", "AWS_SECRET_ACCESS_KEY": "aws-s3cret", "AWS_SESSION_TOKEN": "session-s3cret"} {
		t.Setenv(name, value)
	}
	putFiles(t, map[string]string{
		"in.jsonl":      `{"id":"1","text":"a river of words"}` + "\n{no record\n",
		"url.yaml":      classifierAt("http://u:${PW}@" + host + "/p?key=${KEY}"),
		"vars.yaml":     classifierAt("http://u:${MINE}@" + host),
		"whole.yaml":    classifierAt("${ADDRESS}"),
		"echo.yaml":     classifierAt("http://u:${PW}@" + bad + "/p?key=${KEY}"),
		"wrong.yaml":    classifierAt("u:${PW}@127.0.0.1"),
		"number.yaml":   strings.Replace(classifierAt("http://h"), "label: x", "batch: '${COUNT_KEY}'", 1),
		"signed.yaml":   "source: { jsonl: { paths: ['${SIGNED}'] } }\nsink: { jsonl: { dir: out } }\n",
		"source.yaml":   "source: { jsonl: { paths: ['http://u:${PW}@h/x'] } }\nsink: { jsonl: { dir: out } }\n",
		"bucket.yaml":   "source: { jsonl: { paths: ['s3://u:${PW}@b/x'] } }\nsink: { jsonl: { dir: out } }\n",
		"endpoint.yaml": "source: { jsonl: { paths: ['s3://b/x'] } }\ns3: { endpoint: 'http://u:${PW}@h/?key=${KEY}' }\nsink: { jsonl: { dir: out } }\n",
	})
	call := secretive(t)
	for _, name := range []string{"url", "vars", "whole"} {
		run := "r-" + name
		call(0, "check "+name+".yaml")
		call(0, "run "+name+".yaml --replace --list-tasks --run "+run)
		call(0, "run "+name+".yaml --replace --json --run "+run)
		call(0, "run "+run+"/plan.yaml --run "+run)
		call(0, "show "+run)
		call(0, "verify "+run)
		call(0, "verify --deep "+run)
		call(0, "export "+run+" jsonl --out e-"+name)
		call(0, "try "+name+".yaml --id 1 --json")
	}
	if text := call(1, "run echo.yaml --replace --run r-echo"); !strings.Contains(text, "***") {
		t.Errorf("the server's words are not shown: %s", text)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	secretiveContext(stopped, t, 75, "run url.yaml --replace --run r-stopped")
	call(2, "check wrong.yaml")
	call(2, "check number.yaml")
	for _, name := range []string{"source", "bucket", "endpoint", "signed"} {
		call(1, "run "+name+".yaml --run r-"+name)
		call(1, "check "+name+".yaml --access")
	}
	secretFiles(t, ".", nil)
}

// TestSecretsInThePipeline: what stands in the file would be copied into the run folder. It
// is refused, with its place and what to do.
func TestSecretsInThePipeline(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("H", "127.0.0.1:1")
	t.Setenv("PW", "of-no-use")
	plain := "source: { jsonl: { paths: [in.jsonl] } }\nsink: { jsonl: { dir: out } }\n"
	putFiles(t, map[string]string{
		"in.jsonl":      `{"id":"1","text":"a river of words"}`,
		"password.yaml": classifierAt("http://u:pw-s3cret@127.0.0.1:1"),
		"slash.yaml":    classifierAt("http://u:pw/s3cret@127.0.0.1:1"),
		"user.yaml":     classifierAt("http://token-s3cret@127.0.0.1:1"),
		"query.yaml":    classifierAt("http://${H}/p?api_key=s3cret"),
		"default.yaml":  classifierAt("${NOT:-http://u:pw-s3cret@h}"),
		"vars.yaml":     strings.Replace(classifierAt("http://u:${MINE}@h"), "${PW}", "pw-s3cret", 1),
		"signed.yaml":   "source: { jsonl: { paths: ['https://h/x?X-Amz-Signature=s3cret'] } }\nsink: { jsonl: { dir: out } }\n",
		"endpoint.yaml": plain + "s3: { endpoint: 'u:s3cret@h:9000' }\n",
		"plain.yaml":    plain,
	})
	call := secretive(t)
	for line, want := range map[string]string{
		"password.yaml": "password.yaml:3:", "slash.yaml": "user or password", "user.yaml": "user or password", "query.yaml": "parameter api_key",
		"default.yaml": "user or password", "vars.yaml": "user or password", "signed.yaml": "parameter X-Amz-Signature",
		"endpoint.yaml":                                  "s3.endpoint",
		"plain.yaml --set s3.access_key=s3cret":          "AWS_ACCESS_KEY_ID",
		"plain.yaml --set s3.secret_key=s3cret":          "AWS_SECRET_ACCESS_KEY",
		"plain.yaml --set s3.endpoint=http://u:s3cret@h": "--set s3.endpoint: a user",
	} {
		if text := call(2, "run "+line+" --run r"); !strings.Contains(text, want) || !strings.Contains(text, "run folder") {
			t.Errorf("%s: %s; want %q", line, text, want)
		}
	}
	if _, err := os.Stat("r"); err == nil {
		t.Error("a run folder was made")
	}
}

// TestSecretsOfS3 runs on a real server, with credentials of the environment and of the
// shared file, right ones and wrong ones.
func TestSecretsOfS3(t *testing.T) {
	g := s3test.StartGateway(t)
	right := g.Settings()
	t.Chdir(t.TempDir())
	putFiles(t, map[string]string{
		"in.jsonl": `{"id":"1","text":"a river of words"}`,
		"p.yaml":   "source: { jsonl: { paths: [in.jsonl] } }\ns3: { endpoint: 'http://" + g.Address + "', region: us-east-1, path_style: true }\nsink: { jsonl: { dir: '" + g.Location() + "/out' } }\n",
		"shared":   "[default]\naws_access_key_id = id-s3cret\naws_secret_access_key = shared-s3cret\naws_session_token = session-s3cret\n",
	})
	call := secretive(t)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "shared")
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	call(1, "run p.yaml --run r")
	call(1, "show "+g.Location()+"/r")
	t.Setenv("AWS_ACCESS_KEY_ID", "id-s3cret")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "env-s3cret")
	call(1, "run p.yaml --run r")
	t.Setenv("AWS_ACCESS_KEY_ID", right.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", right.SecretKey)
	text := call(0, "run p.yaml --run r") + call(0, "verify r")
	files := map[string]bool{"shared": true}
	secretFiles(t, ".", files)
	err := filepath.WalkDir("r", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var b []byte
			b, err = os.ReadFile(path)
			text += string(b)
		}
		return err
	})
	if err != nil || strings.Contains(text, right.SecretKey) {
		t.Errorf("the key of the server is in the run: %v", err)
	}
}

// TestSummaryOnS3 names the report of a run whose folder is in a bucket, and no report that was
// not written.
func TestSummaryOnS3(t *testing.T) {
	g := s3test.StartGateway(t)
	settings := g.Settings()
	t.Setenv("AWS_ACCESS_KEY_ID", settings.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", settings.SecretKey)
	t.Chdir(t.TempDir())
	putFiles(t, map[string]string{
		"in.jsonl": `{"id":"1","text":"a river of words"}`,
		"p.yaml":   "source: { jsonl: { paths: [in.jsonl] } }\ns3: { endpoint: 'http://" + g.Address + "', region: us-east-1, path_style: true }\nsink: { jsonl: {} }\n",
	})
	dir := g.Location() + "/runs/r"
	for _, call := range []string{"a first run", "a run that is done"} {
		code, out := command(t, "run", "p.yaml", "--run", dir)
		if want := "\n  report      " + dir + "/report.html\n"; code != 0 || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d, no %q in\n%s", call, code, want, out)
		}
	}
}

// TestExtractHidesPasswords: the password that opens a page is in no id, address, link or
// error, given or found by a redirect.
func TestExtractHidesPasswords(t *testing.T) {
	var opened int
	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		if _, password, _ := r.BasicAuth(); password == "s3cret" {
			opened++
		}
		io.WriteString(w, "<html><body><article><p>"+strings.Repeat("A paragraph with words, to be kept. ", 20)+"<a href=more>more of it</a></p></article></body></html>") //nolint:errcheck // a test's server
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	host := strings.TrimPrefix(s.URL, "http://")
	mux.Handle("/away", http.RedirectHandler("http://ann:s3cret@"+host+"/page", http.StatusFound))
	call := secretive(t)
	if out := call(0, "extract --allow loopback --json --links --format markdown http://ann:s3cret@"+host+"/page"); !strings.Contains(out, `"id":"http://`+host+`/page"`) || !strings.Contains(out, s.URL+"/more") {
		t.Error(out)
	}
	call(0, "extract --allow loopback --json "+s.URL+"/away")
	if opened != 2 {
		t.Errorf("%d requests with the password, want 2", opened)
	}
	call(1, "extract http://ann:s3cret@"+host+"/page")
	call(1, "extract --allow loopback http://ann:s3cret@"+host+"/none")
	call(1, "extract --allow loopback http://ann:s3cret@"+host+":x/none")
	call(1, "extract --allow loopback http://ann:s3cret%zz@"+host+"/none")
}
