package s3

import (
	"fmt"
	"net/http"

	"github.com/corpusmill/corpusmill/store"
)

// Settings says how to reach a server and how to use it. The zero value is Amazon
// S3 with credentials from the provider chain of minio-go: environment, shared
// credentials file, instance role. Printing Settings shows *** for each secret,
// and encoders leave the secrets out.
type Settings struct {
	store.Server

	AccessKey    string `json:"-" yaml:"-"` // with SecretKey: static credentials
	SecretKey    string `json:"-" yaml:"-"`
	SessionToken string `json:"-" yaml:"-"` // optional, with AccessKey

	// PartBytes is the size of an upload part, 5 MiB to 1 GiB, default 8 MiB.
	// A writer holds at most three parts in memory. The size doubles after
	// each 1,250 parts, as S3 allows 10,000 a file: by default 8 MiB parts up
	// to 9.7 GiB, 16 MiB up to 29 GiB, and so on to 2.4 TiB. Servers that want
	// all parts equal (Cloudflare R2) take files up to 1,250 parts.
	PartBytes int64

	// ReadaheadBytes is how far a reader runs ahead of its consumer, 64 KiB
	// to 1 GiB, default 8 MiB.
	ReadaheadBytes int64

	// Tries is how often one request is tried before it fails, 1 to 100,
	// default 10: about 40 seconds of waiting, with exponential back-off.
	Tries int

	// Transport replaces the HTTP transport, e.g. for a proxy or a private
	// certificate authority. nil is the default of minio-go.
	Transport http.RoundTripper `json:"-" yaml:"-"`
}

// String shows the settings with *** in place of each secret.
func (o Settings) String() string {
	return fmt.Sprintf("{Endpoint:%s Region:%s AccessKey:%s SecretKey:%s SessionToken:%s PathStyle:%t Insecure:%t PartBytes:%d ReadaheadBytes:%d Tries:%d}",
		store.HideUser(o.Endpoint), o.Region, hide(o.AccessKey), hide(o.SecretKey), hide(o.SessionToken),
		o.PathStyle, o.Insecure, o.PartBytes, o.ReadaheadBytes, o.Tries)
}

// GoString is String, so that %#v shows no secret either.
func (o Settings) GoString() string { return "s3.Settings" + o.String() }

// hide masks a secret; an unset one stays recognisable as such.
func hide(secret string) string {
	if secret == "" {
		return ""
	}
	return "***"
}
