package s3_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3"
)

func TestSettings(t *testing.T) {
	f := func(o s3.Settings, want string) {
		t.Helper()
		if o.AccessKey == "" && o.SecretKey == "" && o.SessionToken == "" {
			o.AccessKey, o.SecretKey = "a", "b"
		}
		_, err := s3.Opener(o)(t.Context(), "s3://bucket/p")
		switch {
		case want == "" && err != nil:
			t.Errorf("%v: %v", o, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%v: error %v, want %q", o, err, want)
		}
	}
	f(s3.Settings{}, "")
	f(s3.Settings{Server: store.Server{Endpoint: "host:9000", Insecure: true}}, "")
	f(s3.Settings{Server: store.Server{Endpoint: "https://host"}}, "")
	f(s3.Settings{Server: store.Server{Endpoint: "https://host/"}}, "")
	f(s3.Settings{Server: store.Server{Endpoint: "ftp://host"}}, "scheme must be")
	f(s3.Settings{Server: store.Server{Endpoint: "https://key:hush@host"}}, "***@host")
	f(s3.Settings{Server: store.Server{Endpoint: "https://host/path"}}, "host and a port only")
	f(s3.Settings{Server: store.Server{Endpoint: "https://"}}, "no valid URL")
	f(s3.Settings{AccessKey: "a"}, "both")
	f(s3.Settings{SecretKey: "a"}, "both")
	f(s3.Settings{SessionToken: "a"}, "both")
	f(s3.Settings{PartBytes: 5<<20 - 1}, "PartBytes")
	f(s3.Settings{PartBytes: 5 << 20}, "")
	f(s3.Settings{PartBytes: 1 << 30}, "")
	f(s3.Settings{PartBytes: 1<<30 + 1}, "PartBytes")
	f(s3.Settings{ReadaheadBytes: 64<<10 - 1}, "ReadaheadBytes")
	f(s3.Settings{ReadaheadBytes: 64 << 10}, "")
	f(s3.Settings{Tries: -1}, "Tries")
	f(s3.Settings{Tries: 1}, "")
	f(s3.Settings{Tries: 101}, "Tries")
}

func TestSettingsHideSecrets(t *testing.T) {
	o := s3.Settings{Server: store.Server{Endpoint: "https://me:hush@host", Region: "r"}, AccessKey: "hush", SecretKey: "hush", SessionToken: "hush"}
	encoded, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ReplaceAll(string(encoded), "me:hush@", ""), "hush") {
		t.Errorf("JSON shows a secret: %s", encoded)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{o, &o, []s3.Settings{o}, struct{ O s3.Settings }{o}} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "hush") {
				t.Errorf("%s of %T shows a secret: %s", format, v, got)
			}
		}
	}
	if got := o.String(); !strings.Contains(got, "***") || !strings.Contains(got, "Region:r") {
		t.Errorf("String is %s", got)
	}
}
