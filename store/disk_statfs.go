//go:build linux || darwin || freebsd

package store

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// DiskOf finds the disk of a local path, of the nearest folder above it where it does not
// exist.
func DiskOf(path string) (Disk, bool) {
	at, err := filepath.Abs(path)
	if err != nil {
		return Disk{}, false
	}
	var own, above unix.Stat_t
	for unix.Stat(at, &own) != nil {
		if at == filepath.Dir(at) {
			return Disk{}, false
		}
		at = filepath.Dir(at)
	}
	if real, err := filepath.EvalSymlinks(at); err == nil {
		at = real
	}
	var s unix.Statfs_t
	if unix.Statfs(at, &s) != nil {
		return Disk{}, false
	}
	for at != string(os.PathSeparator) && unix.Stat(filepath.Dir(at), &above) == nil && above.Dev == own.Dev {
		at = filepath.Dir(at)
	}
	return Disk{Mount: at, Size: int64(s.Blocks) * int64(s.Bsize), Free: int64(s.Bavail) * int64(s.Bsize), NoFiles: s.Files > 0 && s.Ffree == 0}, true
}
