package wire

import "net/url"

// SetProxy puts a proxy in the place of that of the environment.
func (t *Transport) SetProxy(proxy func(*url.URL) (*url.URL, error)) { t.proxy = proxy }
