package transfer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// permanentError is our own finding about a server: trying again is no use.
type permanentError struct{ text string }

func (e *permanentError) Error() string { return e.text }

// Permanent is a finding about a server that trying again would not change.
func Permanent(format string, args ...any) error {
	return &permanentError{fmt.Sprintf(format, args...)}
}

// Passing reports whether an error of a connection, none that the server answered, may pass.
func Passing(err error) bool {
	var (
		own       *permanentError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		dns       *net.DNSError
	)
	switch {
	case errors.As(err, &own), errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid), errors.As(err, &record):
		return false
	case errors.As(err, &dns) && dns.IsNotFound:
		return false
	}
	// The text is all that net/http gives for plain HTTP behind https://.
	return !strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}
