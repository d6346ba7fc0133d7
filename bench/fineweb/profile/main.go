// Command profile runs corpusmill's arguments and writes where the CPU time went: a
// profile that go tool pprof reads.
//
//	go run ./bench/fineweb/profile -cpu cpu.pprof run pipelines/fineweb.yaml --run /tmp/run --workers 1
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/corpusmill/corpusmill"
	"github.com/corpusmill/corpusmill/cli"
)

func main() {
	to := flag.String("cpu", "cpu.pprof", "profile of the CPU time")
	flag.Parse()
	code, err := profiled(*to, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		code = 1
	}
	os.Exit(code)
}

func profiled(to string, args []string) (code int, err error) {
	f, err := os.Create(to)
	if err != nil {
		return 0, err
	}
	if err = pprof.StartCPUProfile(f); err == nil {
		code = cli.Run(context.Background(), corpusmill.App(), args, os.Stdin, os.Stdout, os.Stderr)
		pprof.StopCPUProfile()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return code, err
}
