//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package store

import "os"

// lockWriter does nothing: age alone tells an abandoned temporary here.
func lockWriter(*os.File) {}

// writerAlive reports whether the temporary belongs to this very process.
func writerAlive(_ string, pid int) bool { return pid == os.Getpid() }

// processAlive cannot be told here.
func processAlive(int) bool { return true }

// syncFolder does nothing: folders cannot be opened for a sync here.
func syncFolder(string) error { return nil }
