package store

import (
	"fmt"
	"io/fs"
	"syscall"
)

// version tells apart what a stamp does not: a file has another inode or another time of
// change after whatever replaced it or wrote to it, although its time of modification was
// set back. The device is left out, whose number can change when a disk is mounted.
func version(info fs.FileInfo) string {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d-%d", s.Ino, s.Ctim.Nano())
}
