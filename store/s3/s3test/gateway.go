// Package s3test runs a real S3 server for tests.
package s3test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3"
)

// EnvGateway names the variable that holds the path of a versitygw binary.
const EnvGateway = "CORPUSMILL_TEST_VERSITYGW"

const (
	gatewayBucket = "test"
	gatewayKey    = "testkey"
	gatewaySecret = "testsecret-of-no-use"
	gatewayStart  = 30 * time.Second // longest wait for the server
)

// Gateway is a versitygw S3 server on a loopback port, over a folder of the
// test. It ends with the test.
type Gateway struct {
	Address string // host:port
	dir     string
	binary  string
	cmd     *exec.Cmd
	log     *bytes.Buffer
	prefix  atomic.Int64
}

// StartGateway starts a server with one bucket. It skips the test where the
// binary is neither named by [EnvGateway] nor in the PATH; it is built with
//
//	go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
func StartGateway(t testing.TB) *Gateway {
	t.Helper()
	binary := os.Getenv(EnvGateway)
	if binary == "" {
		var err error
		if binary, err = exec.LookPath("versitygw"); err != nil {
			t.Skipf("no S3 server: set %s to a versitygw binary or put it in the PATH", EnvGateway)
		}
	}
	address := freeAddress(t)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, gatewayBucket), 0o755); err != nil {
		t.Fatal(err)
	}
	g := &Gateway{Address: address, dir: dir, binary: binary}
	g.Restart(t)
	t.Cleanup(func() {
		g.Kill()
		if t.Failed() && g.log.Len() > 0 {
			t.Logf("server: %s", g.log.Bytes()[max(0, g.log.Len()-4000):])
		}
	})
	return g
}

// ports counts the ports that this process asked for.
var ports atomic.Int64

// freeAddress is one for the server, also while that is down: below the ports that the system
// gives to connections and to listeners that ask for any, of which it could take this one
// before the server does.
func freeAddress(t testing.TB) string {
	t.Helper()
	const first, span, tries = 20_000, 12_000, 100
	var err error
	for range tries {
		port := first + (int64(os.Getpid())*97+ports.Add(1))%span
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal(err)
	return ""
}

// Kill ends the server at once, as kill -9 does.
func (g *Gateway) Kill() {
	if g.cmd != nil {
		_ = g.cmd.Process.Kill() // it may have ended by itself
		_ = g.cmd.Wait()         // the error is that it was killed
		g.cmd = nil
	}
}

// Restart starts the server again on its old port and folder.
func (g *Gateway) Restart(t testing.TB) {
	t.Helper()
	g.Kill()
	g.log = &bytes.Buffer{}
	g.cmd = exec.Command(g.binary, "--access", gatewayKey, "--secret", gatewaySecret, "--port", g.Address, "--keep-alive", "--quiet", "posix", g.dir)
	g.cmd.Dir = g.dir
	g.cmd.Stdout, g.cmd.Stderr = g.log, g.log
	if err := g.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(gatewayStart); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		c, err := net.DialTimeout("tcp", g.Address, time.Second)
		if err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("the server does not listen: %s", g.log)
}

// Settings reach the server. Part and read-ahead sizes are the smallest ones.
func (g *Gateway) Settings() s3.Settings { return Settings(g.Address) }

// Settings reach the gateway that another process started at an address.
func Settings(address string) s3.Settings {
	return s3.Settings{
		Server:    store.Server{Endpoint: "http://" + address, Region: "us-east-1", PathStyle: true},
		AccessKey: gatewayKey, SecretKey: gatewaySecret, PartBytes: 5 << 20,
	}
}

// Schemes open the locations of the server.
func (g *Gateway) Schemes() store.Schemes {
	return store.Schemes{s3.Scheme: s3.Opener(g.Settings())}
}

// Location is a prefix of the bucket that no test has used before.
func (g *Gateway) Location() string {
	return fmt.Sprintf("s3://%s/p%d", gatewayBucket, g.prefix.Add(1))
}

// Folder is where the server keeps the objects of a location, as files.
func (g *Gateway) Folder(location string) string {
	return filepath.Join(g.dir, strings.TrimPrefix(location, s3.Scheme))
}

// Open opens the store at an unused prefix.
func (g *Gateway) Open(t testing.TB) store.Store {
	t.Helper()
	s, err := g.Schemes().Open(t.Context(), g.Location())
	if err != nil {
		t.Fatal(err)
	}
	return s
}
