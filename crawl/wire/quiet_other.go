//go:build !unix

package wire

import "net"

// quiet cannot look without reading here: a server that has closed is noticed by the
// exchange, which is then tried once more.
func quiet(net.Conn) bool { return true }
