// Package e2e holds the tests of the whole program: the test binary is the program,
// whose runs are processes that are killed, starved, run side by side and compared
// byte by byte. Beside them are the README's first command, a program of somebody
// else's, inputs from public bug reports, and the digests that tie what each stage does
// to its revision. There is nothing to import.
//
//	go test ./e2e
//	go test ./e2e -run Revision -update    # after a revision was raised
package e2e
