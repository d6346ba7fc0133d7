package wire

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// throughProxy finds the proxy of a target. For http URLs the request line has all of the URL
// then; a https one goes through a tunnel, and what is recorded is within it.
func (t *Transport) throughProxy(u *url.URL, to *target) error {
	proxy, err := t.proxy(u)
	if err != nil || proxy == nil {
		return err
	}
	switch {
	case proxy.Scheme != "http":
		return fmt.Errorf("the proxy of the environment is %s: only http:// ones are asked", proxy.Redacted())
	case proxy.User != nil && !to.secure:
		return errors.New("the proxy of the environment has a user, who would be recorded with requests of http: crawl https, or use a proxy without")
	}
	if to.proxy = proxy; !to.secure {
		to.path = to.url
	}
	return nil
}

func proxyAddress(proxy *url.URL) string {
	port := proxy.Port()
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(proxy.Hostname(), port)
}

const maxTunnelHead = 16 << 10

// tunnel asks a proxy for a connection to the target.
func (t *Transport) tunnel(ctx context.Context, c net.Conn, to *target) (err error) {
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer func() {
		if !stop() && err == nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			_ = c.Close()
		}
	}()
	request := "CONNECT " + to.address() + " HTTP/1.1\r\nHost: " + to.address() + "\r\nUser-Agent: " + t.UserAgent + "\r\n"
	if user := to.proxy.User; user != nil {
		password, _ := user.Password()
		request += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)) + "\r\n"
	}
	if _, err := c.Write([]byte(request + "\r\n")); err != nil {
		return err
	}
	var head []byte
	var one [1]byte // what is behind the head is the server's
	for !strings.HasSuffix(string(head[max(0, len(head)-4):]), "\r\n\r\n") {
		if len(head) >= maxTunnelHead {
			return fmt.Errorf("the proxy's answer has more than %d bytes", maxTunnelHead)
		}
		if _, err := c.Read(one[:]); err != nil {
			return fmt.Errorf("the proxy gives no tunnel: %w", err)
		}
		head = append(head, one[0])
	}
	line, _, _ := strings.Cut(string(head), "\r\n")
	if _, code, _ := strings.Cut(line, " "); !strings.HasPrefix(line, "HTTP/1.") || !strings.HasPrefix(code, "200") {
		return fmt.Errorf("the proxy gives no tunnel: %.80q", line)
	}
	return nil
}
