package s3

import (
	"errors"
	"strings"
	"sync/atomic"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// provider takes the given keys or minio-go's chain.
func provider(o Settings) (credentials.Provider, error) {
	switch {
	case o.AccessKey != "" && o.SecretKey != "":
		return &credentials.Static{Value: credentials.Value{AccessKeyID: o.AccessKey, SecretAccessKey: o.SecretKey,
			SessionToken: o.SessionToken, SignerType: credentials.SignatureV4}}, nil
	case o.AccessKey != "" || o.SecretKey != "" || o.SessionToken != "":
		return nil, errors.New("store: static S3 credentials need both an access key and a secret key")
	}
	return &credentials.Chain{Providers: []credentials.Provider{
		&credentials.EnvAWS{},
		&credentials.EnvMinio{},
		&credentials.FileAWSCredentials{},
		&credentials.FileMinioClient{},
		&credentials.IAM{},
	}}, nil
}

// told is a provider that knows what it told last, wherever that came from: a server may
// say it again in an error.
type told struct {
	credentials.Provider
	last atomic.Pointer[credentials.Value]
}

// Retrieve implements credentials.Provider.
func (t *told) Retrieve() (credentials.Value, error) {
	//lint:ignore SA1019 the interface has it
	v, err := t.Provider.Retrieve() //nolint:staticcheck // the interface has it
	t.last.Store(&v)
	return v, err
}

// RetrieveWithCredContext implements credentials.Provider.
func (t *told) RetrieveWithCredContext(c *credentials.CredContext) (credentials.Value, error) {
	v, err := t.Provider.RetrieveWithCredContext(c)
	t.last.Store(&v)
	return v, err
}

// conceal masks the credentials of a text.
func (t *told) conceal(text string) string {
	v := t.last.Load()
	if v == nil {
		return text
	}
	for _, secret := range []string{v.SecretAccessKey, v.SessionToken, v.AccessKeyID} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}
