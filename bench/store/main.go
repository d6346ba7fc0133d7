// Command store measures what a run costs whose input is on an S3 server beside one that
// reads the same files from a folder: CPU seconds of the program, the server's not among them.
//
//	go build -o /tmp/corpusmill ./cmd/corpusmill
//	go run ./bench/store -program /tmp/corpusmill -gateway .../versitygw -dir /tmp/bench-store
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/s3"
)

const (
	key, secret = "benchkey", "benchsecret-of-no-use"
	files       = 32
)

func main() {
	program := flag.String("program", "corpusmill", "the program")
	gateway := flag.String("gateway", "versitygw", "the S3 server")
	dir := flag.String("dir", "", "an empty folder for the data")
	bytes := flag.Int64("bytes", 1<<30, "bytes of input")
	rounds := flag.Int("rounds", 3, "pairs of runs")
	flag.Parse()
	if err := measure(*program, *gateway, *dir, *bytes, *rounds); err != nil {
		log.Fatal(err)
	}
}

func measure(program, gateway, dir string, bytes int64, rounds int) error {
	in := filepath.Join(dir, "in")
	if err := generate(in, bytes/files); err != nil {
		return err
	}
	address, stop, err := serve(gateway, filepath.Join(dir, "server"))
	if err != nil {
		return err
	}
	defer stop()
	server := store.Server{Endpoint: "http://" + address, Region: "us-east-1", PathStyle: true}
	if err := upload(in, s3.Settings{Server: server, AccessKey: key, SecretKey: secret}); err != nil {
		return err
	}
	pipeline := filepath.Join(dir, "bench.yaml")
	text := fmt.Sprintf("name: bench\nsource: { jsonl: { paths: [ '%s/*.jsonl' ] } }\nstages: [ { gopher_quality: {} } ]\nsink: { parquet: {} }\ns3: { endpoint: '%s', region: us-east-1, path_style: true }\n", in, server.Endpoint)
	if err := os.WriteFile(pipeline, []byte(text), 0o644); err != nil {
		return err
	}
	least := map[string]time.Duration{}
	for round := range rounds {
		for _, place := range []string{in, "s3://bench/in"} {
			run := filepath.Join(dir, "run")
			c := exec.Command(program, "run", pipeline, "--run", run, "--set", "source.jsonl.paths=['"+place+"/*.jsonl']")
			c.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+key, "AWS_SECRET_ACCESS_KEY="+secret)
			if out, err := c.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w\n%s", place, err, out)
			}
			user, system := c.ProcessState.UserTime(), c.ProcessState.SystemTime()
			fmt.Printf("round %d  %-14s user %6.2f s  system %5.2f s\n", round+1, filepath.Base(filepath.Dir(place))+"/in", user.Seconds(), system.Seconds())
			if all := user + system; least[place] == 0 || all < least[place] {
				least[place] = all
			}
			if err := os.RemoveAll(run); err != nil {
				return err
			}
		}
	}
	local, remote := least[in], least["s3://bench/in"]
	fmt.Printf("least: folder %.2f s, S3 %.2f s, ratio %.3f\n", local.Seconds(), remote.Seconds(), remote.Seconds()/local.Seconds())
	return nil
}

// generate writes lines of made-up words, unless they are there.
func generate(dir string, bytes int64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 5000)
	for i := range words {
		b := make([]byte, 2+r.IntN(9))
		for j := range b {
			b[j] = byte('a' + r.IntN(26))
		}
		words[i] = string(b)
	}
	for f := range files {
		name := filepath.Join(dir, fmt.Sprintf("f%02d.jsonl", f))
		if info, err := os.Stat(name); err == nil && info.Size() >= bytes {
			continue
		}
		file, err := os.Create(name)
		if err != nil {
			return err
		}
		w := bufio.NewWriterSize(file, 1<<20)
		for written, n := int64(0), 0; written < bytes; n++ {
			var text strings.Builder
			for i := range 100 + r.IntN(600) {
				if i%12 == 11 {
					text.WriteString("of the and ")
				}
				text.WriteString(words[r.IntN(len(words))])
				text.WriteString([]string{" ", " ", " ", " ", " ", " ", " ", ". ", ", "}[r.IntN(9)])
			}
			k, err := fmt.Fprintf(w, "{\"id\": \"%d-%d\", \"text\": %q}\n", f, n, text.String())
			if err != nil {
				return err
			}
			written += int64(k)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

// serve starts the server over a new folder.
func serve(gateway, dir string) (address string, stop func(), err error) {
	if err := os.RemoveAll(dir); err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(filepath.Join(dir, "bench"), 0o755); err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address = l.Addr().String()
	if err := l.Close(); err != nil {
		return "", nil, err
	}
	c := exec.Command(gateway, "--access", key, "--secret", secret, "--port", address, "--keep-alive", "--quiet", "posix", dir)
	if err := c.Start(); err != nil {
		return "", nil, err
	}
	for range 200 {
		if conn, err := net.Dial("tcp", address); err == nil {
			return address, func() { _ = c.Process.Kill(); _ = c.Wait() }, conn.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return "", nil, fmt.Errorf("%s does not listen", gateway)
}

func upload(dir string, o s3.Settings) error {
	ctx := context.Background()
	to, err := s3.Opener(o)(ctx, "s3://bench/in")
	if err != nil {
		return err
	}
	from := store.Local(dir)
	for object, err := range from.List(ctx, "") {
		if err != nil {
			return err
		}
		r, err := from.Open(ctx, object.Name)
		if err != nil {
			return err
		}
		w, err := to.Create(ctx, object.Name)
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, r); err != nil {
			return err
		}
		if _, err := w.Commit(ctx); err != nil {
			return err
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	return nil
}
