//go:build !unix

package cli_test

import "github.com/rogpeppe/go-internal/testscript"

func lock(ts *testscript.TestScript, _ bool, _ []string) { ts.Fatalf("no locks on this system") }
